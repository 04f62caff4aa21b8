// Owns the table that scales doubles to 16 decimal digits: powers of ten to more digits than a double has. It writes nothing.

/** Decimal exponents from here to here have an entry: more than almost all data needs. */
const smallestExponent = -100;
const largestExponent = 99;

/** Numbers for each binary exponent, and for each of its one or two decimal exponents. */
export const scaleStride: number = 12;
export const scaleChoice: number = 5;

/** What stands for the decimal exponent of doubles that have no entry: zero, the tiny, the huge and what is not finite. */
export const noExponent: number = 9_999;

/**
 * By the 11 bits of a double's exponent, in one array, as each array costs checks of its own:
 * - 0: the power of ten from which on the decimal exponent is one more,
 * - 1: the decimal exponent below it,
 * - 2: the power of ten that scales to 10^15 up to 10^16, as a double,
 * - 3 and 4: the upper 26 bits of that double, and the rest of it: products of such halves are exact (Veltkamp's splitting;
 *   T. J. Dekker, "A floating-point technique for extending the available precision", Numerische Mathematik 18, 1971),
 * - 5: what the power is more than that double,
 * - 6: half the distance to the next double, scaled,
 * - 7 to 11: the same as 2 to 6 for the decimal exponent that is one more.
 */
export const scales: Float64Array = new Float64Array(2048 * scaleStride);

/** 2^27 + 1 */
const splitter = 134_217_729;

for (let bits = 0; bits < 2048; bits++) {
  const least = 2 ** (bits - 1023);
  const exponent = Math.floor(Math.log10(least));
  const isKnown = bits > 0 && exponent >= smallestExponent && exponent < largestExponent;
  const at = bits * scaleStride;
  scales[at] = isKnown ? Number(`1e${exponent + 1}`) : Number.POSITIVE_INFINITY;
  scales[at + 1] = isKnown ? exponent : noExponent;
  if (!isKnown) continue;
  for (let choice = 0; choice < 2; choice++) {
    const power = 15 - exponent - choice;
    const nearest = Number(`1e${power}`);
    const spread = splitter * nearest;
    const upper = spread - (spread - nearest);
    const half = 2 ** (bits - 1023 - 53) * nearest;
    const entry = [nearest, upper, nearest - upper, remainder(power, nearest), half];
    scales.set(entry, at + 2 + choice * scaleChoice);
  }
}

/** 10^power less the double next to it, which is 0 for powers from 0 to 22. */
function remainder(power: number, nearest: number): number {
  if (power >= 0 && power <= 22) return 0;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, nearest);
  const exponent = (bits.getUint16(0) >> 4) - 1075;
  const mantissa = (bits.getBigUint64(0) & 0xfffffffffffffn) | 0x10000000000000n;
  // Both in units of 2^(exponent - 128).
  const shift = BigInt(128 - exponent);
  const scaled = (value: bigint): bigint => (shift >= 0n ? value << shift : value >> -shift);
  const exact = power >= 0 ? scaled(10n ** BigInt(power)) : scaled(1n) / 10n ** BigInt(-power);
  return Number(exact - (mantissa << 128n)) * 2 ** -128 * 2 ** exponent;
}
