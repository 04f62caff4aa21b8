// The format as users declare it, with each engine that it may choose: what DuckDB and hyparquet read of its files.
import type { DataType, Schema } from '@tailrace/core/sink';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { type TestColumn, testBatch, testSchema } from '../testing/batches.js';
import { duckRows, encodeAll, memorySink, openEncoder } from '../testing/encode.js';
import { enginesWith } from './capabilities.js';
import ownFormat from './module.js';
import { type ParquetOptions, resolveParquetOptions } from './options.js';
import wasmFormat from './wasm/module.js';

const allCodecs = ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4_raw'] as const;
const utf8: DataType = { kind: 'utf8' };
const int32: DataType = { kind: 'int32' };
const int64: DataType = { kind: 'int64', js: 'bigint' };
const float64: DataType = { kind: 'float64' };
const time = (unit: 's' | 'ms' | 'us' | 'ns', timezone: string | null = null): DataType => ({
  kind: 'timestamp',
  unit,
  timezone,
  js: 'bigint',
});
const options = (given: ParquetOptions = {}) => resolveParquetOptions('out', given).format;
const metadataOf = (bytes: Uint8Array) => parquetMetadata(new Uint8Array(bytes).buffer);
const hyparquetRows = (bytes: Uint8Array) => parquetReadObjects({ file: new Uint8Array(bytes).buffer });

const everyType: TestColumn[] = [
  { name: 'flag', type: { kind: 'bool' }, values: [true, false, null, true] },
  { name: 'i', type: int32, values: [2147483647, -2147483648, null, 0] },
  { name: 'l', type: int64, values: [9223372036854775807n, -9223372036854775808n, 9007199254740993n, null] },
  { name: 'd', type: float64, values: [-0, Number.NaN, Number.NEGATIVE_INFINITY, null] },
  { name: 's', type: utf8, values: ['', 'ünïcödé 🚀 "q"', null, 'x'.repeat(300)] },
  { name: 'c', type: { kind: 'dictionary' }, values: ['SFO', null, 'SFO', 'JFK'] },
  { name: 'day', type: { kind: 'date' }, values: [0, 11323, -1, null] },
  { name: 'sec', type: time('s'), values: [978307800n, -1n, null, 0n] },
  { name: 'ms', type: time('ms'), values: [978307800001n, -1n, null, 0n] },
  { name: 'us', type: time('us'), values: [978307800000001n, -1n, null, 0n] },
  { name: 'ns', type: time('ns'), values: [978307800000000001n, -1n, null, 0n] },
  { name: 'instant', type: time('us', 'UTC'), values: [978307800000001n, -1n, null, 0n] },
];

/** `rows` rows of a number, a repeated string and a sparse double, starting at `offset`. */
function numbered(rows: number, offset: number): TestColumn[] {
  const at = Array.from({ length: rows }, (_, row) => offset + row);
  return [
    { name: 'id', type: int64, values: at.map(BigInt) },
    { name: 'name', type: { kind: 'dictionary' }, values: at.map((id) => `name ${id % 97}`) },
    {
      name: 'note',
      type: utf8,
      nullable: true,
      values: at.map((id) => (id % 5 === 0 ? null : `note ${id}`)),
    },
    { name: 'half', type: float64, nullable: true, values: at.map((id) => (id % 3 === 0 ? null : id / 2)) },
    { name: 'even', type: { kind: 'bool' }, values: at.map((id) => id % 2 === 0) },
  ];
}
const numberedSchema: Schema = testSchema(numbered(1, 0));
const numberedCheck = `SELECT count(*) AS rows, count(DISTINCT id) AS ids, min(id) AS first, max(id) AS last,
  bool_and(name = 'name ' || id % 97) AS names, bool_and(note IS NOT DISTINCT FROM if(id % 5 = 0, NULL, 'note ' || id)) AS notes,
  bool_and(half IS NOT DISTINCT FROM if(id % 3 = 0, NULL, id / 2)) AS halves, bool_and(even = (id % 2 = 0)) AS evens FROM $file`;
const allRight = (rows: number) => ({
  rows: BigInt(rows),
  ids: BigInt(rows),
  first: 0n,
  last: BigInt(rows - 1),
  names: true,
  notes: true,
  halves: true,
  evens: true,
});

