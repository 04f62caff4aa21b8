import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minMaxDoubles, minMaxStrings, minMaxWords } from './min-max.js';

describe('smallest and largest', () => {
  test('32-bit integers', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const into = new Int32Array(2);
        minMaxWords(Int32Array.from(values), values.length, 1, into);
        expect([...into]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });

  test('64-bit integers, also where only one of the words differs', () => {
    const word = fc.constantFrom(0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn);
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.tuple(word, word).map(([high, low]) => BigInt.asIntN(64, (high << 32n) | low)),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const into = new BigInt64Array(2);
        const words = new Int32Array(BigInt64Array.from(values).buffer);
        minMaxWords(words, values.length, 2, new Int32Array(into.buffer));
        const sorted = [...values].sort((a, b) => (a < b ? -1 : 1));
        expect([...into]).toEqual([sorted[0], sorted[sorted.length - 1]]);
      }),
    );
  });

  test('doubles without NaN, which is in no order', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (values) => {
        const into = new Float64Array(2);
        const real = values.filter((value) => !Number.isNaN(value));
        const found = minMaxDoubles(Float64Array.from(values), values.length, into);
        expect(found).toBe(real.length > 0);
        if (!found) return;
        expect(into[0]).toBe(Math.min(...real) === 0 ? -0 : Math.min(...real));
        expect(into[1]).toBe(Math.max(...real) === 0 ? 0 : Math.max(...real));
      }),
    );
  });

  test('strings by their bytes, unsigned', () => {
    const string = fc.oneof(
      fc.uint8Array({ maxLength: 10 }),
      fc.array(fc.constantFrom(0, 1, 255), { maxLength: 9 }).map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(string, { minLength: 1 }), (strings) => {
        const all = [Uint8Array.of(0), ...strings];
        const offsets = new Int32Array(all.length + 1);
        all.forEach((one, i) => {
          offsets[i + 1] = (offsets[i] ?? 0) + one.length;
        });
        const into = new Int32Array(2);
        minMaxStrings(offsets, Uint8Array.from(Buffer.concat(all)), 1, strings.length, into);
        const sorted = [...strings].sort(Buffer.compare);
        expect(strings[into[0] ?? -1]).toEqual(sorted[0]);
        expect(strings[into[1] ?? -1]).toEqual(sorted[sorted.length - 1]);
      }),
    );
  });
});
