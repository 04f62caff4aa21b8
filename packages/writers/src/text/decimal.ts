// Owns the digits of integers: four at a time in one 32-bit word, first digit in the lowest byte. It knows no points.
import type { TextTarget } from './text-target.js';

const minus = 45;

/** `0000`, as a little-endian word. */
const fourZeros = 0x30303030;

/** The four digits of integers below 10,000, one a byte, without the 48 that makes them characters. */
const fours: Int32Array = new Int32Array(10_000);
for (let value = 0; value < fours.length; value++) {
  const high = Math.floor(value / 100);
  const low = value % 100;
  const pair = (two: number): number => Math.floor(two / 10) | ((two % 10) << 8);
  fours[value] = pair(high) | (pair(low) << 16);
}

/** The four digits of an integer below 10,000, first digit in the lowest byte: numbers, not yet characters. */
export function rawFour(value: number): number {
  return fours[value] as number; // value < 10,000
}

/** The text of an integer below 10,000 with leading zeros, as a little-endian word. */
export function fourDigits(value: number): number {
  return (rawFour(value) + fourZeros) | 0;
}

/** Writes an integer below 10^8 with leading zeros: 8 bytes. */
export function putEight(view: DataView, at: number, value: number): void {
  const high = (value / 10_000) | 0;
  view.setInt32(at, fourDigits(high), true);
  view.setInt32(at + 4, fourDigits((value - Math.imul(high, 10_000)) | 0), true);
}

/** Writes an integer below 10,000 without leading zeros; returns where it ends. Touches 4 bytes. */
function putUpToFour(view: DataView, at: number, value: number): number {
  const raw = rawFour(value);
  // The lowest byte that is not zero is the first digit; the mark keeps one digit of a zero.
  const marked = raw | 0x1000000;
  const zeros = (31 - Math.clz32(marked & -marked)) >> 3;
  view.setInt32(at, (raw + fourZeros) >>> (zeros << 3), true);
  return at + 4 - zeros;
}

/** Writes an integer from 0 up to 2^31 - 1; returns where it ends. Touches at most 3 bytes beyond. */
export function putSmall(view: DataView, at: number, value: number): number {
  if (value < 10_000) return putUpToFour(view, at, value);
  const high = (value / 10_000) | 0;
  const low = (value - Math.imul(high, 10_000)) | 0;
  const end = high < 10_000 ? putUpToFour(view, at, high) : putSmall(view, at, high);
  view.setInt32(end, fourDigits(low), true);
  return end + 4;
}

/** Writes an integer from 0 up to 2^53 - 1; returns where it ends. */
export function putSafe(view: DataView, at: number, value: number): number {
  if (value <= 2_147_483_647) return putSmall(view, at, value | 0);
  const high = Math.floor(value / 1e8);
  // 2^53 / 10^8 is below 2^31.
  const end = putSmall(view, at, high | 0);
  putEight(view, end, (value - high * 1e8) | 0);
  return end + 8;
}

/** Writes an integer of 32 bits with its sign; returns where it ends. */
export function putInt32(out: TextTarget, at: number, value: number): number {
  if (value >= 0) return putSmall(out.view, at, value);
  out.bytes[at] = minus;
  // -(-2^31) is no integer of 32 bits.
  return value === -2_147_483_648
    ? putSafe(out.view, at + 1, 2_147_483_648)
    : putSmall(out.view, at + 1, -value);
}
