// Owns the text of doubles: the shortest decimal that reads back to the same value, exactly as String(x) gives it, only faster.
import { fourDigits, putEight, putInt32, putSmall, rawFour } from './decimal.js';
import { noExponent, scaleChoice, scaleStride, scales } from './double-scales.js';
import { putAscii, type TextTarget } from './text-target.js';

const minus = 45;
const plus = 43;
const dot = 46;
const zero = 48;
const letterE = 101;
/** `0.00` and `0000`, as little-endian words. */
const zeroPointZeros = 0x30302e30;
const fourZeros = 0x30303030;

/** Bytes that `putDouble` touches at most. */
export const doubleBytes: number = 32;

/**
 * What `putDouble` does, for every double.
 *
 * |x| is scaled by a power of ten to v with 16 digits before the point, as a sum of two doubles: exactly while the power is a
 * double (10^0 to 10^22), else to about 2^-100 of it. All decimals that read back as x lie within half a step of it. The
 * shortest is the multiple of 10 there if there is one, as decimals of 15 digits are further apart than doubles, less its
 * zeros; else the nearest integer if it lies there; else the nearest tenth, which always does. Where two are equally
 * near, or one is near the edge, `String` decides; so it does for exponents that the table does not have.
 *
 * The exact product is that of T. J. Dekker (1971); that 15, 16 or 17 digits suffice is shown by David W. Matula, "In-and-out
 * conversions", Communications of the ACM 11, 1968.
 */
function putLongDouble(
  out: TextTarget,
  at: number,
  values: Float64Array,
  words: Int32Array,
  row: number,
): number {
  // Constants of a module are variables to the engine once it is bundled; those of a function are not.
  /** 2^27 + 1 takes a double apart. */
  const splitter = 134_217_729;
  /** Distances closer to a bound than 1 / doubt count as undecided: far more than the error of what is computed here. */
  const doubt = 1_048_576;

  const { bytes, view } = out;
  const x = values[row] as number; // row < values.length
  const high = words[row * 2 + 1] as number; // as above
  const magnitude = Math.abs(x);
  // Every index below is in range: 11 bits choose the entry.
  let entry = Math.imul((high >>> 20) & 0x7ff, scaleStride);
  let exponent = (scales[entry + 1] as number) | 0;
  if (magnitude >= (scales[entry] as number)) {
    exponent = (exponent + 1) | 0;
    entry = (entry + scaleChoice) | 0;
  }
  // Others have no entry, or end in zeros that are no digits.
  if (exponent > 14 && (exponent < 21 || exponent >= noExponent)) return putSlowly(out, at, x);

  const power = scales[entry + 2] as number;
  const powerUpper = scales[entry + 3] as number;
  const powerLower = scales[entry + 4] as number;
  const half = scales[entry + 6] as number;
  const product = magnitude * power;
  const spread = splitter * magnitude;
  const upper = spread - (spread - magnitude);
  const lower = magnitude - upper;
  // What the product lost in rounding.
  const lost =
    upper * powerUpper -
    product +
    upper * powerLower +
    lower * powerUpper +
    lower * powerLower +
    magnitude * (scales[entry + 5] as number);

  // v = first * 10^8 + tail, the tail being rounded to 2^-26 at worst.
  let first = (product * 1e-8) | 0;
  let tail = product - first * 1e8 + lost;
  if (tail < 0) {
    tail += 1e8;
    first = (first - 1) | 0;
  }
  let last = tail | 0;
  const fraction = tail - last;
  const unit = (last - Math.imul((last / 10) | 0, 10)) | 0;
  const beyond = unit + fraction;
  const toTen = 5 - Math.abs(beyond - 5);
  const nearTen = ((toTen - half) * doubt) | 0;
  let digits = 15;
  let digit = 0;
  if ((high & 0xfffff) === 0 && toTen > 0.01) {
    // Perhaps a power of two, below which the next double is only half as far away: then only what is very near counts.
    return putSlowly(out, at, x);
  }
  if (nearTen < 0) {
    last = (last - unit + (beyond < 5 ? 0 : 10)) | 0;
  } else {
    const fromMiddle = fraction - 0.5;
    const nearOne = ((0.5 - Math.abs(fromMiddle) - half) * doubt) | 0;
    const tenths = fraction * 10;
    digit = (tenths + 0.5) | 0;
    if (
      nearTen === 0 ||
      nearOne === 0 ||
      Math.abs(fromMiddle) < 0.000001 ||
      Math.abs(tenths - digit) > 0.49999
    ) {
      return putSlowly(out, at, x);
    }
    // All ones when the integer is near enough: a branch here would be guessed wrong half of the time.
    const isInteger = nearOne >> 31;
    last = (last + (((fraction + fraction) | 0) & isInteger)) | 0;
    digits = (17 + isInteger) | 0;
  }
  if (last >= 100_000_000) {
    last = (last - 100_000_000) | 0;
    first = (first + 1) | 0;
  }
  // Rounded up to the next power of ten, or scaled by one too many.
  if (first < 10_000_000 || first > 99_999_999) return putSlowly(out, at, x);

  bytes[at] = minus;
  let start = (at + (high >>> 31)) | 0;
  if (exponent < 0 && exponent > -7) {
    view.setInt32(start, zeroPointZeros, true);
    view.setInt32(start + 4, fourZeros, true);
    start = (start + 1 - exponent) | 0;
    putEight(view, start, first);
    putEight(view, start + 8, last);
    bytes[start + 16] = zero + digit;
    return digits === 15 ? withoutZeros(bytes, start + (last === 0 ? 8 : 15)) : start + digits;
  }

  // All digits one place too far, then those before the point again.
  const top = (first / 10_000) | 0;
  const word = fourDigits(top);
  view.setInt32(start + 1, word, true);
  view.setInt32(start + 5, fourDigits((first - Math.imul(top, 10_000)) | 0), true);
  putEight(view, start + 9, last);
  bytes[start + 17] = zero + digit;
  const before = exponent < 0 || exponent > 14 ? 0 : exponent;
  const point = (start + before + 1) | 0;
  if (before < 3) {
    const bits = (before + 1) << 3;
    const kept = -1 >>> (32 - bits);
    view.setInt32(start, (word & kept) | (dot << bits) | ((word << 8) & (-256 << bits)), true);
  } else {
    for (; start < point; start++) bytes[start] = bytes[start + 1] as number; // written just now
    bytes[point] = dot;
  }
  let end = (point - before + digits) | 0;
  if (digits === 15) {
    end = withoutZeros(bytes, last === 0 && before < 8 ? point - before + 8 : end);
    if (end === point + 1) end = point;
  }
  if (before === exponent) return end;
  bytes[end] = letterE;
  bytes[end + 1] = exponent < 0 ? minus : plus;
  return putSmall(view, end + 2, Math.abs(exponent));
}

