// Owns the way from text to typed values: exact or an error, never a guess.
import { type DataType, describeType, TailraceError } from '@tailrace/core';
import { formatDecimal } from '@tailrace/core/sink';
import { type BytesAs, bytesParser } from './text-bytes.js';
import { TextProblem } from './text-problem.js';
import { parseDate, timeParser, timestampParser } from './text-times.js';

export type ParseText = (text: string) => unknown;

/**
 * A parser for values of a column; it throws TextProblem.
 * @param bytesAs what bytes are written as
 * @throws SCHEMA_INVALID for columns with others within, which have no text of their own
 */
export function textParser(type: DataType, bytesAs: BytesAs = 'base64'): ParseText {
  switch (type.kind) {
    case 'bool':
      return parseBoolean;
    case 'int32':
      return parseInt32;
    case 'int64':
    case 'duration':
      return type.js === 'bigint' ? parseBigint : parseSafeInteger;
    case 'float64':
      return parseFloat64;
    case 'date':
      return parseDate;
    case 'timestamp':
      return timestampParser(type.unit, type.timezone, type.js);
    case 'time':
      return timeParser(type.unit);
    case 'binary':
      return bytesParser(bytesAs, undefined);
    case 'fixed_binary':
      return bytesParser(bytesAs, type.width);
    case 'null':
      return parseNothing;
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
    case 'list':
    case 'fixed_list':
    case 'struct':
    case 'map':
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

/** Null is no text: whoever calls a parser has seen to it. */
function parseNothing(): never {
  throw new TextProblem('is not null');
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
