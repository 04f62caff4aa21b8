// Owns the way from text to typed values: exact or an error, never a guess.
import { type DataType, describeType, TailraceError, type TimeUnit } from '@tailrace/core';
import { formatDecimal } from '@tailrace/core/sink';

/** What is wrong with a text, as the end of a sentence that begins with the text. */
export class TextProblem extends Error {
  override readonly name = 'TextProblem';
}

export type ParseText = (text: string) => unknown;

/** A parser for values of a column; it throws TextProblem. */
export function textParser(type: DataType): ParseText {
  switch (type.kind) {
    case 'bool':
      return parseBoolean;
    case 'int32':
      return parseInt32;
    case 'int64':
      return type.js === 'bigint' ? parseBigint : parseSafeInteger;
    case 'float64':
      return parseFloat64;
    case 'date':
      return parseDate;
    case 'timestamp':
      return timestampParser(type.unit, type.timezone, type.js);
    case 'utf8':
      return (text) => text;
    case 'dictionary':
      return interning();
    case 'int8':
    case 'int16':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return smallIntegerParser(ranges[type.kind]);
    case 'uint64':
      return type.js === 'bigint' ? parseUnsigned : parseSafeUnsigned;
    case 'float16':
    case 'float32':
      // What has no exact form there is refused by the column, or rounded where it is declared so.
      return parseFloat64;
    case 'decimal':
      return decimalParser(type);
    default:
      throw unreadableType(type);
  }
}

const ranges = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
} as const;

function unreadableType(type: DataType): TailraceError {
  const name = describeType(type);
  return new TailraceError(
    `Columns of ${name} cannot be read from text. Declare the column as utf8 and convert it in a stage.`,
    { code: 'SCHEMA_INVALID', operation: 'open source', context: { type: name } },
  );
}

function parseBoolean(text: string): boolean {
  switch (text.toLowerCase()) {
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    default:
      throw new TextProblem('is not true, false, 1 or 0');
  }
}

const wholeNumber = /^[+-]?\d+$/;

function parseInt32(text: string): number {
  const value = wholeNumber.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new TextProblem('is not a whole number');
  if (value < -2_147_483_648 || value > 2_147_483_647) throw new TextProblem('does not fit 32 bits');
  return value + 0;
}

function smallIntegerParser([least, most]: readonly [number, number]): ParseText {
  return (text) => {
    const value = wholeNumber.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(value)) throw new TextProblem('is not a whole number');
    if (value < least || value > most) throw new TextProblem(`is not from ${least} to ${most}`);
    return value + 0;
  };
}

function parseSafeUnsigned(text: string): number {
  const value = parseSafeInteger(text);
  if (value < 0) throw new TextProblem('is negative');
  return value;
}

function parseUnsigned(text: string): bigint {
  if (!wholeNumber.test(text)) throw new TextProblem('is not a whole number');
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  if (value < 0n || value >= int64Limit * 2n) throw new TextProblem('does not fit unsigned 64 bits');
  return value;
}

const plainDecimal = /^([+-]?)(\d{1,80})(?:\.(\d{1,80}))?$/;

/** Decimals as units of the last digit, or as text with all digits of the scale, as batches give them. */
function decimalParser({ precision, scale, js }: Extract<DataType, { readonly kind: 'decimal' }>): ParseText {
  const limit = 10n ** BigInt(precision);
  return (text) => {
    const match = plainDecimal.exec(text);
    if (match === null) throw new TextProblem('is not a decimal number');
    const [, sign, whole = '', fraction = ''] = match;
    if (/[1-9]/.test(fraction.slice(scale)))
      throw new TextProblem(`has more than ${scale} digits after the point`);
    const digits = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'));
    if (digits >= limit) throw new TextProblem(`has more than ${precision} digits`);
    const units = sign === '-' ? -digits : digits;
    return js === 'bigint' ? units : formatDecimal(units, scale);
  };
}

function parseSafeInteger(text: string): number {
  if (!wholeNumber.test(text)) throw new TextProblem('is not a whole number');
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new TextProblem("is beyond 2^53 and has no exact number; declare int64({ js: 'bigint' })");
  }
  return value + 0;
}

const int64Limit = 2n ** 63n;

function parseBigint(text: string): bigint {
  if (!wholeNumber.test(text)) throw new TextProblem('is not a whole number');
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  if (value < -int64Limit || value >= int64Limit) throw new TextProblem('does not fit 64 bits');
  return value;
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const special = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
]);

function parseFloat64(text: string): number {
  if (decimal.test(text)) return Number(text);
  const value = special.get(text.toLowerCase());
  if (value === undefined) throw new TextProblem('is not a number');
  return value;
}

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;

function parseDate(text: string): Date {
  const match = datePattern.exec(text);
  if (match === null) throw new TextProblem('is not a date (YYYY-MM-DD)');
  return new Date(dayMs(match[1], match[2], match[3]));
}

/** Milliseconds of midnight UTC; refuses days that are not in the calendar, which Date would carry over. */
function dayMs(year: string | undefined, month: string | undefined, day: string | undefined): number {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) {
    throw new TextProblem('is not a day of the calendar');
  }
  return date.getTime();
}

const timestampPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

const nanosPerUnit: Readonly<Record<TimeUnit, bigint>> = {
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
};

function timestampParser(
  unit: TimeUnit,
  timezone: string | null,
  js: 'date' | 'number' | 'bigint',
): ParseText {
  return (text) => {
    const { ms, nanos } = instantOf(text, timezone);
    if (js === 'date') {
      if (nanos % 1_000_000 !== 0) {
        throw new TextProblem(
          "has a fraction of a millisecond, which Date cannot hold; declare js: 'bigint'",
        );
      }
      return new Date(ms + nanos / 1_000_000);
    }
    const total = BigInt(ms) * 1_000_000n + BigInt(nanos);
    if (total % nanosPerUnit[unit] !== 0n)
      throw new TextProblem(`is finer than the unit of the column (${unit})`);
    const value = total / nanosPerUnit[unit];
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

/** Milliseconds of the whole second, and nanoseconds within it. */
function instantOf(text: string, timezone: string | null): { ms: number; nanos: number } {
  const match = timestampPattern.exec(text);
  if (match === null) throw new TextProblem('is not a timestamp (YYYY-MM-DD HH:MM:SS)');
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw new TextProblem('is not a time of the day');
  }
  if (offset !== undefined && timezone === null) {
    throw new TextProblem('has an offset, but the column is declared without a zone');
  }
  if (offset === undefined && timezone !== null && timezone !== 'UTC') {
    throw new TextProblem(`has no offset, so its instant in ${timezone} is uncertain`);
  }
  const time = (Number(hour) * 3_600 + Number(minute) * 60 + Number(second)) * 1_000;
  const nanos = Number(fraction.padEnd(9, '0'));
  return { ms: dayMs(year, month, day) + time - offsetMs(offset), nanos };
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || offset.toUpperCase() === 'Z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || '0');
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

const internedUpTo = 65_536;

/** Categories repeat: every one is kept once, not as a piece of the text it came from. */
function interning(): ParseText {
  const known = new Map<string, string>();
  return (text) => {
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    if (known.size < internedUpTo) known.set(text, text);
    return text;
  };
}
