// Owns what the bounds of a run of values may be, straight from the rules of the format.
// Source: the comments on Statistics, ColumnIndex and ColumnOrder in parquet.thrift of apache/parquet-format.
import type { DataType } from '@tailrace/core/sink';
import type { CellValue } from '../table.js';

/** The value of a bound that was stored as PLAIN bytes; strings stay bytes. */
function boundValue(type: DataType, bytes: Uint8Array): boolean | number | bigint | Buffer {
  const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const expect = (length: number): void => {
    if (bytes.length !== length) throw new Error(`a bound of ${type.kind} has ${bytes.length} bytes`);
  };
  switch (type.kind) {
    case 'bool':
      expect(1);
      return stored[0] === 1;
    case 'int32':
    case 'date':
      expect(4);
      return stored.readInt32LE();
    case 'int64':
    case 'timestamp':
      expect(8);
      return stored.readBigInt64LE();
    case 'float64':
      expect(8);
      return stored.readDoubleLE();
    case 'utf8':
    case 'dictionary':
      return stored;
    default:
      throw new RangeError(`no recipe for ${type.kind}`);
  }
}

type Ordered = boolean | number | bigint | Buffer;

/** Total order; -0 before 0. */
function compare(a: Ordered, b: Ordered): number {
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return Buffer.compare(a, b);
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === 0 && b === 0) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return 0;
}

export function compareBounds(type: DataType, a: Uint8Array, b: Uint8Array): number {
  return compare(boundValue(type, a), boundValue(type, b));
}

/** Negative where a value is beneath a bound, positive where it is above; of text only so many bytes count. */
export function compareWithBound(
  type: DataType,
  value: Exclude<CellValue, null>,
  bound: Uint8Array,
  textBytes: number,
): number {
  const beginning = (ordered: Ordered): Ordered =>
    Buffer.isBuffer(ordered) ? ordered.subarray(0, textBytes) : ordered;
  const ordered = beginning(typeof value === 'string' ? Buffer.from(value) : value);
  const limit = beginning(boundValue(type, bound));
  // Filters hold the zeros for equal.
  return ordered === 0 && limit === 0 ? 0 : compare(ordered, limit);
}

export interface Range {
  /** Rows that are null. */
  readonly nulls: number;
  /** Values that bounds speak of: neither null nor NaN. */
  readonly counted: number;
  readonly hasNaN: boolean;
  /** Undefined when none is counted. A zero counts as both zeros, as writers must assume. */
  readonly min: Ordered | undefined;
  readonly max: Ordered | undefined;
}

export function rangeOf(type: DataType, values: readonly CellValue[], from: number, to: number): Range {
  let nulls = 0;
  let counted = 0;
  let hasNaN = false;
  let min: CellValue | undefined;
  let max: CellValue | undefined;
  let bytesOfMin: Buffer | undefined;
  let bytesOfMax: Buffer | undefined;
  for (let row = from; row < to; row++) {
    const value = values[row];
    if (value === null || value === undefined) {
      nulls += 1;
    } else if (typeof value === 'number' && Number.isNaN(value)) {
      hasNaN = true;
    } else if (typeof value === 'string') {
      counted += 1;
      // Most strings are met again and again.
      if (value === min || value === max) continue;
      const bytes = Buffer.from(value);
      if (bytesOfMin === undefined || Buffer.compare(bytes, bytesOfMin) < 0)
        [min, bytesOfMin] = [value, bytes];
      if (bytesOfMax === undefined || Buffer.compare(bytes, bytesOfMax) > 0)
        [max, bytesOfMax] = [value, bytes];
    } else {
      counted += 1;
      if (min === undefined || min === null || value < min) min = value;
      if (max === undefined || max === null || value > max) max = value;
    }
  }
  const lowest = bytesOfMin ?? (type.kind === 'float64' && min === 0 ? -0 : min);
  const highest = bytesOfMax ?? (type.kind === 'float64' && max === 0 ? 0 : max);
  return {
    nulls,
    counted,
    hasNaN,
    min: asOrdered(lowest),
    max: asOrdered(highest),
  };
}

function asOrdered(value: CellValue | Buffer | undefined): Ordered | undefined {
  if (typeof value === 'string' || value === null) throw new Error('Strings are compared as bytes.');
  return value;
}

/** Bytes that a bound of text may be shortened to at the least. */
const shortest = 16;

/**
 * What is wrong with a pair of bounds, or undefined. Numbers must be met exactly; text may be shortened, but not beyond
 * what it bounds, and only when it says so.
 */
export function problemWithBounds(
  type: DataType,
  range: Range,
  min: Uint8Array,
  max: Uint8Array,
  exact: { readonly min: boolean | undefined; readonly max: boolean | undefined } | undefined,
): string | undefined {
  if (range.min === undefined || range.max === undefined) return 'bounds of no values';
  const [low, high] = [boundValue(type, min), boundValue(type, max)];
  const [toLow, toHigh] = [compare(low, range.min), compare(high, range.max)];
  if (Number.isNaN(low) || Number.isNaN(high)) return 'a bound is NaN';
  if (toLow > 0) return `min ${shown(low)} is above ${shown(range.min)}`;
  if (toHigh < 0) return `max ${shown(high)} is beneath ${shown(range.max)}`;
  if (toLow === 0 && toHigh === 0) {
    return undefined;
  }
  if (!Buffer.isBuffer(low) || !Buffer.isBuffer(high)) {
    return `bounds ${shown(low)} to ${shown(high)} of ${shown(range.min)} to ${shown(range.max)}`;
  }
  if (exact?.min === true && toLow !== 0) return 'a shortened min is called exact';
  if (exact?.max === true && toHigh !== 0) return 'a shortened max is called exact';
  if (toLow !== 0 && low.length < shortest) return `min is shortened to ${low.length} bytes`;
  if (toHigh !== 0 && high.length < shortest) return `max is shortened to ${high.length} bytes`;
  if (!isUtf8(low) || !isUtf8(high)) return 'a shortened bound is no UTF-8';
  return undefined;
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.compare(Buffer.from(bytes.toString('utf8')), bytes) === 0;
}

function shown(value: Ordered): string {
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('utf8').slice(0, 40));
  return Object.is(value, -0) ? '-0' : String(value);
}
