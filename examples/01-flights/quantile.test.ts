import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantile } from './quantile.js';

test.each([
  [[7], 0.95, 7],
  [[10, 20], 0.95, 19.5],
  [[20, 10], 0.5, 15],
  [[5, 1, 3, 2, 4], 0.25, 2],
  [[-3, 8, 0], 0, -3],
  [[-3, 8, 0], 1, 8],
])('of %j at %d is %d', (values, p, expected) => {
  expect(quantile(values, p)).toBeCloseTo(expected, 12);
});

test('agrees with its definition on sorted values, for short and long sets', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -2000, max: 2000 }), { minLength: 1, maxLength: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, p) => {
        const sorted = [...values].sort((a, b) => a - b);
        const position = (sorted.length - 1) * p;
        const low = sorted[Math.floor(position)] ?? Number.NaN;
        const high = sorted[Math.ceil(position)] ?? Number.NaN;
        expect(quantile(values, p)).toBeCloseTo(low + (high - low) * (position % 1), 9);
      },
    ),
  );
});

test('of no values does not exist', () => {
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});
