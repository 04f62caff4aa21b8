import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { int64Bytes, isSafe, putInt64, toBigInt, toNumber, wordsOf } from './int64.js';
import { textTarget } from './text-target.js';

const words = (value: bigint): readonly [number, number] => {
  const [low = 0, high = 0] = wordsOf(BigInt64Array.of(value));
  return [low, high];
};

function int64Text(value: bigint): string {
  const out = textTarget(int64Bytes);
  return Buffer.from(out.bytes.subarray(0, putInt64(out, 0, ...words(value)))).toString();
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe('int64', () => {
  it('is written with all its digits', () => {
    fc.assert(
      fc.property(int64, fc.integer({ min: 0, max: 62 }), (value, fewer) => {
        const narrower = value >> BigInt(fewer);
        expect(int64Text(narrower)).toBe(String(narrower));
      }),
      { numRuns: 10_000 },
    );
  });

  it('is written with all its digits beside powers of two and of ten, and at both ends', () => {
    for (let bits = 0n; bits < 63n; bits++) {
      for (const near of [-1n, 0n, 1n]) {
        for (const value of [2n ** bits + near, -(2n ** bits) + near])
          expect(int64Text(value)).toBe(String(value));
      }
    }
    for (let power = 0n; power < 19n; power++) {
      for (const near of [-1n, 0n, 1n]) {
        for (const value of [10n ** power + near, -(10n ** power) + near, 9n * 10n ** power + near]) {
          if (value < 2n ** 63n) expect(int64Text(value)).toBe(String(value));
        }
      }
    }
    expect(int64Text(2n ** 63n - 1n)).toBe('9223372036854775807');
    expect(int64Text(-(2n ** 63n))).toBe('-9223372036854775808');
  });

  it('is known to be safe or not from its words, and exact either way', () => {
    fc.assert(
      fc.property(int64, fc.integer({ min: 0, max: 62 }), (value, fewer) => {
        const narrower = value >> BigInt(fewer);
        const [low, high] = words(narrower);
        expect(isSafe(toNumber(low, high))).toBe(Number.isSafeInteger(Number(narrower)));
        expect(toBigInt(low, high)).toBe(narrower);
      }),
    );
  });
});
