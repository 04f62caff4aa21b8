// Owns floating-point numbers of 16 bits (IEEE 754 binary16) as the bits that columns hold.

const infinity = 0x7c00;
const notANumber = 0x7e00;
/** The smallest normal number. */
const leastNormal = 2 ** -14;
/** From here on numbers round to infinity. */
const beyond = 65_520;

/** To the nearest whole number, halves to the even one. */
function nearestEven(value: number): number {
  const whole = Math.floor(value);
  const rest = value - whole;
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
}

/** The bits of the half float that is nearest. */
export function halfBits(value: number): number {
  if (Number.isNaN(value)) return notANumber;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= beyond) return sign | infinity;
  // Multiplying by a power of two is exact, so that the only rounding is that to half a float. Carries go where they belong:
  // the largest fraction and one is the next exponent.
  if (size < leastNormal) return sign | nearestEven(size * 2 ** 24);
  let exponent = Math.floor(Math.log2(size));
  // The logarithm may be rounded up to the next whole number.
  if (2 ** exponent > size) exponent -= 1;
  const fraction = nearestEven((size / 2 ** exponent - 1) * 1024);
  return sign | (((exponent + 15) << 10) + fraction);
}

/** The number that 16 bits of a float16 column stand for. */
export function numberOfHalf(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
