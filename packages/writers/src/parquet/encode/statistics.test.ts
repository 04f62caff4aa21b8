import { expect, test } from 'vitest';
import { stringBounds } from './statistics.js';

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
