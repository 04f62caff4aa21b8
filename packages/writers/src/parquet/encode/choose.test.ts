import type { DataType } from '@tailrace/core/sink';
import { describe, expect, test } from 'vitest';
import { type CellValue, testBatch } from '../../testing/batches.js';
import { chooseForms } from './choose.js';

const rows = 20_000;
const formOf = (type: DataType, value: (row: number) => CellValue, deltas = true, count = rows) =>
  chooseForms(
    testBatch([{ name: 'c', type, values: Array.from({ length: count }, (_, row) => value(row)) }]).data,
    deltas,
  )[0];

const int64: DataType = { kind: 'int64', js: 'bigint' };
/** Looks random, and is the same in every run: the finaliser of MurmurHash3 by Austin Appleby (public domain). */
function scattered(row: number): number {
  let mixed = Math.imul(row ^ (row >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

describe('the form of a column chunk', () => {
  test('integers are differences where those are shorter', () => {
    expect(formOf(int64, (row) => BigInt(row))).toEqual({ isCoded: false, form: 'delta' });
    expect(formOf(int64, (row) => BigInt(scattered(row)))).toEqual({ isCoded: false, form: 'delta' });
    expect(formOf({ kind: 'date' }, (row) => row * 3)).toEqual({ isCoded: false, form: 'delta' });
  });

  test('integers that take all their bits are stored as they are', () => {
    const hash = (row: number): bigint =>
      BigInt.asIntN(64, (BigInt(scattered(row)) << 32n) | BigInt(scattered(row + 7)));
    expect(formOf(int64, hash)).toEqual({ isCoded: false, form: 'plain' });
    expect(formOf({ kind: 'int32' }, (row) => scattered(row) | 0)).toEqual({ isCoded: false, form: 'plain' });
  });

  test('the basic profile has no differences', () => {
    expect(formOf(int64, (row) => BigInt(row), false)).toEqual({ isCoded: false, form: 'plain' });
    expect(formOf({ kind: 'utf8' }, (row) => `${row}`, false)).toEqual({ isCoded: false, form: 'plain' });
  });

  test('strings are lengths and bytes, and a batch without rows is no trouble', () => {
    expect(formOf({ kind: 'utf8' }, (row) => `${row}`)).toEqual({ isCoded: false, form: 'delta' });
    expect(formOf(int64, () => 0n, true, 0)?.isCoded).toBe(true);
    expect(formOf({ kind: 'bool' }, () => true)).toEqual({ isCoded: false, form: 'plain' });
  });
});
