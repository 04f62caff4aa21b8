import type { DataType } from '@tailrace/core/sink';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { type CellValue, type TestColumn, testBatch, testSchema } from '../../testing/batches.js';
import { duckRows, encodeAll, memorySink, openEncoder } from '../../testing/encode.js';
import { type ParquetOptions, resolveParquetOptions } from '../options.js';
import format from './module.js';

const optionsFor = (options: ParquetOptions = {}) =>
  resolveParquetOptions('out', { engine: 'parquetjs-lite', ...options }).format;
const int64: DataType = { kind: 'int64', js: 'bigint' };
const instant = (unit: 's' | 'ms' | 'us' | 'ns', timezone: string | null = 'UTC'): DataType => ({
  kind: 'timestamp',
  unit,
  timezone,
  js: 'bigint',
});
const write = (columns: readonly TestColumn[], options?: ParquetOptions) =>
  encodeAll(format, optionsFor(options), testSchema(columns), [testBatch(columns)]);

const everyType: TestColumn[] = [
  { name: 'flag', type: { kind: 'bool' }, values: [true, false, null, true] },
  { name: 'i', type: { kind: 'int32' }, values: [2147483647, -2147483648, null, 0] },
  { name: 'l', type: int64, values: [9007199254740991n, -9007199254740991n, 0n, null] },
  { name: 'd', type: { kind: 'float64' }, values: [0.1, 5e-324, Number.NEGATIVE_INFINITY, null] },
  { name: 's', type: { kind: 'utf8' }, values: ['', 'ünïcödé 🚀 "q"', null, 'x'.repeat(300)] },
  { name: 'c', type: { kind: 'dictionary' }, values: ['SFO', null, 'SFO', 'JFK'] },
  { name: 'day', type: { kind: 'date' }, values: [0, 11323, -1, null] },
  { name: 'sec', type: instant('s'), values: [978307800n, -1n, null, 0n] },
  { name: 'ms', type: instant('ms'), values: [978307800001n, -1n, null, 0n] },
];
const read = `SELECT flag, i, l, d, s, c, CAST(day AS VARCHAR) AS day, epoch_ms(sec) AS sec, epoch_ms(ms) AS ms FROM $file`;

describe('parquet of parquetjs-lite', () => {
  it.each([
    {},
    { compression: 'none' },
    { compression: 'gzip' },
    { pageVersion: 2 },
    { rowGroupRows: 1 },
  ] as const)('gives DuckDB and hyparquet every type back, with %j', async (options) => {
    const bytes = await write(everyType, options);
    const [first, second, third, last] = await duckRows(bytes, '.parquet', read);
    expect(first).toEqual({
      ...{ flag: true, i: 2147483647, l: 9007199254740991n, d: 0.1, s: '', c: 'SFO', day: '1970-01-01' },
      ...{ sec: 978307800000n, ms: 978307800001n },
    });
    expect(second).toEqual({
      ...{ flag: false, i: -2147483648, l: -9007199254740991n, d: 5e-324, s: 'ünïcödé 🚀 "q"', c: null },
      ...{ day: '2001-01-01', sec: -1000n, ms: -1n },
    });
    expect(third).toMatchObject({ flag: null, i: null, l: 0n, d: Number.NEGATIVE_INFINITY, s: null });
    expect(third).toMatchObject({ day: '1969-12-31', sec: null, ms: null });
    expect(last).toMatchObject({ l: null, d: null, s: 'x'.repeat(300), c: 'JFK', day: null, sec: 0n });
    if (options.compression === 'gzip') return; // which hyparquet has no codec for
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    expect(rows[0]).toMatchObject({ l: 9007199254740991n, s: '', ms: new Date(978307800001) });
  });

  it.each([
    ['an integer beyond 2^53', int64, [0n, 9007199254740993n], /rounds, as it is beyond 2\^53/],
    ['NaN', { kind: 'float64' }, [0, Number.NaN], /cannot store/],
    ['-0', { kind: 'float64' }, [0, -0], /stores as 0/],
    ['a day that no Date has', { kind: 'date' }, [0, 2147483647], /has no date/],
    ['a time that no Date has', instant('ms'), [0n, 2n ** 60n], /has no date/],
  ] as [string, DataType, CellValue[], RegExp][])(
    'refuses %s, and names column and row',
    async (_, type, values, why) => {
      const writing = write([{ name: 'v', type, values }]);
      await expect(writing).rejects.toMatchObject({
        code: 'VALUE_INVALID',
        message: expect.stringMatching(why),
        context: { column: 'v', rowInBatch: 1 },
      });
    },
  );

  it.each([
    [{ kind: 'decimal', bits: 128, precision: 9, scale: 2, js: 'string' }, /has no decimals/],
    [{ kind: 'uint64', js: 'bigint' }, /no numbers above/],
    [instant('us'), /milliseconds alone/],
    [instant('ms', null), /calls every timestamp UTC/],
    [{ kind: 'list', item: { name: 'item', type: int64, nullable: true } }, /null and an empty list/],
  ] as [DataType, RegExp][])('refuses %j before the run', (type, why) => {
    const schema = { fields: [{ name: 'v', type, nullable: true }] };
    expect(() => format.check(schema, optionsFor())).toThrow(why);
  });

  it.each([['__proto__'], ['7']])('refuses the column name %s, which it would lose or move', (name) => {
    const schema = testSchema([
      { name: 'a', type: int64, values: [] },
      { name, type: int64, values: [] },
    ]);
    expect(() => format.check(schema, optionsFor())).toThrow(/Rename it/);
  });

  it('keeps columns that are named like properties of objects', async () => {
    const columns = ['constructor', 'toString', 'hasOwnProperty', 'a,b', 'a.b'].map((name) => ({
      name,
      type: int64,
      values: [1n, 2n],
    }));
    const rows = await duckRows(await write(columns), '.parquet', 'SELECT * FROM $file');
    expect(rows[1]).toEqual({ constructor: 2n, toString: 2n, hasOwnProperty: 2n, 'a,b': 2n, 'a.b': 2n });
  });

  it('ends row groups before the memory that it may hold is used up', async () => {
    const columns = [
      { name: 'id', type: int64, values: Array.from({ length: 5000 }, (_, at) => BigInt(at)) },
    ];
    const schema = testSchema(columns);
    const out = memorySink();
    const encoder = await openEncoder(format, optionsFor(), schema, out, undefined, 64 * 1024);
    await encoder.write(testBatch(columns, schema));
    expect(out.bytesWritten).toBeGreaterThan(4);
    await encoder.finish();
    const groups = parquetMetadata(new Uint8Array(out.contents()).buffer).row_groups;
    expect(groups.length).toBeGreaterThan(5);
    for (const { num_rows } of groups) expect(Number(num_rows)).toBeLessThan(700);
    const [read] = await duckRows(
      out.contents(),
      '.parquet',
      'SELECT count(*) AS n, sum(id) AS s FROM $file',
    );
    expect(read).toEqual({ n: 5000n, s: 12497500n });
  });

  it('writes a file of zero rows that DuckDB reads', async () => {
    const rows = await duckRows(
      await encodeAll(format, optionsFor(), testSchema(everyType), []),
      '.parquet',
      'SELECT count(*) AS n FROM $file',
    );
    expect(rows).toEqual([{ n: 0n }]);
  });
});