/** The end of the text without its trailing zeros; there is another digit or a point before them. */
function withoutZeros(bytes: Uint8Array, end: number): number {
  let last = end;
  while (bytes[last - 1] === zero) last--;
  return last;
}

function putSlowly(out: TextTarget, at: number, x: number): number {
  if (!Number.isFinite(x)) return at;
  return putAscii(out, at, Object.is(x, -0) ? '-0' : String(x));
}

/**
 * Writes a double as `String(x)` does, but for -0, which is written as `-0`; returns where it ends. Writes nothing for NaN and
 * infinities. Fastest for integers and for values with at most four decimal places.
 *
 * r = round(|x| * 10^4) is an exact integer, and when r / 10^4 gives |x| back, the division (correctly rounded, both operands
 * exact) proves that r * 10^-4 reads back as x; as decimals of 15 digits never share a double, it is the shortest one once
 * its trailing zeros are gone.
 * @param values where the value is: a double that is passed to a function gets an object of its own
 * @param words the same memory
 * @param row place of the value in `values`
 */
export function putDouble(
  out: TextTarget,
  at: number,
  values: Float64Array,
  words: Int32Array,
  row: number,
): number {
  /** Adding and subtracting it rounds a double below 2^51 to an integer. */
  const rounder = 6_755_399_441_055_744;
  /** Ten thousand times a number below it is an integer of 32 bits. */
  const shortLimit = 214_748;

  const x = values[row] as number; // row < values.length
  const high = words[row * 2 + 1] as number; // as above
  const integer = x | 0;
  // Zero has a sign.
  if (integer === x) return integer !== 0 || high === 0 ? putInt32(out, at, integer) : putSlowly(out, at, x);
  const magnitude = Math.abs(x);
  const scaled = magnitude * 10_000 + rounder - rounder;
  if (magnitude >= shortLimit || scaled / 10_000 !== magnitude)
    return putLongDouble(out, at, values, words, row);

  const { bytes, view } = out;
  bytes[at] = minus;
  const ten4 = scaled | 0;
  const whole = (ten4 / 10_000) | 0;
  const point = putSmall(view, (at + (high >>> 31)) | 0, whole);
  bytes[point] = dot;
  const places = rawFour((ten4 - Math.imul(whole, 10_000)) | 0);
  view.setInt32(point + 1, places + fourZeros, true);
  // The highest bytes are the last digits; one at least is not zero.
  return point + 5 - (Math.clz32(places) >> 3);
}
