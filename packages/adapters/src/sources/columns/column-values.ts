// Owns the decoding of Arrow columns into arrays of JavaScript values, straight from their typed arrays. A value that has
// no exact form is an error with row and column, never a silent change.
import type { DataType, Field } from '@tailrace/core';
import { DataType as ArrowType, type Data, Precision } from 'apache-arrow';
import { anyValues } from './any-values.js';
import { type Fill, nullError, valueError } from './position.js';
import { type StringsDecoder, stringsDecoder } from './strings.js';

/**
 * Decodes one column, batch after batch; keeps the strings it has made.
 * @param found what the column was found to be in the file; it must be readable as `field`
 */
export function columnDecoder(field: Field, found: DataType): Fill {
  let fill: Fill | undefined;
  return (data, from, to, out, where) => {
    fill ??= fillOf(field, found, data);
    fill(data, from, to, out, where);
  };
}

function fillOf(field: Field, found: DataType, { type }: Data): Fill {
  const fill = usualValues(field, type);
  if (fill === undefined) return anyValues(field, found);
  return (data, from, to, out, where) => {
    fill(data, from, to, out, where);
    if (data.nullCount > 0) putNulls(field, data, from, to, out, where);
  };
}

/** What is read without a call for each value; undefined for the rest. */
function usualValues(field: Field, stored: ArrowType): Fill | undefined {
  const { type } = field;
  switch (type.kind) {
    case 'bool':
      return fillBooleans;
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return fillNumbers;
    case 'float32':
    case 'float64':
      // Typed arrays of half floats came with Node 24: their bits are turned into numbers.
      return ArrowType.isFloat(stored) && stored.precision === Precision.HALF ? undefined : fillNumbers;
    case 'int64':
      return type.js === 'bigint' ? bigints(field) : safeIntegers(field);
    case 'timestamp':
      if (!ArrowType.isTimestamp(stored) || units[stored.unit] !== type.unit) return undefined;
      if (type.js === 'bigint') return bigints(field);
      return type.js === 'number' ? safeIntegers(field) : dates(field, unitsPerMs[type.unit]);
    case 'date':
      return days(field);
    case 'utf8':
    case 'dictionary':
      return ArrowType.isUtf8(stored) ? texts() : undefined;
    default:
      return undefined;
  }
}

/** By Arrow's numbers for them. */
const units = ['s', 'ms', 'us', 'ns'] as const;
/** Units in a millisecond; seconds are the other way round. */
const unitsPerMs = { s: 0.001, ms: 1, us: 1_000, ns: 1_000_000 } as const;

const fillBooleans: Fill = (data, from, to, out) => {
  const bits: Uint8Array = data.values;
  for (let row = from; row < to; row++) {
    const at = data.offset + row;
    out[row - from] = ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
  }
};

const fillNumbers: Fill = (data, from, to, out) => {
  const values: ArrayLike<number> = data.values;
  for (let row = from; row < to; row++) out[row - from] = values[row];
};

const twoTo32 = 4_294_967_296;
/** High words of safe integers lie in [-2^21, 2^21). */
const safeHigh = 2_097_152;

