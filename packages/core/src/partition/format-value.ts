// Owns the text of values in partition directories, in the forms that Spark writes and readers parse back.
import type { TimeUnit } from '../batch/schema.js';

const secondsPerDay = 86_400;
const ticksPerSecond: Readonly<Record<TimeUnit, bigint>> = {
  s: 1n,
  ms: 1_000n,
  us: 1_000_000n,
  ns: 1_000_000_000n,
};
const fractionDigits: Readonly<Record<TimeUnit, number>> = { s: 0, ms: 3, us: 6, ns: 9 };

/** `2001-01-31`; years beyond four digits carry a sign: `+10000-01-01`, `-0001-01-01`. */
export function formatDate(daysSince1970: number): string {
  const { year, month, day } = civilFromDays(daysSince1970);
  return `${formatYear(year)}-${two(month)}-${two(day)}`;
}

/** `2001-01-31 06:30:00` or with as much of `.123456789` as is not zero. Points in time are written in UTC. */
export function formatTimestamp(ticks: bigint, unit: TimeUnit): string {
  const perSecond = ticksPerSecond[unit];
  const fraction = ((ticks % perSecond) + perSecond) % perSecond;
  // A count of seconds may lie beyond 2^53; days, and the seconds within one, do not.
  const seconds = (ticks - fraction) / perSecond;
  const perDay = BigInt(secondsPerDay);
  const withinDay = ((seconds % perDay) + perDay) % perDay;
  const days = Number((seconds - withinDay) / perDay);
  const time = Number(withinDay);
  const clock = `${two(Math.floor(time / 3_600))}:${two(Math.floor(time / 60) % 60)}:${two(time % 60)}`;
  const digits = fraction.toString().padStart(fractionDigits[unit], '0').replace(/0+$/, '');
  return `${formatDate(days)} ${clock}${digits === '' ? '' : `.${digits}`}`;
}

/**
 * As Java's `Double.toString`: always with a decimal point, in scientific form below 10^-3 and from 10^7 on, the
 * shortest digits that read back as the same number. `NaN`, `Infinity`, `-0.0`.
 */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/**
 * Proleptic Gregorian date of a day number. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * `civil_from_days`.
 */
function civilFromDays(daysSince1970: number): { year: number; month: number; day: number } {
  const shifted = daysSince1970 + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function formatYear(year: number): string {
  const sign = year < 0 ? '-' : year > 9_999 ? '+' : '';
  return sign + String(Math.abs(year)).padStart(4, '0');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
