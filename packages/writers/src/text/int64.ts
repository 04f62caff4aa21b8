// Owns 64-bit integers as text. They come as two 32-bit words, so that no bigint is made for each.
import { putEight, putInt32, putSafe, putSmall } from './decimal.js';
import type { TextTarget } from './text-target.js';

const minus = 45;
const two32 = 4_294_967_296;

/** The words of a 64-bit column, low word first, on the same memory. */
export function wordsOf(values: BigInt64Array | Float64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** The value of two words as a number; not exact where it is beyond 2^53, which `isSafe` tells. */
export function toNumber(low: number, high: number): number {
  return high * two32 + (low >>> 0);
}

/** A sum that was rounded is at least 2^53, so an unsafe integer never passes for a safe one. */
export function isSafe(value: number): boolean {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
}

/** Writes a 64-bit integer with all its digits; returns where it ends. */
export function putInt64(out: TextTarget, at: number, low: number, high: number): number {
  if (high === low >> 31) return putInt32(out, at, low);
  const value = toNumber(low, high);
  if (!isSafe(value)) return putUnsafe(out, at, low, high);
  if (value >= 0) return putSafe(out.view, at, value);
  out.bytes[at] = minus;
  return putSafe(out.view, at + 1, -value);
}

/** Bytes that `putInt64` touches at most. */
export const int64Bytes: number = 32;

/** The exact value of two words. */
export function toBigInt(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

function putUnsafe(out: TextTarget, at: number, low: number, high: number): number {
  if (high < 0) {
    out.bytes[at] = minus;
    // The magnitude, by words: the complement and one. That of -2^63 is 2^63, as unsigned words.
    const lowPart = -low | 0;
    return putMagnitude(out, at + 1, lowPart, lowPart === 0 ? -high | 0 : ~high);
  }
  return putMagnitude(out, at, low, high);
}

/** Writes an unsigned integer from 2^53 to 2^63. */
function putMagnitude(out: TextTarget, at: number, low: number, high: number): number {
  // The sum is off by at most 2^10 and the quotient thus by less than 1; what is left tells, by its low words alone.
  let quotient = Math.floor(((high >>> 0) * two32 + (low >>> 0)) / 1e9);
  let rest = (low - Math.imul(quotient | 0, 1_000_000_000)) | 0;
  if (rest < 0) {
    quotient--;
    rest += 1_000_000_000;
  } else if (rest >= 1_000_000_000) {
    quotient++;
    rest -= 1_000_000_000;
  }
  const end = putSafe(out.view, at, quotient);
  const leading = (rest / 100_000_000) | 0;
  const next = putSmall(out.view, end, leading);
  putEight(out.view, next, rest - leading * 100_000_000);
  return next + 8;
}