/** Low and high words: reading a BigInt64Array makes a bigint per value, which is several times slower. */
function words(data: Data): Int32Array {
  const values: BigInt64Array | BigUint64Array = data.values;
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

function isNarrow(data: Data): boolean {
  return !(data.values instanceof BigInt64Array) && !(data.values instanceof BigUint64Array);
}

function safeIntegers(field: Field): Fill {
  return (data, from, to, out, where) => {
    if (isNarrow(data)) {
      fillNumbers(data, from, to, out, where);
      return;
    }
    const pairs = words(data);
    const unsigned = data.values instanceof BigUint64Array;
    for (let row = from; row < to; row++) {
      const low = pairs[row * 2] ?? 0;
      const high = pairs[row * 2 + 1] ?? 0;
      // -2^53 itself is not a safe integer. Words are read as signed: those of unsigned values from 2^63 on are negative.
      const isSafe =
        high < safeHigh && (unsigned ? high >= 0 : high > -safeHigh || (high === -safeHigh && low !== 0));
      if (!isSafe) {
        if (!isValid(data, row)) continue;
        const exact = unsigned ? BigInt.asUintN(64, bigintAt(data, row)) : bigintAt(data, row);
        const option = field.type.kind === 'timestamp' ? "timestamps: 'bigint'" : "int64: 'bigint'";
        throw valueError(
          field,
          row,
          where,
          `${exact} is beyond 2^53 and has no exact number. Read it with ${option}.`,
        );
      }
      out[row - from] = high * twoTo32 + (low >>> 0);
    }
  };
}

function bigints(field: Field): Fill {
  return (data, from, to, out, where) => {
    if (isNarrow(data)) {
      const values: ArrayLike<number> = data.values;
      for (let row = from; row < to; row++) out[row - from] = BigInt(values[row] ?? 0);
      return;
    }
    const values: BigInt64Array | BigUint64Array = data.values;
    const unsigned = values instanceof BigUint64Array;
    for (let row = from; row < to; row++) {
      const value = bigintAt(data, row);
      if (unsigned && value > 0x7fff_ffff_ffff_ffffn && isValid(data, row)) {
        throw valueError(field, row, where, `${value} does not fit a signed 64-bit integer.`);
      }
      out[row - from] = value;
    }
  };
}

function bigintAt(data: Data, row: number): bigint {
  const values: BigInt64Array | BigUint64Array = data.values;
  return values[row] ?? 0n;
}

/** Exact for every count that is a whole number of milliseconds within the range of Date (8.64e15 ms). */
function dates(field: Field, perMs: number): Fill {
  return (data, from, to, out, where) => {
    const pairs = words(data);
    for (let row = from; row < to; row++) {
      const low = pairs[row * 2] ?? 0;
      const high = pairs[row * 2 + 1] ?? 0;
      const safe = high >= -safeHigh && high < safeHigh;
      // Nanoseconds of today lie beyond 2^53, where only bigints divide exactly.
      const ms = safe ? (high * twoTo32 + (low >>> 0)) / perMs : wholeMs(bigintAt(data, row), perMs);
      const date = new Date(ms);
      if (date.getTime() !== ms && isValid(data, row)) {
        const problem = Number.isInteger(ms)
          ? 'is outside the range of Date'
          : 'has a fraction of a millisecond, which Date cannot hold';
        throw valueError(
          field,
          row,
          where,
          `${bigintAt(data, row)} ${problem}. Read it with timestamps: 'bigint'.`,
        );
      }
      out[row - from] = date;
    }
  };
}

/** NaN when it is no whole number of milliseconds. */
function wholeMs(value: bigint, perMs: number): number {
  if (perMs < 1) return Number(value) / perMs;
  const divisor = BigInt(perMs);
  return value % divisor === 0n ? Number(value / divisor) : Number.NaN;
}

const msPerDay = 86_400_000;

function days(field: Field): Fill {
  return (data, from, to, out, where) => {
    const values: Int32Array = data.values;
    for (let row = from; row < to; row++) {
      const ms = (values[row] ?? 0) * msPerDay;
      const date = new Date(ms);
      if (date.getTime() !== ms && isValid(data, row)) {
        throw valueError(field, row, where, `day ${values[row]} is outside the range of Date.`);
      }
      out[row - from] = date;
    }
  };
}

function texts(): Fill {
  const decode: StringsDecoder = stringsDecoder();
  return (data, from, to, out) => decode(data.values, data.valueOffsets, from, to, out);
}

function isValid(data: Data, row: number): boolean {
  if (data.nullCount === 0) return true;
  const at = data.offset + row;
  return ((data.nullBitmap[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
}

function putNulls(...[field, data, from, to, out, where]: [Field, ...Parameters<Fill>]): void {
  for (let row = from; row < to; row++) {
    if (isValid(data, row)) continue;
    if (!field.nullable) {
      throw nullError(field, row, where);
    }
    out[row - from] = null;
  }
}
