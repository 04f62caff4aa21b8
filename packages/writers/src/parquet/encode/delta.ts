// Owns DELTA_BINARY_PACKED: integers as differences to the one before, each block of them above its smallest. The layout is
// that of the Parquet format's Encodings.md: blocks of 128 in four miniblocks of 32 with a bit width each.
import { packAbove, packPairs } from './bit-packing.js';
import type { ByteBuffer } from './byte-buffer.js';

const blockSize = 128;
const miniblocks = 4;
const miniblockSize = blockSize / miniblocks;

/** Scratch, as all here is synchronous: the differences of one block as words, and the largest of each miniblock. */
const low = new Int32Array(blockSize);
const high = new Int32Array(blockSize);
const largest = new Int32Array(miniblocks);

/**
 * Appends `count` integers. Differences wrap around at the integers' width, which readers undo by wrapping as well; so
 * every value is right, the extremes included.
 * @param words the integers: one word each, or two with the low word first
 * @param width words per integer
 */
export function appendDeltaWords(out: ByteBuffer, words: Int32Array, count: number, width: 1 | 2): void {
  out.appendVarint(blockSize);
  out.appendVarint(miniblocks);
  out.appendVarint(count);
  const firstLow = count > 0 ? (words[0] as number) : 0; // count words
  const firstHigh = count > 0 && width === 2 ? (words[1] as number) : firstLow >> 31; // two words each
  out.appendZigzag64(firstLow, firstHigh);
  // The worst case of a block: its smallest difference, four widths, and every value whole.
  const blockBytes = 10 + miniblocks + blockSize * 4 * width + 4;
  for (let at = 1; at < count; at += blockSize) {
    out.reserve(blockBytes);
    const size = Math.min(blockSize, count - at);
    if (width === 1) {
      appendBlock(out, fillDeltas(words, at, size), size);
    } else if (lowWordsSuffice(words, at, size)) {
      appendBlock(out, fillLowDeltas(words, at, size), size);
    } else {
      appendWideBlock(out, words, at, size);
    }
  }
}

/** Fills `low` with differences of 32 bits, `largest` with those of each miniblock, and returns the smallest of all. */
function fillDeltas(words: Int32Array, at: number, size: number): number {
  let before = words[at - 1] as number; // at > 0
  let min = 0x7fffffff;
  for (let m = 0; m * miniblockSize < size; m++) {
    const to = Math.min(size, (m + 1) * miniblockSize);
    let max = -0x80000000;
    for (let i = m * miniblockSize; i < to; i++) {
      const word = words[at + i] as number; // the block lies within
      const delta = (word - before) | 0;
      low[i] = delta;
      if (delta < min) min = delta;
      if (delta > max) max = delta;
      before = word;
    }
    largest[m] = max;
  }
  return min;
}

/**
 * True when the high words of a block and the sign of its low words are the same in all its 64-bit integers: then no
 * difference needs more than 32 bits, and the low words alone make it.
 */
function lowWordsSuffice(words: Int32Array, at: number, size: number): boolean {
  const first = words[at * 2 - 2] as number; // at > 0
  const firstHigh = words[at * 2 - 1] as number;
  let different = 0;
  let signs = 0;
  const end = (at + size) * 2;
  for (let i = at * 2; i < end; i += 2) {
    signs |= (words[i] as number) ^ first; // the block lies within
    different |= (words[i + 1] as number) ^ firstHigh;
  }
  return different === 0 && signs >= 0;
}

/** The same as `fillDeltas` for 64-bit integers whose low words suffice. */
function fillLowDeltas(words: Int32Array, at: number, size: number): number {
  let before = words[at * 2 - 2] as number; // at > 0
  let min = 0x7fffffff;
  for (let m = 0; m * miniblockSize < size; m++) {
    const to = Math.min(size, (m + 1) * miniblockSize);
    let max = -0x80000000;
    for (let i = m * miniblockSize; i < to; i++) {
      const word = words[(at + i) * 2] as number; // the block lies within
      const delta = (word - before) | 0;
      low[i] = delta;
      if (delta < min) min = delta;
      if (delta > max) max = delta;
      before = word;
    }
    largest[m] = max;
  }
  return min;
}

/** Appends the block whose differences lie in `low`, each within 32 bits. */
function appendBlock(out: ByteBuffer, min: number, size: number): void {
  out.appendZigzag64(min, min >> 31);
  const widthsAt = out.length;
  out.length += miniblocks;
  for (let m = 0; m < miniblocks; m++) {
    const from = m * miniblockSize;
    if (from >= size) {
      out.bytes[widthsAt + m] = 0;
      continue;
    }
    // Unsigned, as the distance of two signed numbers may be.
    const width = 32 - Math.clz32((largest[m] as number) - min); // four miniblocks
    out.bytes[widthsAt + m] = width;
    if (width === 0) continue;
    if (from + miniblockSize > size) low.fill(min, size, from + miniblockSize);
    out.length = packAbove(out.view, out.length, low, from, miniblockSize, min, width);
  }
}

/** Appends a block of 64-bit integers whose differences may take any number of bits. */
function appendWideBlock(out: ByteBuffer, words: Int32Array, at: number, size: number): void {
  let minLow = -1;
  let minHigh = 0x7fffffff;
  for (let i = 0; i < size; i++) {
    const to = (at + i) * 2;
    // The block lies within, and at > 0.
    const wordLow = words[to] as number;
    const beforeLow = words[to - 2] as number;
    const borrow = wordLow >>> 0 < beforeLow >>> 0 ? 1 : 0;
    const deltaLow = (wordLow - beforeLow) | 0;
    const deltaHigh = ((words[to + 1] as number) - (words[to - 1] as number) - borrow) | 0;
    low[i] = deltaLow;
    high[i] = deltaHigh;
    if (deltaHigh < minHigh || (deltaHigh === minHigh && deltaLow >>> 0 < minLow >>> 0)) {
      minLow = deltaLow;
      minHigh = deltaHigh;
    }
  }
  out.appendZigzag64(minLow, minHigh);
  const widthsAt = out.length;
  out.length += miniblocks;
  for (let m = 0; m < miniblocks; m++) {
    const from = m * miniblockSize;
    const to = Math.min(from + miniblockSize, size);
    const width = subtract(from, to, minLow, minHigh);
    out.bytes[widthsAt + m] = width;
    if (to <= from) continue;
    low.fill(0, to, from + miniblockSize);
    high.fill(0, to, from + miniblockSize);
    if (width > 32) out.length = packPairs(out.view, out.length, low, high, from, miniblockSize, width);
    else out.length = packAbove(out.view, out.length, low, from, miniblockSize, 0, width);
  }
}

/** Leaves in `low` and `high` what the differences exceed the smallest by, and returns the bits that the largest needs. */
function subtract(from: number, to: number, minLow: number, minHigh: number): number {
  let lowBits = 0;
  let highBits = 0;
  for (let i = from; i < to; i++) {
    const deltaLow = low[i] as number; // a block is filled
    const borrow = deltaLow >>> 0 < minLow >>> 0 ? 1 : 0;
    const aboveLow = (deltaLow - minLow) | 0;
    const aboveHigh = ((high[i] as number) - minHigh - borrow) | 0;
    low[i] = aboveLow;
    high[i] = aboveHigh;
    lowBits |= aboveLow;
    highBits |= aboveHigh;
  }
  if (highBits !== 0) return 64 - Math.clz32(highBits);
  return 32 - Math.clz32(lowBits);
}
