import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doubleBytes, putDouble } from './doubles.js';
import { textTarget } from './text-target.js';

const out = textTarget(doubleBytes);

function doubleText(value: number): string {
  const values = Float64Array.of(value);
  // Left over from the value before, so that nothing may count on zeros.
  out.bytes.fill(33);
  const end = putDouble(out, 0, values, new Int32Array(values.buffer), 0);
  return Buffer.from(out.bytes.subarray(0, end)).toString();
}

const expected = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function expectSame(value: number): void {
  if (!Number.isFinite(value)) return;
  if (doubleText(value) !== expected(value)) expect(doubleText(value)).toBe(expected(value));
}

/** A double from its bits; not NaN. */
const fromBits = fc
  .tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
  .map(([low, high]) => new Float64Array(Int32Array.of(low, high).buffer)[0] ?? 0)
  .filter(Number.isFinite);

/** Doubles from their neighbours: `steps` of the last bit away. */
const neighbour = (value: number, steps: number): number => {
  const values = Float64Array.of(value);
  const bits = new BigInt64Array(values.buffer);
  bits[0] = (bits[0] ?? 0n) + BigInt(steps);
  return values[0] ?? 0;
};

describe('doubles', () => {
  it('are written as String does, whatever their bits', () => {
    fc.assert(fc.property(fromBits, expectSame), { numRuns: 50_000 });
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), expectSame), {
      numRuns: 20_000,
    });
  });

  it('are written as String does in the range where data lies, random to the last bit', () => {
    const value = fc
      .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: -12, max: 25 }), fc.boolean())
      .map(([unit, exponent, negative]) => unit * 10 ** exponent * (negative ? -1 : 1));
    fc.assert(fc.property(value, expectSame), { numRuns: 50_000 });
  });

  it('are written as String does when they are decimals of few digits', () => {
    const decimal = fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 17 }), fc.integer({ min: 0, max: 22 }))
      .map(([digits, fewer, places]) => Math.trunc(digits / 10 ** fewer) / 10 ** places);
    fc.assert(fc.property(decimal, expectSame), { numRuns: 50_000 });
  });

  it('are written as String does at powers of two and of ten and beside them', () => {
    for (let power = -1074; power <= 1023; power++) {
      for (const steps of [-1, 0, 1]) expectSame(neighbour(2 ** power, steps));
    }
    for (let power = -323; power <= 308; power++) {
      for (const first of [1, 2, 3, 5, 7, 9.5, 9.999999999999998]) {
        for (let steps = -3; steps <= 3; steps++) {
          expectSame(neighbour(Number(`${first}e${power}`), steps));
          expectSame(-neighbour(Number(`${first}e${power}`), steps));
        }
      }
    }
  });

  it('are written as String does where two decimals are equally near', () => {
    // Integers with a half, a quarter and so on: their scaled values lie exactly between decimals.
    const tie = fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 52 }), fc.integer({ min: 0, max: 60 }))
      .map(([digits, fewer, halvings]) => Math.trunc(digits / 2 ** fewer) / 2 ** halvings);
    fc.assert(fc.property(tie, expectSame), { numRuns: 50_000 });
  });

  it.each([
    0,
    -0,
    0.1,
    1 / 3,
    1e-6,
    9.99e-7,
    1e-7,
    1.5e-7,
    0.3 - 0.1,
    0.5,
    214_747.9999,
    214_748.0001,
    2 ** 31,
    -(2 ** 31),
    999_999.999_999_999_9,
    1e15,
    1e15 + 0.5,
    123_456_789_012.345,
    999_999_999_999.999,
    5e-324,
    2 ** 53,
    1e21,
    1.5e21,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    -Number.MAX_VALUE,
  ])('writes %d as String does', (value) => {
    expect(doubleText(value)).toBe(expected(value));
    expect(doubleText(-value)).toBe(expected(-value));
  });

  it('are not written when they are no numbers or infinite: the format decides', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(doubleText(value)).toBe('');
    }
  });

  it('touch no more bytes than announced', () => {
    for (const value of [
      -Number.MAX_VALUE,
      -1.234567890123456e-7,
      -0.000001234567890123456,
      -123456789.12345678,
    ]) {
      const target = textTarget(doubleBytes + 8);
      const values = Float64Array.of(value);
      putDouble(target, 0, values, new Int32Array(values.buffer), 0);
      expect([...target.bytes.subarray(doubleBytes)]).toEqual(Array(8).fill(0));
    }
  });
});
