// Owns Spark's functions of dates and timestamps.
import { type Column, type ColumnOrName, call, named } from '../column/column.js';
import { type Of1, type Of2, of0, of1, of2 } from './shapes.js';

/** The day on which the query began, in the time zone of the session. */
export const currentDate: () => Column<Date> = of0('current_date');
/** The moment at which the query began. */
export const currentTimestamp: () => Column<Date> = of0('current_timestamp');
/** The year of a date or timestamp. */
export const year: Of1<number | null> = of1('year');
/** The quarter, 1 to 4. */
export const quarter: Of1<number | null> = of1('quarter');
/** The month, 1 to 12. */
export const month: Of1<number | null> = of1('month');
/** The day of the month, from 1. */
export const dayOfMonth: Of1<number | null> = of1('day');
/** The day of the week: 1 is Sunday. */
export const dayOfWeek: Of1<number | null> = of1('dayofweek');
/** The day of the year, from 1. */
export const dayOfYear: Of1<number | null> = of1('dayofyear');
/** The day of the week: 0 is Monday. */
export const weekday: Of1<number | null> = of1('weekday');
/** The week of the year, as ISO 8601 counts. */
export const weekOfYear: Of1<number | null> = of1('weekofyear');
/** The hour, in the time zone of the session. */
export const hour: Of1<number | null> = of1('hour');
/** The minute. */
export const minute: Of1<number | null> = of1('minute');
/** The second. */
export const second: Of1<number | null> = of1('second');
/** The last day of a date's month. */
export const lastDay: Of1<Date | null> = of1('last_day');
/** The moment of seconds since 1970. */
export const timestampSeconds: Of1<Date | null> = of1('timestamp_seconds');
/** The moment of milliseconds since 1970. */
export const timestampMillis: Of1<Date | null> = of1('timestamp_millis');
/** The moment of microseconds since 1970. */
export const timestampMicros: Of1<Date | null> = of1('timestamp_micros');
/** Seconds since 1970 of a moment. */
export const unixSeconds: Of1<bigint | null> = of1('unix_seconds');
/** Milliseconds since 1970 of a moment. */
export const unixMillis: Of1<bigint | null> = of1('unix_millis');
/** Microseconds since 1970 of a moment. */
export const unixMicros: Of1<bigint | null> = of1('unix_micros');
/** Days since 1970 of a date. */
export const unixDate: Of1<number | null> = of1('unix_date');
/** The date of days since 1970. */
export const dateFromUnixDate: Of1<Date | null> = of1('date_from_unix_date');
/** Days from the second date to the first. */
export const datediff: Of2<number | null> = of2('datediff');

/** A date so many days later. */
export const dateAdd = (column: ColumnOrName, days: number): Column<Date | null> =>
  call('date_add', named(column), days);
/** A date so many days earlier. */
export const dateSub = (column: ColumnOrName, days: number): Column<Date | null> =>
  call('date_sub', named(column), days);
/** A date so many months later; the last day of a month that has fewer. */
export const addMonths = (column: ColumnOrName, months: number): Column<Date | null> =>
  call('add_months', named(column), months);
/** Months from the second to the first, with a part of a month of 31 days. */
export const monthsBetween = (
  later: ColumnOrName,
  earlier: ColumnOrName,
  roundOff = true,
): Column<number | null> => call('months_between', named(later), named(earlier), roundOff);
/** The first date behind one that is such a day: `Mon`, `TUESDAY`. */
export const nextDay = (column: ColumnOrName, dayOfWeek: string): Column<Date | null> =>
  call('next_day', named(column), dayOfWeek);
/** A date cut to a unit: `year`, `quarter`, `month`, `week`. */
export const trunc = (column: ColumnOrName, unit: string): Column<Date | null> =>
  call('trunc', named(column), unit);
/** A timestamp cut to a unit: `year` ... `microsecond`. */
export const dateTrunc = (unit: string, column: ColumnOrName): Column<Date | null> =>
  call('date_trunc', unit, named(column));
/** A date or timestamp written in a pattern of Spark: `yyyy-MM-dd`. */
export const dateFormat = (column: ColumnOrName, pattern: string): Column<string | null> =>
  call('date_format', named(column), pattern);
/** The date that a text says, in a pattern, or as a cast reads it. */
export const toDate = (column: ColumnOrName, pattern?: string): Column<Date | null> =>
  pattern === undefined ? call('to_date', named(column)) : call('to_date', named(column), pattern);
/** The moment that a text says, in a pattern, or as a cast reads it. */
export const toTimestamp = (column: ColumnOrName, pattern?: string): Column<Date | null> =>
  pattern === undefined ? call('to_timestamp', named(column)) : call('to_timestamp', named(column), pattern);
/** Seconds since 1970 that a text says, in a pattern. */
export const unixTimestamp = (column: ColumnOrName, pattern: string): Column<bigint | null> =>
  call('unix_timestamp', named(column), pattern);
/** Seconds since 1970 written in a pattern, in the time zone of the session. */
export const fromUnixtime = (column: ColumnOrName, pattern: string): Column<string | null> =>
  call('from_unixtime', named(column), pattern);
/** A date of three columns. */
export const makeDate = (y: ColumnOrName, m: ColumnOrName, d: ColumnOrName): Column<Date | null> =>
  call('make_date', named(y), named(m), named(d));
/** A moment given in UTC, moved to the clock of a time zone. */
export const fromUtcTimestamp = (column: ColumnOrName, zone: string): Column<Date | null> =>
  call('from_utc_timestamp', named(column), zone);
/** A moment given on the clock of a time zone, moved to UTC. */
export const toUtcTimestamp = (column: ColumnOrName, zone: string): Column<Date | null> =>
  call('to_utc_timestamp', named(column), zone);
