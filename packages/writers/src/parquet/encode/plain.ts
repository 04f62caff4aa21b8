// Owns PLAIN where values do not lie in memory as Parquet wants them: strings and bits. Fixed-width
// values do: their pages are views.
import type { ByteBuffer } from './byte-buffer.js';
import { alignedBits } from './run-length.js';

/** Below this a loop copies faster than a call of `set`. */
const longString = 48;

/**
 * Appends `count` strings, none of them null, each with its length in four bytes before it.
 * @param offsets where each begins in `bytes`, and where the last ends
 * @param from the first string
 */
export function appendPlainStrings(
  out: ByteBuffer,
  offsets: Int32Array,
  bytes: Uint8Array,
  from: number,
  count: number,
): void {
  if (count === 0) return;
  let start = offsets[from] as number; // count + 1 offsets
  out.reserve((offsets[from + count] as number) - start + 4 * count);
  const { bytes: to, view } = out;
  let at = out.length;
  for (let i = 1; i <= count; i++) {
    const end = offsets[from + i] as number; // the same
    view.setInt32(at, end - start, true);
    at += 4;
    if (end - start < longString) {
      for (let j = start; j < end; j++) to[at++] = bytes[j] as number; // within the strings
    } else {
      to.set(bytes.subarray(start, end), at);
      at += end - start;
    }
    start = end;
  }
  out.length = at;
}

/** Appends `count` booleans from bit `from` on, none of them null, as bits. */
export function appendPlainBits(out: ByteBuffer, bits: Uint8Array, from: number, count: number): void {
  out.appendBytes(alignedBits(bits, from, count));
  // What lies behind the last bit is arbitrary, and the same data shall give the same file.
  if ((count & 7) !== 0) {
    const last = out.length - 1;
    out.bytes[last] = (out.bytes[last] as number) & ((1 << (count & 7)) - 1); // just appended
  }
}
