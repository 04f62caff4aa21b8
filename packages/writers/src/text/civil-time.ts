// Owns the ISO 8601 text of dates and timestamps. It knows no local time: values count from 1970-01-01T00:00.
import type { TimeUnit } from '@tailrace/core/sink';
import { fourDigits } from './decimal.js';
import { isSafe, toBigInt, toNumber } from './int64.js';
import { piece, putPiece } from './pieces.js';
import { overrun, putAscii, type TextTarget, textTarget } from './text-target.js';

const dash = 45;
const colon = 58;
const letterT = 84;
const secondsPerDay = 86_400;
const perSecond: Record<TimeUnit, number> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };
/** Makes the leading `0` of four digits a point. */
const zeroToDot = 46 - 48;
/** Bytes of the longest date, `+292277026596-12-04`, or time of day with nanoseconds, with some room. */
const longest = 32;

/** Bytes that stand before and after every value: delimiter, key, quotes, zone. */
export interface Around {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Writes the date or the timestamp of a row; returns where it ends. Touches at most `timeBytes` and what is around. */
export type TimeWriter = (out: TextTarget, at: number, row: number) => number;

export const timeBytes: number = 2 * longest + overrun;

/** Dates, as days since 1970-01-01. The last one is remembered, as rows of a day come together. */
export function dateWriter(days: Int32Array, { before, after }: Around): TimeWriter {
  const text = textTarget(before.length + longest + after.length + overrun);
  text.bytes.set(before);
  let length = 0;
  let known = Number.NaN;
  return (out, at, row) => {
    const day = days[row] as number; // row < days.length
    if (day !== known) {
      const end = putDate(text, before.length, day);
      text.bytes.set(after, end);
      length = end + after.length;
      known = day;
    }
    return putText(out.view, at, text.view, length);
  };
}

/**
 * `YYYY-MM-DD` of a day counted from 1970-01-01 in the proleptic Gregorian calendar; years outside 0 to 9999 with a sign
 * and at least six digits, as ISO 8601 has it. Algorithm: Howard Hinnant, `civil_from_days`,
 * http://howardhinnant.github.io/date_algorithms.html
 */
function putDate(out: TextTarget, at: number, days: number): number {
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
  const { bytes, view } = out;
  let end = at + 4;
  if (year >= 0 && year <= 9999) view.setInt32(at, fourDigits(year), true);
  else end = putAscii(out, at, `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`);
  bytes[end] = dash;
  putTwo(view, end + 1, month);
  bytes[end + 3] = dash;
  putTwo(view, end + 4, day);
  return end + 6;
}

/** `T` and `hh:mm:ss`: 9 bytes. */
function putTimeOfDay({ bytes, view }: TextTarget, at: number, second: number): void {
  const minutes = (second / 60) | 0;
  const hours = (minutes / 60) | 0;
  bytes[at] = letterT;
  putTwo(view, at + 1, hours);
  bytes[at + 3] = colon;
  putTwo(view, at + 4, minutes - hours * 60);
  bytes[at + 6] = colon;
  putTwo(view, at + 7, second - minutes * 60);
}

/**
 * Timestamps: `2001-01-01T00:10:00.000000`, with as many digits as the unit has. The zone, if any, belongs to what comes
 * after. Date and time are written again only when the second changes.
 * @param words the 64-bit values, low word first
 */
export function timestampWriter(words: Int32Array, unit: TimeUnit, { before, after }: Around): TimeWriter {
  const second = perSecond[unit];
  const text = textTarget(before.length + longest + 9 + overrun);
  text.bytes.set(before);
  const tail = piece(after);
  let day = Number.NaN;
  let dayEnd = 0;
  /** What the text says, in seconds; NaN while it says nothing, or more than a number can. */
  let known = Number.NaN;
  /** `known` in units, while that is exact. */
  let knownStart = Number.NaN;

  const say = (newDay: number, secondOfDay: number): void => {
    if (newDay !== day) {
      dayEnd = putDate(text, before.length, newDay);
      day = newDay;
    }
    putTimeOfDay(text, dayEnd, secondOfDay);
  };
  const saySecond = (seconds: number): void => {
    if (seconds === known) return;
    const newDay = Math.floor(seconds / secondsPerDay);
    say(newDay, seconds - newDay * secondsPerDay);
    known = seconds;
  };
  /** Makes the text say the second of a value; returns the units beyond. */
  const settle = (low: number, high: number): number => {
    const value = toNumber(low, high);
    if (isSafe(value)) {
      // Exact: a quotient below 2^53 / n is rounded by less than 1 / n, so never up to the next second.
      const seconds = Math.floor(value / second);
      saySecond(seconds);
      knownStart = seconds * second;
      return value - knownStart;
    }
    knownStart = Number.NaN;
    if (unit === 'ns') {
      // `value` is off by at most 2^9, so the quotient by at most 1; what is left tells, by its low words alone.
      const seconds = Math.floor(value / 1e9);
      const rest = (low - Math.imul(seconds | 0, 1_000_000_000)) | 0;
      const more = rest < 0 ? -1 : rest >= 1_000_000_000 ? 1 : 0;
      saySecond(seconds + more);
      return rest - more * 1_000_000_000;
    }
    const exact = toBigInt(low, high);
    const units = BigInt(second);
    const ofSecond = ((exact % units) + units) % units;
    const seconds = (exact - ofSecond) / units;
    const ofDay = Number(((seconds % 86_400n) + 86_400n) % 86_400n);
    known = Number.NaN;
    say(Number((seconds - BigInt(ofDay)) / 86_400n), ofDay);
    return Number(ofSecond);
  };

  return (out, at, row) => {
    const low = words[row * 2] as number; // row < words.length / 2
    const high = words[row * 2 + 1] as number; // as above
    // NaN, and so not below, when nothing is known; beyond 2^53 nothing ever is.
    let rest = toNumber(low, high) - knownStart;
    if (!(rest >= 0 && rest < second)) rest = settle(low, high);
    const { view } = out;
    const end = putText(view, at, text.view, dayEnd + 9);
    return putPiece(view, putFraction(view, end, unit, rest | 0), tail);
  };
}

function putFraction(view: DataView, at: number, unit: TimeUnit, value: number): number {
  switch (unit) {
    case 's':
      return at;
    case 'ms':
      view.setInt32(at, fourDigits(value) + zeroToDot, true);
      return at + 4;
    case 'us': {
      const high = (value / 1000) | 0;
      view.setInt32(at, fourDigits(high) + zeroToDot, true);
      view.setInt32(at + 4, fourDigits(value - high * 1000) >>> 8, true);
      return at + 7;
    }
    case 'ns': {
      const micros = (value / 1000) | 0;
      const end = putFraction(view, at, 'us', micros);
      view.setInt32(end, fourDigits(value - micros * 1000) >>> 8, true);
      return end + 3;
    }
  }
}

function putTwo(view: DataView, at: number, value: number): void {
  view.setInt16(at, fourDigits(value) >>> 16, true);
}

function putText(view: DataView, at: number, text: DataView, length: number): number {
  for (let index = 0; index < length; index += 4) view.setInt32(at + index, text.getInt32(index, true), true);
  return at + length;
}
