// Owns the text of numbers: the shortest decimal that reads back to the same value, as String(x) gives it, only faster.
import type { TextBuffer } from './text-buffer.js';

const minus = 45;
const dot = 46;
const zero = 48;
const two32 = 4294967296;

/**
 * A double as `String(x)` writes it, with two exceptions that keep the value: -0 is `-0`, and NaN and infinities are
 * written by the caller's choice before it comes here.
 *
 * Decimals of at most 15 significant digits take a short cut: r = round(|x| * 10^k) is an exact integer below 1e15, and
 * when r / 10^k gives |x| back, the division (correctly rounded, both operands exact) proves that r * 10^-k reads back as
 * x; as decimals of 15 digits never share a double, it is the shortest one once its trailing zeros are gone.
 */
export function writeDouble(out: TextBuffer, x: number): void {
  const magnitude = Math.abs(x);
  if (magnitude < 1e15 && Math.floor(magnitude) === magnitude) {
    if (Object.is(x, -0)) out.ascii('-0');
    else out.integer(x);
    return;
  }
  if (magnitude >= 1e-6 && magnitude < 1e12) {
    const places = magnitude < 1e6 ? 9 : magnitude < 1e9 ? 6 : 3;
    const scale = places === 9 ? 1e9 : places === 6 ? 1e6 : 1e3;
    const scaled = Math.round(magnitude * scale);
    if (scaled / scale === magnitude) {
      writeScaled(out, x < 0, scaled, scale, places);
      return;
    }
  }
  out.ascii(String(x));
}

function writeScaled(
  out: TextBuffer,
  negative: boolean,
  scaled: number,
  scale: number,
  places: number,
): void {
  const whole = Math.floor(scaled / scale);
  const fraction = scaled - whole * scale;
  out.reserve(40);
  if (negative) out.byte(minus);
  out.integer(whole);
  out.byte(dot);
  out.padded(fraction, places);
  while (out.bytes[out.length - 1] === zero) out.length--;
}

/** Reads 64-bit integers as numbers where they are safe, without making a bigint for each. */
export interface Int64Reader {
  /** The value when it is a safe integer, NaN otherwise. */
  safe(row: number): number;
  exact(row: number): bigint;
}

export function int64Reader(values: BigInt64Array): Int64Reader {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  return {
    safe(row) {
      const high = words[row * 2 + 1] as number; // row < values.length
      const low = words[row * 2] as number; // row < values.length
      // A sum that was rounded is at least 2^53, so an unsafe integer never passes for a safe one.
      const value = high * two32 + (low >>> 0);
      return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? value : Number.NaN;
    },
    exact: (row) => values[row] as bigint, // row < values.length
  };
}

/** A 64-bit integer in decimal. */
export function writeInt64(out: TextBuffer, reader: Int64Reader, row: number): void {
  const value = reader.safe(row);
  if (Number.isNaN(value)) out.ascii(String(reader.exact(row)));
  else out.integer(value);
}
