// Owns decimal numbers as columns hold them: whole numbers of the last digit, as two's complement in words of 32 bits.

/** Writes `value` as `count` words from `at` on, the low one first. It must fit. */
export function writeWords(words: Uint32Array, at: number, count: number, value: bigint): void {
  let rest = value;
  for (let word = 0; word < count; word++) {
    words[at + word] = Number(BigInt.asUintN(32, rest));
    rest >>= 32n;
  }
}

/**
 * Reads one decimal of a column: the whole number that `writeWords` wrote.
 * @param at index of its low word
 * @param count words of one value: 4 or 8
 */
export function readWords(words: Uint32Array, at: number, count: number): bigint {
  let value = BigInt((words[at + count - 1] as number) | 0);
  for (let word = count - 2; word >= 0; word--) value = (value << 32n) | BigInt(words[at + word] as number);
  return value;
}

const pattern = /^([+-]?)(\d+)(?:\.(\d+))?$/;
/** Longer texts are no decimals of any column, and would take their time. */
const longest = 400;

/**
 * The unscaled integer of a decimal text such as `-12.5`; undefined for a text that is none, or that has digits other than
 * zero beyond the scale.
 */
export function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = text.length > longest ? null : pattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = ''] = match;
  for (let at = scale; at < fraction.length; at++) if (fraction[at] !== '0') return undefined;
  const digits = BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, '0')}`);
  return sign === '-' ? -digits : digits;
}

/** `-12.50` for -1250n and scale 2: always all digits of the scale. */
export function formatDecimal(value: bigint, scale: number): string {
  if (scale === 0) return String(value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Whether a whole number has at most so many digits. */
export function hasDigits(value: bigint, precision: number): boolean {
  const limit = 10n ** BigInt(precision);
  return value < limit && value > -limit;
}
