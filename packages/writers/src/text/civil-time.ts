// Owns the ISO 8601 text of dates and timestamps. It knows no local time: values count from 1970-01-01T00:00.
import type { TimeUnit } from '@tailrace/core/sink';
import { fourDigits } from './decimal.js';
import { isSafe, toBigInt, toNumber } from './int64.js';
import { type Piece, piece, putPiece } from './pieces.js';
import { overrun, putAscii, type TextTarget, textTarget } from './text-target.js';

const dash = 45;
const letterT = 84;
const secondsPerDay = 86_400;
const perSecond: Record<TimeUnit, number> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };
/** Makes the leading `0` of four digits a point. */
const zeroToDot = 46 - 48;
/** Bytes that a date or a timestamp touches at most, without what comes after: `+292277026596-12-04T15:30:07.123456789`. */
export const timeBytes: number = 64;

/** `:` in the middle and at the end of the words that `hh:mm:ss` is made of. */
const firstColon = 0x3a0000;
const secondColon = 0x3a00;

/** A column of dates, as days since 1970-01-01. The last one is remembered, as rows of a day come together. */
export class Dates {
  readonly #days: Int32Array;
  readonly #after: Uint8Array;
  readonly #text: TextTarget;
  #length = 0;
  #known = Number.NaN;

  /** @param after stands behind every date */
  constructor(days: Int32Array, after: Uint8Array) {
    this.#days = days;
    this.#after = after;
    this.#text = textTarget(timeBytes + after.length + overrun);
  }

  /** Writes the date of a row; returns where it ends. */
  put(out: TextTarget, at: number, row: number): number {
    const day = this.#days[row] as number; // row < days.length
    if (day !== this.#known) {
      const end = putDate(this.#text, 0, day);
      this.#text.bytes.set(this.#after, end);
      this.#length = end + this.#after.length;
      this.#known = day;
    }
    return putText(out.view, at, this.#text.view, this.#length);
  }
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

/**
 * A column of timestamps: `2001-01-01T00:10:00.000000`, with as many digits as the unit has. The zone, if any, belongs to what
 * comes after. Date and time are made again only when the second changes.
 */
export class Timestamps {
  readonly #words: Int32Array;
  readonly #unit: TimeUnit;
  readonly #perSecond: number;
  readonly #after: Piece;
  readonly #mark: number;
  /** The date and `T`. */
  readonly #date: TextTarget = textTarget(timeBytes);
  #dateEnd = 0;
  #day = Number.NaN;
  /** `hh:m` and `m:ss`. */
  #firstWord = 0;
  #secondWord = 0;
  /** What the text says, in seconds; NaN while it says nothing, or more than a number can. */
  #second = Number.NaN;
  /** The same in units; NaN unless every value of that second is safe, as others are not told apart by their numbers. */
  #start = Number.NaN;

  /**
   * @param words the 64-bit values, low word first
   * @param after stands behind every timestamp
   * @param mark the character between date and time
   */
  constructor(words: Int32Array, unit: TimeUnit, after: Uint8Array, mark: number = letterT) {
    this.#words = words;
    this.#mark = mark;
    this.#unit = unit;
    this.#perSecond = perSecond[unit];
    this.#after = piece(after);
  }

  /** Writes the timestamp of a row; returns where it ends. */
  put(out: TextTarget, at: number, row: number): number {
    const low = this.#words[row * 2] as number; // row < words.length / 2
    const high = this.#words[row * 2 + 1] as number; // as above
    // NaN, and so not within, when nothing is known. What is known is a second of safe values, and no other is near enough.
    let rest = toNumber(low, high) - this.#start;
    if (!(rest >= 0 && rest < this.#perSecond)) rest = this.#settle(low, high);
    const { view } = out;
    const end = putText(view, at, this.#date.view, this.#dateEnd);
    view.setInt32(end, this.#firstWord, true);
    view.setInt32(end + 4, this.#secondWord, true);
    return putPiece(view, putFraction(view, end + 8, this.#unit, rest | 0), this.#after);
  }

  /** Makes the text say the second of a value; returns the units beyond. */
  #settle(low: number, high: number): number {
    const value = toNumber(low, high);
    const units = this.#perSecond;
    if (isSafe(value)) {
      // Exact: a quotient below 2^53 / n is rounded by less than 1 / n, so never up to the next second.
      const seconds = Math.floor(value / units);
      this.#say(seconds);
      // The value itself or a multiple of 2^3 at least, so it is exact where it is not safe, too.
      const start = seconds * units;
      this.#start = isSafe(start) && isSafe(start + units) ? start : Number.NaN;
      return value - start;
    }
    this.#start = Number.NaN;
    if (this.#unit === 'ns') {
      // `value` is off by at most 2^9, so the quotient by at most 1; what is left tells, by its low words alone.
      const seconds = Math.floor(value / 1e9);
      const rest = (low - Math.imul(seconds | 0, 1_000_000_000)) | 0;
      const more = rest < 0 ? -1 : rest >= 1_000_000_000 ? 1 : 0;
      this.#say(seconds + more);
      return rest - more * 1_000_000_000;
    }
    const exact = toBigInt(low, high);
    const wide = BigInt(units);
    const ofSecond = ((exact % wide) + wide) % wide;
    const seconds = (exact - ofSecond) / wide;
    const ofDay = ((seconds % 86_400n) + 86_400n) % 86_400n;
    this.#second = Number.NaN;
    this.#sayDay(Number((seconds - ofDay) / 86_400n));
    this.#sayTime(Number(ofDay));
    return Number(ofSecond);
  }

  #say(second: number): void {
    if (second === this.#second) return;
    let ofDay = second - this.#day * secondsPerDay;
    if (!(ofDay >= 0 && ofDay < secondsPerDay)) {
      const day = Math.floor(second / secondsPerDay);
      this.#sayDay(day);
      ofDay = second - day * secondsPerDay;
    }
    this.#sayTime(ofDay | 0);
    this.#second = second;
  }

  #sayDay(day: number): void {
    const end = putDate(this.#date, 0, day);
    this.#date.bytes[end] = this.#mark;
    this.#dateEnd = end + 1;
    this.#day = day;
  }

  #sayTime(second: number): void {
    const minutes = (second / 60) | 0;
    const hours = (minutes / 60) | 0;
    const minute = fourDigits(minutes - hours * 60) >>> 16;
    this.#firstWord = (fourDigits(hours) >>> 16) | firstColon | (minute << 24);
    this.#secondWord = (minute >>> 8) | secondColon | (fourDigits(second - minutes * 60) & -65_536);
  }
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
