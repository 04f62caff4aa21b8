// Owns Parquet's hybrid of run lengths and bit packing (encoding RLE): dictionary codes and definition levels.
import { appendBitPacked } from './bit-packing.js';
import type { ByteBuffer } from './byte-buffer.js';

/**
 * Appends values as runs, without a length before them. Runs begin at multiples of eight values, as what is not repeated
 * is bit-packed in groups of eight.
 * @param width bits per value, 0 to 32; no value may have more
 */
export function appendHybrid(
  out: ByteBuffer,
  values: Int32Array,
  from: number,
  count: number,
  width: number,
): void {
  const end = from + count;
  if (width === 0) {
    appendRun(out, 0, count, 0);
    return;
  }
  // A run takes a header and a value, and another header for what is packed after it: narrow values must repeat longer.
  const worthwhile = width < 4 ? 32 >> (width >> 1) : 8;
  let packedFrom = from;
  let at = from;
  while (at + worthwhile <= end) {
    const value = values[at] as number; // before the end
    let next = at + 1;
    while (next < end && values[next] === value) next += 1;
    if (next - at < worthwhile) {
      at += 8;
      continue;
    }
    // A run that does not reach the end leaves whole groups behind it no matter where it ends.
    if (at > packedFrom) appendPacked(out, values, packedFrom, at - packedFrom, width);
    appendRun(out, value, next - at, width);
    packedFrom = next;
    at = next;
  }
  if (end > packedFrom) appendPacked(out, values, packedFrom, end - packedFrom, width);
}

function appendPacked(out: ByteBuffer, values: Int32Array, from: number, count: number, width: number): void {
  out.appendVarint((((count + 7) >> 3) << 1) | 1);
  appendBitPacked(out, values, from, count, width);
}

function appendRun(out: ByteBuffer, value: number, count: number, width: number): void {
  out.appendVarint(count << 1);
  for (let shift = 0; shift < width; shift += 8) out.appendByte(value >>> shift);
}

/**
 * Appends the definition levels of a column that may have nulls, with their length before them. A validity bitmap
 * already is a bit-packed run of width 1.
 * @param validity one bit per row, least significant first; null when no row is null
 * @param from the first row, any bit of the bitmap
 */
export function appendDefinitionLevels(
  out: ByteBuffer,
  validity: Uint8Array | null,
  from: number,
  rows: number,
): void {
  const start = out.length;
  out.appendUint32(0);
  appendBareLevels(out, validity, from, rows);
  out.view.setInt32(start, out.length - start - 4, true);
}

/** The same without the length before them, as data pages of version 2 have them: their header says it. */
export function appendBareLevels(
  out: ByteBuffer,
  validity: Uint8Array | null,
  from: number,
  rows: number,
): void {
  if (validity === null) appendRun(out, 1, rows, 1);
  else appendBitRuns(out, validity, from, rows);
}

/** Bytes of equal bits from which a run of them is shorter than the bitmap. */
const worthwhileBytes = 8;

function appendBitRuns(out: ByteBuffer, bits: Uint8Array, from: number, rows: number): void {
  const size = (rows + 7) >> 3;
  const whole = rows >> 3;
  out.reserve(size + 16 + 5 * Math.ceil(size / worthwhileBytes));
  const levels = alignedBits(bits, from, rows);
  let packedFrom = 0;
  let at = 0;
  while (at + worthwhileBytes <= whole) {
    const byte = levels[at] as number; // at < whole
    let next = at + 1;
    if (byte === 0 || byte === 255) while (next < whole && levels[next] === byte) next += 1;
    if (next - at >= worthwhileBytes) {
      appendPackedBytes(out, levels, packedFrom, at);
      appendRun(out, byte & 1, (next - at) * 8, 1);
      packedFrom = next;
    }
    at = next;
  }
  appendPackedBytes(out, levels, packedFrom, size);
}

function appendPackedBytes(out: ByteBuffer, levels: Uint8Array, from: number, to: number): void {
  if (to <= from) return;
  out.appendVarint(((to - from) << 1) | 1);
  out.appendBytes(levels.subarray(from, to));
}

let shifted: Uint8Array = new Uint8Array(0);

/** The bits from `from` on, beginning with a byte; a view where they already do. Scratch: valid until the next call. */
export function alignedBits(bits: Uint8Array, from: number, rows: number): Uint8Array {
  const shift = from & 7;
  const first = from >> 3;
  const size = (rows + 7) >> 3;
  if (shift === 0) return bits.subarray(first, first + size);
  if (shifted.length < size) shifted = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const low = bits[first + i] as number; // the caller's range
    // The byte after the last may not exist; then none of its bits are wanted.
    shifted[i] = (low >>> shift) | ((bits[first + i + 1] ?? 0) << (8 - shift));
  }
  return shifted.subarray(0, size);
}
