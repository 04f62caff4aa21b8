import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOfRows } from '../batch/batch-of-rows.js';
import {
  bool,
  type ColumnType,
  date,
  defineSchema,
  dictionary,
  float64,
  int32,
  int64,
  nullable,
  timestamp,
  utf8,
} from '../batch/schema.js';
import { ValueError } from '../errors/named-errors.js';
import { nullPartition } from './escape.js';
import { createSplitter, type Splitter } from './splitter.js';

const limits = { output: 'routes', maxPartitions: 1_000 };

/** Directory -> row numbers, of one batch. */
function directories(splitter: Splitter, batch: Parameters<Splitter['split']>[0]): Record<string, number[]> {
  const split = splitter.split(batch);
  return Object.fromEntries(
    split.partitions.map((id, at) => [splitter.partition(id).directory, [...split.rowsOf(at)]]),
  );
}

function directoriesOf(column: ColumnType<unknown>, values: readonly unknown[]): Record<string, number[]> {
  const schema = defineSchema({ p: column });
  const batch = batchOfRows(
    schema,
    values.map((p) => ({ p })),
  );
  return directories(createSplitter({ ...limits, schema, partitionBy: ['p'] }), batch.data);
}

describe('the splitter', () => {
  it('names directories by the text of each type, and keeps null apart', () => {
    expect(directoriesOf(nullable(bool()), [true, false, null, true])).toEqual({
      'p=true': [0, 3],
      'p=false': [1],
      [`p=${nullPartition}`]: [2],
    });
    expect(directoriesOf(nullable(int32()), [7, -7, null, 7])).toEqual({
      'p=7': [0, 3],
      'p=-7': [1],
      [`p=${nullPartition}`]: [2],
    });
    const int64s = [2n ** 63n - 1n, -(2n ** 63n), -1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 32n, 0n];
    expect(directoriesOf(int64(), int64s)).toEqual(
      Object.fromEntries(int64s.map((value, at) => [`p=${value}`, [at]])),
    );
    expect(directoriesOf(float64(), [1, -0, 0, Number.NaN, 1e300, Number.NaN])).toEqual({
      'p=1.0': [0],
      'p=-0.0': [1],
      'p=0.0': [2],
      'p=NaN': [3, 5],
      'p=1.0E300': [4],
    });
    expect(directoriesOf(date(), [new Date('2001-06-30T00:00:00Z')])).toEqual({ 'p=2001-06-30': [0] });
    expect(directoriesOf(timestamp('us', { timezone: null, js: 'number' }), [978_307_200_000_000])).toEqual({
      'p=2001-01-01 00%3A00%3A00': [0],
    });
  });

  it('tells strings apart by their bytes, with null and the empty string together', () => {
    for (const column of [nullable(utf8()), nullable(dictionary())]) {
      expect(directoriesOf(column, ['CA', 'é', null, 'CA', '', 'a/b'])).toEqual({
        'p=CA': [0, 3],
        'p=é': [1],
        [`p=${nullPartition}`]: [2, 4],
        'p=a%2Fb': [5],
      });
    }
  });

  it('sends every row to exactly one partition, in order, for any values and batch borders', () => {
    const row = fc.record({
      a: fc.option(fc.constantFrom('x', 'yy', '漢字', 'z'.repeat(40)), { nil: null }),
      b: fc.option(fc.integer({ min: -3, max: 3 }), { nil: null }),
      c: fc.constantFrom('red', 'green', 'blue'),
    });
    const schema = defineSchema({ v: int32(), b: nullable(int32()), c: dictionary(), a: nullable(utf8()) });
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 40 }), { maxLength: 4 }), (batches) => {
        const splitter = createSplitter({ ...limits, schema, partitionBy: ['a', 'b', 'c'] });
        const expected: Record<string, string[]> = {};
        const found: Record<string, string[]> = {};
        batches.forEach((rows, number) => {
          rows.forEach(({ a, b, c }, at) => {
            const directory = `a=${a ?? nullPartition}/b=${b ?? nullPartition}/c=${c}`;
            expected[directory] = [...(expected[directory] ?? []), `${number}:${at}`];
          });
          const { data } = batchOfRows(
            schema,
            rows.map((cells, v) => ({ v, ...cells })),
          );
          for (const [directory, at] of Object.entries(directories(splitter, data))) {
            found[directory] = [...(found[directory] ?? []), ...at.map((v) => `${number}:${v}`)];
          }
        });
        expect(found).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps ids and values from batch to batch although each brings a dictionary of its own', () => {
    const schema = defineSchema({ p: dictionary(), n: int32() });
    const splitter = createSplitter({ ...limits, schema, partitionBy: ['p', 'n'] });
    const first = splitter.split(
      batchOfRows(schema, [
        { p: 'a', n: 1 },
        { p: 'b', n: 1 },
      ]).data,
    ).partitions;
    const second = splitter.split(
      batchOfRows(schema, [
        { p: 'b', n: 1 },
        { p: 'a', n: 1 },
      ]).data,
    ).partitions;
    expect(second).toEqual([...first].reverse());
    expect(first.map((id) => splitter.partition(id).values)).toEqual([
      { p: 'a', n: 1 },
      { p: 'b', n: 1 },
    ]);
  });

  it('gives values in their own type, times as text', () => {
    const schema = defineSchema({ t: timestamp('s'), f: float64(), i: int64(), s: nullable(utf8()) });
    const splitter = createSplitter({ ...limits, schema, partitionBy: ['t', 'f', 'i', 's'] });
    splitter.split(batchOfRows(schema, [{ t: new Date(0), f: Number.NaN, i: 5n, s: '' }]).data);
    expect(splitter.partition(0).values).toEqual({ t: '1970-01-01 00:00:00', f: Number.NaN, i: 5, s: null });
  });

  it('names the row of the write, not of the batch, when a value cannot be a directory', () => {
    const schema = defineSchema({ p: utf8() });
    const splitter = createSplitter({ ...limits, schema, partitionBy: ['p'] });
    splitter.split(batchOfRows(schema, [{ p: 'a' }, { p: 'b' }]).data);
    expect(() => splitter.split(batchOfRows(schema, [{ p: 'a' }, { p: 'x\0' }]).data)).toThrow(
      /Row 3 of the write/,
    );
  });

  it('refuses bytes that are not UTF-8 instead of writing them under a changed name', () => {
    const schema = defineSchema({ p: utf8() });
    const { data } = batchOfRows(schema, [{ p: 'ab' }]);
    data.columns[0]?.values.fill(0xff as never);
    const splitter = createSplitter({ ...limits, schema, partitionBy: ['p'] });
    expect(() => splitter.split(data)).toThrow(ValueError);
  });

  it('refuses values that would share a directory on another file system', () => {
    expect(() => directoriesOf(utf8(), ['ca', 'CA'])).toThrow(/"p=ca" and "p=CA"/);
  });

  it('gives up beyond the limit of partitions, naming the columns', () => {
    const schema = defineSchema({ p: int32() });
    const splitter = createSplitter({ output: 'o', maxPartitions: 3, schema, partitionBy: ['p'] });
    splitter.split(batchOfRows(schema, [{ p: 1 }, { p: 2 }, { p: 3 }]).data);
    expect(() => splitter.split(batchOfRows(schema, [{ p: 4 }]).data)).toThrow(
      expect.objectContaining({ code: 'OVERFLOW', message: expect.stringContaining('partitions by p') }),
    );
  });

  it('refuses a column that is not there, naming those that are', () => {
    const schema = defineSchema({ a: int32(), b: utf8() });
    expect(() => createSplitter({ ...limits, schema, partitionBy: ['state'] })).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_INVALID',
        message: expect.stringContaining('a int32, b utf8'),
      }),
    );
  });
});