describe.each([
  { engine: 'tailrace' as const, parquetFormat: ownFormat },
  { engine: 'parquet-wasm' as const, parquetFormat: wasmFormat },
])('parquet ($engine)', ({ engine, parquetFormat }) => {
  it('keeps every type so that DuckDB reads the same values and types', async () => {
    const bytes = await encodeAll(parquetFormat, options(), testSchema(everyType), [testBatch(everyType)]);
    const read = await duckRows(
      bytes,
      '.parquet',
      `SET TimeZone = 'America/New_York';
       SELECT flag, i, l, d::VARCHAR AS d, s, c, day::VARCHAR AS day, sec::VARCHAR AS sec, ms::VARCHAR AS ms, us::VARCHAR AS us,
         ns::VARCHAR AS ns, instant::VARCHAR AS instant, typeof(sec) AS t1, typeof(ns) AS t2, typeof(instant) AS t3 FROM $file`,
    );
    const types = { t1: 'TIMESTAMP', t2: 'TIMESTAMP_NS', t3: 'TIMESTAMP WITH TIME ZONE' };
    const times = (text: string, s: string, ms: string, us: string, ns: string) => ({
      sec: text + s,
      ms: text + ms,
      us: text + us,
      ns: text + ns,
      ...types,
    });
    expect(read).toEqual([
      {
        ...{
          flag: true,
          i: 2147483647,
          l: 9223372036854775807n,
          d: '-0.0',
          s: '',
          c: 'SFO',
          day: '1970-01-01',
        },
        ...times('2001-01-01 00:10:00', '', '.001', '.000001', '.000000001'),
        instant: '2000-12-31 19:10:00.000001-05',
      },
      {
        ...{
          flag: false,
          i: -2147483648,
          l: -9223372036854775808n,
          d: 'nan',
          s: 'ünïcödé 🚀 "q"',
          c: null,
          day: '2001-01-01',
        },
        ...times('1969-12-31 23:59:59', '', '.999', '.999999', '.999999999'),
        instant: '1969-12-31 18:59:59.999999-05',
      },
      {
        ...{ flag: null, i: null, l: 9007199254740993n, d: '-inf', s: null, c: 'SFO', day: '1969-12-31' },
        ...{ sec: null, ms: null, us: null, ns: null, instant: null, ...types },
      },
      {
        ...{ flag: true, i: 0, l: null, d: null, s: 'x'.repeat(300), c: 'JFK', day: null },
        ...times('1970-01-01 00:00:00', '', '', '', ''),
        instant: '1969-12-31 19:00:00-05',
      },
    ]);
  });

  it('is read by hyparquet with the same values, and with civil time marked as such', async () => {
    const bytes = await encodeAll(parquetFormat, options(), testSchema(everyType), [testBatch(everyType)]);
    const rows = await hyparquetRows(bytes);
    expect(rows.map(({ l, c, s, i }) => ({ l, c, s, i }))).toEqual(
      [0, 1, 2, 3].map((row) => ({
        l: everyType[2]?.values[row],
        c: everyType[5]?.values[row],
        s: everyType[4]?.values[row],
        i: everyType[1]?.values[row],
      })),
    );
    expect(Object.is(rows[0]?.d, -0) && Number.isNaN(rows[1]?.d)).toBe(true);
    expect(rows[0]?.ms).toEqual(new Date(978307800001));
    const logical = (name: string) =>
      metadataOf(bytes).schema.find((element) => element.name === name)?.logical_type;
    expect(logical('us')).toMatchObject({ type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' });
    expect(logical('instant')).toMatchObject({ type: 'TIMESTAMP', isAdjustedToUTC: true });
  });

  it('keeps order and values over batches, crumbs, row groups and their borders', async () => {
    const sizes = [1, 3000, 4096, 7, 5000, 0, 2500, 2499, 1, 9000, 15];
    let offset = 0;
    const batches = sizes.map((rows) => {
      const batch = testBatch(numbered(rows, offset), numberedSchema);
      offset += rows;
      return batch;
    });
    const bytes = await encodeAll(parquetFormat, options({ rowGroupRows: 4000 }), numberedSchema, batches);
    expect(await duckRows(bytes, '.parquet', numberedCheck)).toEqual([allRight(offset)]);
    expect(metadataOf(bytes).row_groups.map((group) => Number(group.num_rows))).toEqual([
      4000, 4000, 4000, 4000, 4000, 4000, 2119,
    ]);
    const inOrder = await duckRows(
      bytes,
      '.parquet',
      'SELECT bool_and(id = file_row_number) AS ordered FROM read_parquet($file, file_row_number = true)',
    );
    expect(inOrder).toEqual([{ ordered: true }]);
  });

  it.each(allCodecs.filter((codec) => enginesWith(`compression: ${codec}`).includes(engine)))(
    'compresses with %s',
    async (compression) => {
      const bytes = await encodeAll(parquetFormat, options({ compression }), numberedSchema, [
        testBatch(numbered(6000, 0), numberedSchema),
      ]);
      expect(await duckRows(bytes, '.parquet', numberedCheck)).toEqual([allRight(6000)]);
      const codec = metadataOf(bytes).row_groups[0]?.columns[0]?.meta_data?.codec;
      expect(codec).toBe(compression === 'none' ? 'UNCOMPRESSED' : compression.toUpperCase());
    },
  );

  it('chooses encodings by column and writes statistics', async () => {
    const bytes = await encodeAll(parquetFormat, options(), numberedSchema, [
      testBatch(numbered(6000, 0), numberedSchema),
    ]);
    const chunk = (index: number) => metadataOf(bytes).row_groups[0]?.columns[index]?.meta_data;
    expect(chunk(0)?.encodings).toContain('DELTA_BINARY_PACKED');
    expect(chunk(1)?.encodings).toContain('RLE_DICTIONARY');
    expect(chunk(2)?.encodings).not.toContain('RLE_DICTIONARY');
    expect(chunk(0)?.statistics).toMatchObject({ min_value: 0n, max_value: 5999n, null_count: 0n });
    expect(chunk(3)?.statistics?.null_count).toBe(2000n);
  });

  it('writes a readable file without rows', async () => {
    const bytes = await encodeAll(parquetFormat, options(), testSchema(everyType), []);
    expect(await duckRows(bytes, '.parquet', 'SELECT count(*) AS rows, count(us) AS us FROM $file')).toEqual([
      { rows: 0n, us: 0n },
    ]);
    expect(metadataOf(bytes).schema).toHaveLength(everyType.length + 1);
  });

  it('writes one row, a column of nulls alone, and names with dots and spaces', async () => {
    const columns: TestColumn[] = [
      { name: 'a.b c', type: { kind: 'dictionary' }, values: [null] },
      { name: 'n', type: float64, values: [null] },
    ];
    const bytes = await encodeAll(parquetFormat, options(), testSchema(columns), [testBatch(columns)]);
    expect(await duckRows(bytes, '.parquet', 'SELECT * FROM $file')).toEqual([{ 'a.b c': null, n: null }]);
  });

  it('refuses seconds that do not fit in milliseconds', async () => {
    const columns: TestColumn[] = [{ name: 't', type: time('s'), values: [2n ** 62n] }];
    const encoded = encodeAll(parquetFormat, options(), testSchema(columns), [testBatch(columns)]);
    await expect(encoded).rejects.toMatchObject({ code: 'VALUE_INVALID' });
  });

  it('refuses schemas that readers cannot tell apart, and none at all', () => {
    const column = { name: 'a', type: int32, values: [] };
    expect(() => parquetFormat.check(testSchema([column, column]), options())).toThrow(
      /Two columns are named "a"/,
    );
    expect(() => parquetFormat.check({ fields: [] }, options())).toThrow(/at least one column/);
  });

  it('ends a row group with the batch after which no more may be held back, and still finds its footer', async () => {
    const groupsWith = async (maxBufferedBytes: number, sizes: readonly number[]) => {
      const out = memorySink();
      const { signal } = new AbortController();
      const uncompressed = options({ compression: 'none' });
      const encoder = await openEncoder(
        parquetFormat,
        uncompressed,
        numberedSchema,
        out,
        signal,
        maxBufferedBytes,
      );
      let rows = 0;
      for (const size of sizes) {
        await encoder.write(testBatch(numbered(size, rows), numberedSchema));
        rows += size;
      }
      expect(await encoder.finish()).toEqual({ rows });
      const bytes = out.contents();
      expect(await duckRows(bytes, '.parquet', numberedCheck)).toEqual([allRight(rows)]);
      return metadataOf(bytes).row_groups.map((group) => Number(group.total_byte_size));
    };
    const sizes = Array.from({ length: 20 }, () => 5000);
    const [whole = 0, ...more] = await groupsWith(8 * 2 ** 20, sizes);
    expect(more).toEqual([]);
    const limit = 256 * 1024;
    const groups = await groupsWith(limit, sizes);
    expect(groups.length).toBeGreaterThanOrEqual(Math.floor(whole / limit));
    expect(Math.max(...groups)).toBeLessThan(limit + whole / sizes.length);
    expect(await groupsWith(1, [5000, 95_000])).toHaveLength(2);
  });

  it('says how large the file is: the same on every run, and near the truth', async () => {
    const sizes = async (): Promise<number[]> => {
      const out = memorySink();
      const encoder = await openEncoder(
        parquetFormat,
        options({ rowGroupRows: 10_000 }),
        numberedSchema,
        out,
      );
      const seen: number[] = [];
      for (let offset = 0; offset < 60_000; offset += 6000) {
        await encoder.write(testBatch(numbered(6000, offset), numberedSchema));
        seen.push(encoder.encodedBytes);
      }
      await encoder.finish();
      return [...seen, out.bytesWritten];
    };
    const [first, second] = [await sizes(), await sizes()];
    expect(second).toEqual(first);
    const [before = 0, whole = 0] = first.slice(-2);
    expect(before / whole).toBeGreaterThan(0.8);
    expect(before / whole).toBeLessThan(1.1);
  });

  it('keeps many files open at once without mixing them', async () => {
    const files = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const out = memorySink();
        return { out, encoder: await openEncoder(parquetFormat, options(), numberedSchema, out) };
      }),
    );
    for (let offset = 0; offset < 3000; offset += 1000) {
      await Promise.all(
        files.map(({ encoder }) => encoder.write(testBatch(numbered(1000, offset), numberedSchema))),
      );
    }
    for (const { encoder, out } of files) {
      expect(await encoder.finish()).toEqual({ rows: 3000 });
      expect(metadataOf(out.contents()).num_rows).toBe(3000n);
    }
    expect(await duckRows(files[59]?.out.contents() ?? new Uint8Array(0), '.parquet', numberedCheck)).toEqual(
      [allRight(3000)],
    );
  });
});
