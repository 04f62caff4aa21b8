import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { int64Reader, writeDouble, writeInt64 } from './numbers.js';
import { TextBuffer } from './text-buffer.js';

const doubleText = (value: number): string => {
  const out = new TextBuffer(1);
  writeDouble(out, value);
  return Buffer.from(out.bytes.subarray(0, out.length)).toString();
};
const int64Text = (value: bigint): string => {
  const out = new TextBuffer(1);
  writeInt64(out, int64Reader(BigInt64Array.of(value)), 0);
  return Buffer.from(out.bytes.subarray(0, out.length)).toString();
};
const expected = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

describe('numbers', () => {
  it('writes any double as String does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(doubleText(value)).toBe(expected(value));
      }),
      { numRuns: 20_000 },
    );
  });

  it('writes decimals of few digits as String does', () => {
    const decimal = fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 20 }))
      .map(([digits, places]) => digits / 10 ** places);
    fc.assert(
      fc.property(decimal, (value) => {
        expect(doubleText(value)).toBe(expected(value));
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    0,
    -0,
    0.1,
    1 / 3,
    1e-6,
    9.99e-7,
    0.3 - 0.1,
    999999.9999999999,
    1e15,
    1e15 + 0.5,
    123456789012.345,
    999999999999.999,
    5e-324,
    2 ** 53,
    1e21,
  ])('writes %d as String does', (value) => {
    expect(doubleText(value)).toBe(expected(value));
    expect(doubleText(-value)).toBe(expected(-value));
  });

  it('writes any 64-bit integer with all its digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(int64Text(value)).toBe(String(value));
      }),
      { numRuns: 5000 },
    );
    for (let bits = 0n; bits < 63n; bits++) {
      for (const near of [-1n, 0n, 1n]) expect(int64Text(2n ** bits + near)).toBe(String(2n ** bits + near));
    }
    for (let power = 0; power < 19; power++)
      expect(int64Text(10n ** BigInt(power))).toBe(`1${'0'.repeat(power)}`);
  });
});
