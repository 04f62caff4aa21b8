// Owns DELTA_LENGTH_BYTE_ARRAY: the lengths of all strings as differences, then their bytes as they lie in memory.
import type { ByteBuffer } from './byte-buffer.js';
import { appendDeltaWords } from './delta.js';

let lengths = new Int32Array(0);

/**
 * Appends `count` strings, none of them null.
 * @param offsets where each begins in `bytes`, and where the last ends
 * @param from the first string
 */
export function appendDeltaStrings(
  out: ByteBuffer,
  offsets: Int32Array,
  bytes: Uint8Array,
  from: number,
  count: number,
): void {
  if (lengths.length < count) lengths = new Int32Array(count);
  const start = offsets[from] ?? 0; // no offsets, no strings
  let before = start;
  for (let i = 0; i < count; i++) {
    const end = offsets[from + i + 1] as number; // count + 1 offsets
    lengths[i] = end - before;
    before = end;
  }
  appendDeltaWords(out, lengths, count, 1);
  out.appendBytes(bytes.subarray(start, before));
}
