import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDivided, readSafeInteger, wordsOf, writeSafeInteger, writeScaled } from './int64-pairs.js';

const anyInt64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const factors = fc.constantFrom(1, 1_000, 1_000_000);

function fits(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

describe('64-bit integers as word pairs', () => {
  it('write every safe integer as BigInt64Array would', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const values = new BigInt64Array(2);
        writeSafeInteger(wordsOf(values), 1, value);
        expect(values[1]).toBe(BigInt(value));
      }),
    );
  });

  it('write exact products, and say when one needs more than 64 bits', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), factors, (value, factor) => {
        const values = new BigInt64Array(1);
        const product = BigInt(value) * BigInt(factor);
        expect(writeScaled(wordsOf(values), 0, value, factor)).toBe(fits(product));
        if (fits(product)) expect(values[0]).toBe(product);
      }),
      {
        examples: [
          [9_223_372_036_854, 1_000_000],
          [-9_223_372_036_855, 1_000_000],
          [9_223_372_036_855, 1_000_000],
        ],
      },
    );
  });

  it('read safe integers exactly and everything else as NaN', () => {
    const check = (value: bigint): void => {
      const read = readSafeInteger(wordsOf(BigInt64Array.of(value)), 0);
      expect(read).toBe(
        Number.isSafeInteger(Number(value)) && BigInt(Number(value)) === value ? Number(value) : Number.NaN,
      );
    };
    const edge = 2n ** 53n;
    for (let off = -3n; off <= 3n; off++) for (const sign of [1n, -1n]) check(sign * (edge + off));
    fc.assert(fc.property(anyInt64, check));
  });

  it('divide exactly within the range of a Date, and give NaN when there is a rest', () => {
    const limit = 8_640_000_000_000_000n;
    fc.assert(
      fc.property(anyInt64, factors, fc.boolean(), (value, factor, whole) => {
        const dividend = whole ? value - (value % BigInt(factor)) : value;
        const quotient = dividend / BigInt(factor);
        fc.pre(quotient <= limit && quotient >= -limit);
        const read = readDivided(wordsOf(BigInt64Array.of(dividend)), 0, factor);
        if (dividend % BigInt(factor) === 0n) expect(BigInt(read)).toBe(quotient);
        else expect(read).toBeNaN();
      }),
      { numRuns: 500 },
    );
  });
});
