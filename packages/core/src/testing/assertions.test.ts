import { expect, it } from 'vitest';
import { sameInOrder } from './assertions.js';

const rowsOf = (count: number) => Array.from({ length: count }, (_, n) => ({ n, text: 'x'.repeat(1_000) }));

it('rows that are the same are so by their values', () => {
  expect(() => sameInOrder(rowsOf(10), rowsOf(10), 'a column was altered')).not.toThrow();
  expect(() => sameInOrder([{ n: 0 }], [{ n: -0 }], 'a column was altered')).toThrow();
});

it('the first row that is another one is told by itself, and briefly', () => {
  const altered = rowsOf(5_000).map((row) => ({ ...row, n: row.n < 3 ? row.n : row.n + 1 }));
  expect(() => sameInOrder(altered, rowsOf(5_000), 'a column was altered')).toThrow(
    /^a column was altered: row 3 is \{ n: 4, .{1,300}, wanted is \{ n: 3, .{1,300}$/,
  );
});

it('rows that are missing, or too many, are counted', () => {
  expect(() => sameInOrder(rowsOf(2), rowsOf(3), 'nulls were altered')).toThrow(
    /nulls were altered: 2 of 3 rows/,
  );
  expect(() => sameInOrder(rowsOf(3), rowsOf(2), 'nulls were altered')).toThrow(/3 of 2 rows/);
});
