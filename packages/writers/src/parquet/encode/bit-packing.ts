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
  out.reserve(size + 4);
  const { view } = out;
  let at = out.length;
  let word = 0;
  let used = 0;
  const end = from + count;
  for (let i = from; i < end; i++) {
    const value = values[i] as number; // the caller's range
    word |= value << used;
    used += width;
    if (used >= 32) {
      view.setInt32(at, word, true);
      at += 4;
      used -= 32;
      word = used === 0 ? 0 : value >>> (width - used);
    }
  }
  finish(out, at, word, size);
}

/**
 * The same for numbers of two words: `low` and `high` hold one each.
 * @param width bits per value, 33 to 64
 */
export function appendBitPackedPairs(
  out: ByteBuffer,
  low: Int32Array,
  high: Int32Array,
  from: number,
  count: number,
  width: number,
): void {
  const size = ((count + 7) >> 3) * width;
  out.reserve(size + 4);
  const { view } = out;
  const upperWidth = width - 32;
  let at = out.length;
  let word = 0;
  let used = 0;
  const end = from + count;
  for (let i = from; i < end; i++) {
    const lower = low[i] as number; // the caller's range
    const upper = high[i] as number; // the same
    view.setInt32(at, word | (lower << used), true);
    at += 4;
    word = (used === 0 ? 0 : lower >>> (32 - used)) | (upper << used);
    used += upperWidth;
    if (used >= 32) {
      view.setInt32(at, word, true);
      at += 4;
      used -= 32;
      word = used === 0 ? 0 : upper >>> (upperWidth - used);
    }
  }
  finish(out, at, word, size);
}

/** Writes the bits of the last word that has begun and the zeros up to the end of the group. */
function finish(out: ByteBuffer, at: number, word: number, size: number): void {
  const end = out.length + size;
  let rest = word;
  for (let i = at; i < end; i++) {
    out.bytes[i] = rest;
    rest >>>= 8;
  }
  out.length = end;
}
