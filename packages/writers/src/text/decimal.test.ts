import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fourDigits, putEight, putInt32, putSafe } from './decimal.js';
import { textTarget } from './text-target.js';

const out = textTarget(64);
const text = (end: number): string => Buffer.from(out.bytes.subarray(0, end)).toString();

describe('decimal digits', () => {
  it('are four characters for every integer below 10,000', () => {
    for (let value = 0; value < 10_000; value++) {
      out.view.setInt32(0, fourDigits(value), true);
      expect(text(4)).toBe(String(value).padStart(4, '0'));
    }
  });

  it('are eight characters for integers below 10^8', () => {
    fc.assert(
      fc.property(fc.nat(99_999_999), (value) => {
        putEight(out.view, 0, value);
        expect(text(8)).toBe(String(value).padStart(8, '0'));
      }),
    );
  });

  it('have no leading zeros in whole integers, up to 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 15 }), (value, fewer) => {
        const narrower = Math.trunc(Math.abs(value) / 10 ** fewer);
        expect(text(putSafe(out.view, 0, narrower))).toBe(String(narrower));
      }),
      { numRuns: 5000 },
    );
    for (let power = 0; power < 16; power++) {
      for (const value of [10 ** power - 1, 10 ** power]) {
        expect(text(putSafe(out.view, 0, value))).toBe(String(value));
      }
    }
    expect(text(putSafe(out.view, 0, Number.MAX_SAFE_INTEGER))).toBe('9007199254740991');
  });

  it('have a sign in negative integers of 32 bits', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(text(putInt32(out, 0, value))).toBe(String(value));
      }),
    );
    for (const value of [0, -1, 2 ** 31 - 1, -(2 ** 31)])
      expect(text(putInt32(out, 0, value))).toBe(String(value));
  });
});
