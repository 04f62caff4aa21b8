// Owns bit packing: integers of a few bits each, least significant bit first, as Parquet's RLE and delta encodings have them.
import type { ByteBuffer } from './byte-buffer.js';

/** Bits that hold every number from 0 to `max`. */
export function bitsFor(max: number): number {
  return 32 - Math.clz32(max);
}

/**
 * Appends `count` values from `from` on in groups of eight, the last filled up with zeros.
 * @param width bits per value, 0 to 32; no value may have more (with 32 they are taken as unsigned)
 */
export function appendBitPacked(
  out: ByteBuffer,
  values: Int32Array,
  from: number,
  count: number,
  width: number,
): void {
  if (width === 0) return;
  const size = ((count + 7) >> 3) * width;
  // Words are written whole, and up to three bytes of the last may lie beyond the end.
  out.reserve(size + 4);
  const end = out.length + size;
  const packed = packAbove(out.view, out.length, values, from, count, 0, width);
  out.bytes.fill(0, packed, end);
  out.length = end;
}

/**
 * Writes `values - base` at `at` and returns the end; the last byte is filled up with zeros. Behind it three bytes may be
 * overwritten.
 * @param width bits per difference, 1 to 32; none may have more
 */
export function packAbove(
  view: DataView,
  at: number,
  values: Int32Array,
  from: number,
  count: number,
  base: number,
  width: number,
): number {
  let to = at;
  let word = 0;
  let used = 0;
  const end = from + count;
  for (let i = from; i < end; i++) {
    const value = (values[i] as number) - base; // the caller's range
    word |= value << used;
    used += width;
    if (used >= 32) {
      view.setInt32(to, word, true);
      to += 4;
      used -= 32;
      word = used === 0 ? 0 : value >>> (width - used);
    }
  }
  if (used > 0) view.setInt32(to, word, true);
  return to + ((used + 7) >> 3);
}

/**
 * The same for numbers of two words, of which `low` and `high` hold one each, and nothing is subtracted.
 * @param width bits per number, 33 to 64; none may have more
 */
export function packPairs(
  view: DataView,
  at: number,
  low: Int32Array,
  high: Int32Array,
  from: number,
  count: number,
  width: number,
): number {
  const upperWidth = width - 32;
  let to = at;
  let word = 0;
  let used = 0;
  const end = from + count;
  for (let i = from; i < end; i++) {
    const lower = low[i] as number; // the caller's range
    const upper = high[i] as number; // the same
    view.setInt32(to, word | (lower << used), true);
    to += 4;
    word = (used === 0 ? 0 : lower >>> (32 - used)) | (upper << used);
    used += upperWidth;
    if (used >= 32) {
      view.setInt32(to, word, true);
      to += 4;
      used -= 32;
      word = used === 0 ? 0 : upper >>> (upperWidth - used);
    }
  }
  if (used > 0) view.setInt32(to, word, true);
  return to + ((used + 7) >> 3);
}
