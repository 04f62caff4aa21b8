import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeBounds, orderOf, stringBounds } from './statistics.js';

test('bounds of strings stay as they are when the memory that the strings lie on is used again', () => {
  const short = Buffer.from('abcxyz');
  const long = Buffer.from(`${'a'.repeat(70)}${'z'.repeat(70)}`);
  const bounds = [
    stringBounds(short.subarray(0, 3), short.subarray(3)),
    stringBounds(long.subarray(0, 70), long.subarray(70)),
  ];
  short.fill(0xa5);
  long.fill(0xa5);
  expect(bounds.map((one) => Buffer.from(one?.min ?? []).toString())).toEqual(['abc', 'a'.repeat(64)]);
  expect(bounds.map((one) => Buffer.from(one?.max ?? []).toString())).toEqual(['xyz', `${'z'.repeat(63)}{`]);
});

const utf8 = new TextDecoder('utf-8', { fatal: true });
const text = fc.string({
  unit: fc.constantFrom('a', '~', 'é', '߿', '￿', '퟿', '🚀', '\u{10ffff}', '\0'),
  maxLength: 90,
});

test('bounds of strings hold for what they are cut from, are short, and are text', () => {
  fc.assert(
    fc.property(text, (value) => {
      const bytes = Buffer.from(value);
      const bounds = stringBounds(bytes, bytes);
      if (bounds === undefined) {
        // Only where no character within the 64 bytes has one after it.
        expect([...value].slice(0, 16).every((character) => character === '\u{10ffff}')).toBe(true);
        return;
      }
      expect(Buffer.compare(bounds.min, bytes)).toBeLessThanOrEqual(0);
      expect(Buffer.compare(bounds.max, bytes)).toBeGreaterThanOrEqual(0);
      expect(bounds.min.length).toBeLessThanOrEqual(64);
      expect(bounds.max.length).toBeLessThanOrEqual(64);
      expect(bounds.minExact).toBe(Buffer.compare(bounds.min, bytes) === 0);
      expect(bounds.maxExact).toBe(Buffer.compare(bounds.max, bytes) === 0);
      expect(bytes.toString().startsWith(utf8.decode(bounds.min))).toBe(true);
      utf8.decode(bounds.max);
    }),
    { numRuns: 500 },
  );
});

test('bounds of bytes that are no text hold as well', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 65, maxLength: 80 }), (bytes) => {
      const bounds = stringBounds(bytes, bytes);
      if (bounds === undefined) return;
      expect(Buffer.compare(bounds.min, bytes)).toBeLessThanOrEqual(0);
      expect(Buffer.compare(bounds.max, bytes)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('bounds of two pages hold for both, and are exact where one of the values is', () => {
  const order = orderOf({ kind: 'utf8' });
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 4 }), (values) => {
      const single = values.map((value) => stringBounds(Buffer.from(value), Buffer.from(value)));
      const known = single.filter((bounds) => bounds !== undefined);
      if (known.length < values.length) return;
      const all = known.reduce((a, b) => mergeBounds(a, b, order));
      for (const value of values) {
        expect(order(all.min, Buffer.from(value))).toBeLessThanOrEqual(0);
        expect(order(all.max, Buffer.from(value))).toBeGreaterThanOrEqual(0);
      }
      const isValue = (bound: Uint8Array) => values.some((value) => order(bound, Buffer.from(value)) === 0);
      if (all.minExact) expect(isValue(all.min)).toBe(true);
      if (all.maxExact) expect(isValue(all.max)).toBe(true);
    }),
  );
});

test('order compares numbers by value, not by bytes', () => {
  const int32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
  const int64 = (value: bigint) => new Uint8Array(BigInt64Array.of(value).buffer);
  const double = (value: number) => new Uint8Array(Float64Array.of(value).buffer);
  expect(orderOf({ kind: 'int32' })(int32(-2147483648), int32(2147483647))).toBeLessThan(0);
  expect(orderOf({ kind: 'int64', js: 'bigint' })(int64(-(2n ** 63n)), int64(2n ** 63n - 1n))).toBeLessThan(
    0,
  );
  expect(orderOf({ kind: 'int64', js: 'bigint' })(int64(2n ** 32n), int64(1n))).toBeGreaterThan(0);
  expect(orderOf({ kind: 'float64' })(double(-1.5), double(-1))).toBeLessThan(0);
});
