import type { DataType } from '@tailrace/core/sink';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellValue, testBatch } from '../testing/batches.js';
import { chooseEncodings, estimateDistinct } from './encodings.js';

const rows = 20_000;
const encodingOf = (type: DataType, value: (row: number) => CellValue, count = rows) =>
  chooseEncodings(
    testBatch([{ name: 'c', type, values: Array.from({ length: count }, (_, row) => value(row)) }]).data,
  )[0];
const int64: DataType = { kind: 'int64', js: 'bigint' };

describe('encodings', () => {
  it('takes a dictionary for few values, spread evenly or together', () => {
    expect(encodingOf(int64, (row) => BigInt(row % 50))).toMatchObject({ dictionary: true, plain: 'delta' });
    expect(encodingOf(int64, (row) => BigInt(Math.floor(row / 400)))).toMatchObject({ dictionary: true });
    expect(encodingOf({ kind: 'utf8' }, (row) => `airport ${(row * 7919) % 300}`)).toMatchObject({
      dictionary: true,
      plain: 'plain',
    });
    expect(encodingOf({ kind: 'float64' }, (row) => (row % 100) / 8)).toMatchObject({
      dictionary: true,
      plain: 'plain',
    });
  });

  it('takes none for values that differ', () => {
    expect(encodingOf(int64, (row) => BigInt(row))).toMatchObject({ dictionary: false, plain: 'delta' });
    expect(encodingOf(int64, (row) => BigInt(row) << 40n)).toMatchObject({ dictionary: false });
    expect(encodingOf({ kind: 'utf8' }, (row) => `agent ${row}`)).toMatchObject({ dictionary: false });
    expect(encodingOf({ kind: 'float64' }, (row) => Math.sin(row))).toMatchObject({ dictionary: false });
  });

  it('sees through a sample: 2,000 values among 20,000 rows differ in most sampled rows and still make a dictionary', () => {
    expect(encodingOf({ kind: 'int32' }, (row) => Math.imul(row, 40503) % 2000)).toMatchObject({
      dictionary: true,
    });
  });

  it('takes a dictionary when there is too little to judge by, and for dictionary columns', () => {
    expect(encodingOf(int64, (row) => BigInt(row), 100)).toMatchObject({ dictionary: true });
    expect(encodingOf({ kind: 'dictionary' }, (row) => `value ${row}`, 2000)).toMatchObject({
      dictionary: true,
    });
  });

  it('counts exactly when the sample is everything', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 2000 }), (values) => {
        const { data } = testBatch([{ name: 'c', type: { kind: 'int32' }, values }]);
        const [column] = data.columns;
        expect(column && estimateDistinct(column, values.length)).toBe(new Set(values).size);
      }),
    );
  });
});
