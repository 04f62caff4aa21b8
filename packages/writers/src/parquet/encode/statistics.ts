// Owns the smallest and largest values of pages and column chunks as metadata holds them: bytes in
// PLAIN encoding, strings cut short.
import type { DataType } from '@tailrace/core/sink';
import { type NumberOrder, storageOf } from './storage.js';
import type { CompactWriter } from './thrift.js';

export interface Bounds {
  /** Nothing is below it; one of the values itself when `minExact`. */
  readonly min: Uint8Array;
  readonly max: Uint8Array;
  readonly minExact: boolean;
  readonly maxExact: boolean;
}

/** Of bounds of one type: negative when the first is below the second. */
export type Order = (a: Uint8Array, b: Uint8Array) => number;

/** The order TypeDefinedOrder of the format: numbers by their sign or without one, unsigned bytes. */
export function orderOf(type: DataType): Order {
  const storage = storageOf(type);
  return storage.form === 'words'
    ? numberOrders[storage.order][storage.width]
    : (a, b) => Buffer.compare(a, b);
}

const by =
  <T extends number | bigint>(read: (view: DataView) => T): Order =>
  (a, b) =>
    compare(read(viewOf(a)), read(viewOf(b)));

const numberOrders: Readonly<Record<NumberOrder, Readonly<Record<1 | 2, Order>>>> = {
  signed: { 1: by((view) => view.getInt32(0, true)), 2: by((view) => view.getBigInt64(0, true)) },
  unsigned: { 1: by((view) => view.getUint32(0, true)), 2: by((view) => view.getBigUint64(0, true)) },
  float: { 1: by((view) => view.getFloat32(0, true)), 2: by((view) => view.getFloat64(0, true)) },
};

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const compare = <T extends number | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** Bounds of both together. */
export function mergeBounds(a: Bounds, b: Bounds, order: Order): Bounds {
  const lower = order(a.min, b.min);
  const upper = order(a.max, b.max);
  return {
    min: lower <= 0 ? a.min : b.min,
    max: upper >= 0 ? a.max : b.max,
    // Where both are the same bytes, one exact bound is a value that nothing passes.
    minExact: lower === 0 ? a.minExact || b.minExact : lower < 0 ? a.minExact : b.minExact,
    maxExact: upper === 0 ? a.maxExact || b.maxExact : upper > 0 ? a.maxExact : b.maxExact,
  };
}

/** Bytes of a string that metadata holds at most. */
const maxStringBytes = 64;

/**
 * Bounds of strings, in memory of their own, cut to 64 bytes between characters. The upper one is then raised in its last
 * character, so that it stays above what was cut and remains UTF-8, which some readers demand.
 * @returns undefined where the upper bound cannot be raised: 64 bytes of the very last character
 */
export function stringBounds(min: Uint8Array, max: Uint8Array): Bounds | undefined {
  const lower = cut(min);
  const maxExact = max.length <= maxStringBytes;
  const upper = maxExact ? new Uint8Array(max) : raised(cut(max));
  if (upper === undefined) return undefined;
  return { min: lower, max: upper, minExact: lower.length === min.length, maxExact };
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

function cut(text: Uint8Array): Uint8Array {
  // Not `slice`, which for a Buffer makes a view: what it lies on is used again before the bounds are written.
  if (text.length <= maxStringBytes) return new Uint8Array(text);
  let end = maxStringBytes;
  // No character has more than three bytes after its first; where more follow, it is no UTF-8, and any place will do.
  while (end > maxStringBytes - 3 && isContinuation(text[end])) end -= 1;
  return new Uint8Array(text.subarray(0, end));
}

const lastCharacter = 0x10ffff;

function raised(text: Uint8Array): Uint8Array | undefined {
  let end = text.length;
  while (end > 0) {
    let start = end - 1;
    while (start > 0 && end - start < 4 && isContinuation(text[start])) start -= 1;
    const next = successor(text.subarray(start, end));
    if (next !== undefined) return Buffer.concat([text.subarray(0, start), next]);
    end = start;
  }
  return undefined;
}

/** The next character in UTF-8, whose bytes sort as code points do; undefined after the last, and for what is no character. */
function successor(character: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(character).toString();
  const code = text.codePointAt(0) ?? lastCharacter;
  if (!Buffer.from(text).equals(character)) return undefined;
  // Surrogates are no characters.
  const next = code === 0xd7ff ? 0xe000 : code + 1;
  return next > lastCharacter ? undefined : Buffer.from(String.fromCodePoint(next));
}

/** Writes a Statistics struct. */
export function writeStatistics(
  fields: CompactWriter,
  field: number,
  nullCount: number,
  bounds: Bounds | undefined,
): void {
  fields.struct(field, () => {
    fields.i64(3, nullCount);
    if (bounds === undefined) return;
    fields.binary(5, bounds.max);
    fields.binary(6, bounds.min);
    fields.bool(7, bounds.maxExact);
    fields.bool(8, bounds.minExact);
  });
}
