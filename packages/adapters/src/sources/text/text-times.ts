// Owns the way from text to dates, timestamps and times of day (ISO 8601): exact or a problem, never a guess.
import type { TimeUnit } from '@tailrace/core';
import { TextProblem } from './text-problem.js';

const int64Limit = 2n ** 63n;
const secondsPerDay = 86_400;
const msPerDay = 86_400_000;
/** The utmost that a Date can hold, in milliseconds. */
const utmostMs = 8.64e15;

const unitsPerSecond: Readonly<Record<TimeUnit, bigint>> = {
  s: 1n,
  ms: 1_000n,
  us: 1_000_000n,
  ns: 1_000_000_000n,
};
const nanosPerUnit: Readonly<Record<TimeUnit, number>> = {
  s: 1_000_000_000,
  ms: 1_000_000,
  us: 1_000,
  ns: 1,
};

/** Years beyond 0 to 9999 have a sign and six digits at least. */
const datePattern = /^(\d{4}|[+-]\d{6,12})-(\d{2})-(\d{2})$/;

export function parseDate(text: string): Date {
  const match = datePattern.exec(text);
  if (match === null) throw new TextProblem('is not a date (YYYY-MM-DD)');
  return dateOf(dayOf(match[1], match[2], match[3]) * msPerDay);
}

function dateOf(ms: number): Date {
  if (Math.abs(ms) > utmostMs) throw new TextProblem('is beyond what a Date can hold');
  return new Date(ms);
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * Days since 1970-01-01 in the proleptic Gregorian calendar; refuses days that are not in it, which a Date would carry over.
 * Algorithm: Howard Hinnant, `days_from_civil`, http://howardhinnant.github.io/date_algorithms.html
 */
function dayOf(
  yearText: string | undefined,
  monthText: string | undefined,
  dayText: string | undefined,
): number {
  const [year, month, day] = [Number(yearText), Number(monthText), Number(dayText)];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const most = month === 2 && isLeap ? 29 : (monthDays[month - 1] ?? 0);
  if (day < 1 || day > most) throw new TextProblem('is not a day of the calendar');
  const fromMarch = month <= 2 ? year - 1 : year;
  const era = Math.floor(fromMarch / 400);
  const yearOfEra = fromMarch - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const timestampPattern =
  /^(\d{4}|[+-]\d{6,12})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

export function timestampParser(
  unit: TimeUnit,
  timezone: string | null,
  js: 'date' | 'number' | 'bigint',
): (text: string) => Date | number | bigint {
  return (text) => {
    const { days, seconds, nanos } = instantOf(text, timezone);
    if (js === 'date') {
      if (nanos % 1_000_000 !== 0) {
        throw new TextProblem(
          "has a fraction of a millisecond, which Date cannot hold; declare js: 'bigint'",
        );
      }
      return dateOf(days * msPerDay + seconds * 1_000 + nanos / 1_000_000);
    }
    // Of days and seconds alike: a year may have more digits than a number has for its seconds.
    const whole = (BigInt(days) * BigInt(secondsPerDay) + BigInt(seconds)) * unitsPerSecond[unit];
    const value = whole + BigInt(fractionOf(nanos, unit));
    if (js === 'bigint') {
      if (value < -int64Limit || value >= int64Limit)
        throw new TextProblem('does not fit 64 bits in this unit');
      return value;
    }
    if (!Number.isSafeInteger(Number(value))) {
      throw new TextProblem("is beyond 2^53 in this unit and has no exact number; declare js: 'bigint'");
    }
    return Number(value);
  };
}

function fractionOf(nanos: number, unit: TimeUnit): number {
  if (nanos % nanosPerUnit[unit] !== 0)
    throw new TextProblem(`is finer than the unit of the column (${unit})`);
  return nanos / nanosPerUnit[unit];
}

interface Instant {
  /** Since 1970-01-01, UTC. */
  readonly days: number;
  /** Of the day; with an offset they may be before it, or beyond it. */
  readonly seconds: number;
  /** Within the second. */
  readonly nanos: number;
}

function instantOf(text: string, timezone: string | null): Instant {
  const match = timestampPattern.exec(text);
  if (match === null) throw new TextProblem('is not a timestamp (YYYY-MM-DD HH:MM:SS)');
  const [, year, month, day, hour, minute, second, fraction = '', offset] = match;
  const seconds = secondsOf(hour, minute, second);
  if (offset !== undefined && timezone === null) {
    throw new TextProblem('has an offset, but the column is declared without a zone');
  }
  if (offset === undefined && timezone !== null && timezone !== 'UTC') {
    throw new TextProblem(`has no offset, so its instant in ${timezone} is uncertain`);
  }
  return {
    days: dayOf(year, month, day),
    seconds: seconds - offsetSeconds(offset),
    nanos: nanosOf(fraction),
  };
}

function secondsOf(hour = '0', minute = '0', second = '0'): number {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw new TextProblem('is not a time of the day');
  }
  return Number(hour) * 3_600 + Number(minute) * 60 + Number(second);
}

function nanosOf(fraction: string): number {
  return fraction === '' ? 0 : Number(fraction.padEnd(9, '0'));
}

function offsetSeconds(offset: string | undefined): number {
  if (offset === undefined || offset.toUpperCase() === 'Z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || '0');
  return (offset.startsWith('-') ? -minutes : minutes) * 60;
}

const timePattern = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/;

/** Counts of the unit since midnight, of which a day has fewer than 2^53. */
export function timeParser(unit: TimeUnit): (text: string) => number {
  return (text) => {
    const match = timePattern.exec(text);
    if (match === null) throw new TextProblem('is not a time of the day (HH:MM:SS)');
    const [, hour, minute, second, fraction = ''] = match;
    return (
      secondsOf(hour, minute, second) * Number(unitsPerSecond[unit]) + fractionOf(nanosOf(fraction), unit)
    );
  };
}
