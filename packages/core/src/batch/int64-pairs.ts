// Owns 64-bit integers as pairs of 32-bit words, low word first: exact and without a BigInt per value.

/** 2 to the power of 32. */
const two32 = 4_294_967_296;

/** The words of a 64-bit column, on the same memory. Columns are little-endian, as every platform of Node is. */
export function wordsOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/**
 * Writes the safe integer `value` as the 64-bit integer number `row`. Bitwise operators take a double modulo 2^32, and
 * division by 2^32 is exact, so both words are.
 */
export function writeSafeInteger(words: Int32Array, row: number, value: number): void {
  words[row * 2] = value;
  words[row * 2 + 1] = Math.floor(value / two32);
}

/**
 * Writes `value * factor` as the 64-bit integer number `row`; false when the product does not fit in 64 bits.
 * @param value a safe integer
 * @param factor a positive integer of at most 1,000,000
 */
export function writeScaled(words: Int32Array, row: number, value: number, factor: number): boolean {
  const high = Math.floor(value / two32);
  // low < 2^32 and factor < 2^20, so this product is below 2^52 and exact; so is high * factor, as |high| < 2^21.
  const lowProduct = (value - high * two32) * factor;
  const carry = Math.floor(lowProduct / two32);
  const highProduct = high * factor + carry;
  if (highProduct < -2_147_483_648 || highProduct > 2_147_483_647) return false;
  words[row * 2] = lowProduct;
  words[row * 2 + 1] = highProduct;
  return true;
}

/** The 64-bit integer number `row` as a safe integer, or NaN when it lies beyond +-(2^53 - 1). */
export function readSafeInteger(words: Int32Array, row: number): number {
  const value = (words[row * 2 + 1] as number) * two32 + ((words[row * 2] as number) >>> 0);
  // A sum that was rounded is at least 2^53, so an unsafe integer never passes for a safe one.
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? value : Number.NaN;
}

/**
 * The 64-bit integer number `row` divided by `factor`, or NaN when it cannot be divided without a rest.
 * @param factor 1, 1,000 or 1,000,000
 */
export function readDivided(words: Int32Array, row: number, factor: number): number {
  const high = words[row * 2 + 1] as number;
  // Long division by words: rest * 2^32 + low is below 10^6 * 2^32, so every step is exact.
  const rest = (high % factor) * two32 + ((words[row * 2] as number) >>> 0);
  if (rest % factor !== 0) return Number.NaN;
  return ((high - (high % factor)) / factor) * two32 + rest / factor;
}
