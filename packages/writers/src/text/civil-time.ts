// Owns the ISO 8601 text of dates and timestamps. It knows no local time: values count from 1970-01-01T00:00.
import type { TimeUnit } from '@tailrace/core/sink';
import type { Int64Reader } from './numbers.js';
import { TextBuffer } from './text-buffer.js';

const dash = 45;
const colon = 58;
const dot = 46;
const letterT = 84;
const letterZ = 90;
const plus = 43;

const perSecond: Record<TimeUnit, number> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };
const fractionDigits: Record<TimeUnit, number> = { s: 0, ms: 3, us: 6, ns: 9 };

/** Writes the date of a day; remembers the last one, as rows of a day come together. */
export type DateWriter = (out: TextBuffer, days: number) => void;

/**
 * `YYYY-MM-DD` of a day counted from 1970-01-01 in the proleptic Gregorian calendar; years outside 0 to 9999 with a sign
 * and at least six digits, as ISO 8601 has it. Algorithm: Howard Hinnant, `civil_from_days`,
 * http://howardhinnant.github.io/date_algorithms.html
 */
export function dateWriter(): DateWriter {
  const text = new TextBuffer(16);
  let known = Number.NaN;
  return (out, days) => {
    if (days !== known) {
      text.clear();
      writeDate(text, days);
      known = days;
    }
    out.copy(text.bytes, 0, text.length);
  };
}

function writeDate(out: TextBuffer, days: number): void {
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  out.reserve(32);
  if (year >= 0 && year <= 9999) {
    out.padded(year, 4);
  } else {
    out.byte(year < 0 ? dash : plus);
    out.ascii(String(Math.abs(year)).padStart(6, '0'));
  }
  out.byte(dash);
  out.padded(month, 2);
  out.byte(dash);
  out.padded(day, 2);
}

/**
 * Writes the timestamp of a row: `2001-01-01T00:10:00.000000`, with as many digits as the unit has and a `Z` when the
 * value is an instant. Without a zone it is civil time and gets none, so that no reader shifts it.
 */
export function timestampWriter(
  reader: Int64Reader,
  unit: TimeUnit,
  instant: boolean,
): (out: TextBuffer, row: number) => void {
  const date = dateWriter();
  const second = perSecond[unit];
  const perDay = 86400 * second;
  const digits = fractionDigits[unit];
  return (out, row) => {
    const value = reader.safe(row);
    let days: number;
    let rest: number;
    if (Number.isNaN(value)) {
      const exact = reader.exact(row);
      const wide = BigInt(perDay);
      const remainder = exact % wide;
      rest = Number(remainder < 0n ? remainder + wide : remainder);
      days = Number((exact - BigInt(rest)) / wide);
    } else {
      // Exact: a quotient below 2^53 / perDay is rounded by less than 1 / perDay, so never up to the next day.
      days = Math.floor(value / perDay);
      rest = value - days * perDay;
    }
    date(out, days);
    const seconds = Math.floor(rest / second);
    const minutes = Math.floor(seconds / 60);
    out.reserve(24);
    out.byte(letterT);
    out.padded(Math.floor(minutes / 60), 2);
    out.byte(colon);
    out.padded(minutes % 60, 2);
    out.byte(colon);
    out.padded(seconds % 60, 2);
    if (digits > 0) {
      out.byte(dot);
      out.padded(rest - seconds * second, digits);
    }
    if (instant) out.byte(letterZ);
  };
}
