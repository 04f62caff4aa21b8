import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  bool,
  date,
  defineSchema,
  describeSchema,
  fixedSizeList,
  float64,
  int32,
  int64,
  list,
  nullable,
  type Source,
  timestamp,
  utf8,
} from '@tailrace/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readParquet, schemaOfParquet } from './read-parquet.js';

// The package exports its script only; the data lies beside it.
const flights = join(
  dirname(createRequire(import.meta.url).resolve('vega-datasets')),
  '../data/flights-3m.parquet',
);
const never = new AbortController().signal;

async function readAll<T>(source: Source<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const chunk of source.open(never)) rows.push(...chunk);
  return rows;
}

let folder: string;
let sql: (query: string) => Promise<void>;
let closeDatabase: () => void;

/** A file with the result of a query, as DuckDB writes it. */
async function made(name: string, query: string, options = ''): Promise<string> {
  const path = join(folder, `${name}.parquet`);
  await sql(`COPY (${query}) TO '${path}' (FORMAT parquet${options})`);
  return path;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-parquet-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  sql = async (query) => {
    await connection.run(query);
  };
  closeDatabase = () => {
    connection.closeSync();
    instance.closeSync();
  };
});
afterAll(() => {
  closeDatabase();
  rmSync(folder, { recursive: true });
});

describe('flights-3m.parquet', () => {
  it('gives all 3,000,000 rows with their sums', async () => {
    const schema = defineSchema({
      date: timestamp('us', { timezone: null }),
      delay: int64({ js: 'number' }),
      distance: int64({ js: 'number' }),
      origin: utf8(),
      destination: utf8(),
    });
    const source = readParquet(flights, { schema });
    let rows = 0;
    let delay = 0;
    let distance = 0;
    const origins = new Set<string>();
    let first: unknown;
    for await (const chunk of source.open(never)) {
      first ??= chunk[0];
      rows += chunk.length;
      for (const row of chunk) {
        delay += row.delay;
        distance += row.distance;
        origins.add(row.origin);
      }
    }
    expect({ rows, delay, distance }).toEqual({
      rows: 3_000_000,
      delay: 20_003_603,
      distance: 2_194_861_208,
    });
    expect(source.totalItems).toBe(3_000_000);
    expect(origins.size).toBeGreaterThan(200);
    expect(Object.keys(first as object)).toEqual(['date', 'delay', 'distance', 'origin', 'destination']);
  }, 60_000);

  it('is named by its path, comes in chunks of 4,096 rows, and closes when it is left', async () => {
    const source = readParquet(flights, { columns: ['origin'] });
    expect(source.name).toBe(flights);
    const iterator = source.open(never)[Symbol.asyncIterator]();
    const first = await iterator.next();
    expect(first.value).toHaveLength(4_096);
    expect(Object.keys(first.value?.[0] ?? {})).toEqual(['origin']);
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('stops with the abort reason', async () => {
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _ of readParquet(flights).open(controller.signal))
        controller.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('readParquet', () => {
  const everyType = `SELECT * FROM (VALUES
    (true, 1::TINYINT, -2::SMALLINT, 3::INTEGER, 4::BIGINT, 250::UTINYINT, 65000::USMALLINT, 4000000000::UINTEGER,
     9223372036854775807::UBIGINT, 1.5::FLOAT, 2.25::DOUBLE, DATE '2001-01-31', TIMESTAMP '2001-01-31 12:34:56.789',
     TIMESTAMPTZ '2001-01-31 12:34:56.789+00', TIMESTAMP_MS '1969-12-31 23:59:59.999', 'ünïcödé'),
    (false, -128, 32767, -2147483648, -9223372036854775808, 0, 0, 0, 0, 'NaN'::FLOAT, '-Infinity'::DOUBLE,
     DATE '0001-01-01', TIMESTAMP '1900-01-01', TIMESTAMPTZ '9999-12-31 23:59:59+00', TIMESTAMP_MS '2038-01-20', ''),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
    ) t(b, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, d, ts, tz, ms, s)`;

  it('reads every flat type and null', async () => {
    const rows = await readAll(readParquet(await made('types', everyType)));
    expect(rows).toEqual([
      {
        b: true,
        i8: 1,
        i16: -2,
        i32: 3,
        i64: 4n,
        u8: 250,
        u16: 65_000,
        u32: 4_000_000_000,
        u64: 9_223_372_036_854_775_807n,
        f32: 1.5,
        f64: 2.25,
        d: new Date('2001-01-31'),
        ts: new Date('2001-01-31T12:34:56.789Z'),
        tz: new Date('2001-01-31T12:34:56.789Z'),
        ms: new Date(-1),
        s: 'ünïcödé',
      },
      {
        b: false,
        i8: -128,
        i16: 32_767,
        i32: -2_147_483_648,
        i64: -9_223_372_036_854_775_808n,
        u8: 0,
        u16: 0,
        u32: 0,
        u64: 0n,
        f32: Number.NaN,
        f64: Number.NEGATIVE_INFINITY,
        d: new Date('0001-01-01'),
        ts: new Date('1900-01-01T00:00:00Z'),
        tz: new Date('9999-12-31T23:59:59Z'),
        ms: new Date('2038-01-20T00:00:00Z'),
        s: '',
      },
      Object.fromEntries(
        [
          'b',
          'i8',
          'i16',
          'i32',
          'i64',
          'u8',
          'u16',
          'u32',
          'u64',
          'f32',
          'f64',
          'd',
          'ts',
          'tz',
          'ms',
          's',
        ].map((name) => [name, null]),
      ),
    ]);
  });

  it('describes its columns as a schema', async () => {
    const path = await made('schema', everyType);
    expect(
      describeSchema(
        schemaOfParquet(path, { columns: ['b', 'u16', 'u32', 'f32', 'd', 'ts', 'tz', 'ms', 's'] }),
      ),
    ).toBe(
      'b bool?, u16 uint16?, u32 uint32?, f32 float32?, d date?, ts timestamp[us]?, tz timestamp[us, UTC]?, ms timestamp[ms]?, s utf8?',
    );
  });

  it('keeps values and nulls apart across batches, pages and row groups', async () => {
    const path = await made(
      'groups',
      `SELECT CASE WHEN i % 7 = 0 THEN NULL ELSE i END AS i, CASE WHEN i % 3 = 0 THEN NULL ELSE 'v' || (i % 1000) END AS s,
       CASE WHEN i % 5 = 0 THEN NULL ELSE i % 2 = 0 END AS b FROM range(300000) t(i)`,
      ', ROW_GROUP_SIZE 122880',
    );
    let row = 0;
    for await (const chunk of readParquet(path, { int64: 'number', chunkRows: 1_000 }).open(never)) {
      for (const value of chunk) {
        const expected = {
          i: row % 7 === 0 ? null : row,
          s: row % 3 === 0 ? null : `v${row % 1_000}`,
          b: row % 5 === 0 ? null : row % 2 === 0,
        };
        if (value.i !== expected.i || value.s !== expected.s || value.b !== expected.b)
          expect(value).toEqual(expected);
        row += 1;
      }
    }
    expect(row).toBe(300_000);
  });

  it('reads every codec and encoding DuckDB writes', async () => {
    for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw']) {
      const query = 'SELECT i, i::VARCHAR AS s, i / 3.0::DOUBLE AS f FROM range(5000) t(i)';
      for (const version of ['v1', 'v2']) {
        const path = await made(
          `codec-${codec}-${version}`,
          query,
          `, CODEC '${codec}', PARQUET_VERSION ${version}`,
        );
        const rows = await readAll(readParquet(path, { int64: 'number' }));
        expect(rows).toEqual(Array.from({ length: 5_000 }, (_, i) => ({ i, s: String(i), f: i / 3 })));
      }
    }
  });

  it('reads several files as one, and knows their total', async () => {
    const paths = [
      await made('one', 'SELECT 1 AS a'),
      await made('two', 'SELECT 2 AS a'),
      await made('none', 'SELECT 3 AS a WHERE false'),
    ];
    const source = readParquet(paths);
    expect(source.totalItems).toBe(2);
    expect(source.name).toBe(`${paths[0]} and 2 more`);
    expect(await readAll(source)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await readAll(source)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('takes the columns in the order asked for', async () => {
    const path = await made('order', 'SELECT 1 AS a, 2 AS b, 3 AS c');
    const rows = await readAll(readParquet(path, { columns: ['c', 'a'] }));
    expect(rows.map((row) => Object.entries(row))).toEqual([
      [
        ['c', 3],
        ['a', 1],
      ],
    ]);
  });

  it('leaves columns alone that rows cannot hold, and says so when they are asked for', async () => {
    const path = await made(
      'interval',
      'SELECT INTERVAL 1 MONTH AS span, [INTERVAL 1 DAY] AS spans, 7 AS plain',
    );
    expect(await readAll(readParquet(path, { columns: ['plain'] }))).toEqual([{ plain: 7 }]);
    for (const column of ['span', 'spans']) {
      await expect(readAll(readParquet(path, { columns: [column] }))).rejects.toMatchObject({
        code: 'SCHEMA_INVALID',
      });
    }
    await expect(readAll(readParquet(path))).rejects.toThrow(/'span' of type .*option columns/);
  });

  it('reads decimals, bytes, times of day and nested columns of other writers, in any order', async () => {
    const path = await made(
      'nested',
      `SELECT [1, NULL] AS list, {'x': 1, 'y': ['a']} AS struct, MAP {'k': 2} AS map, 7 AS plain,
       1.5::DECIMAL(10, 2) AS price, 'a'::BLOB AS raw, TIME '01:02:03.000004' AS clock, [[{'z': NULL::DATE}]] AS deep`,
    );
    const columns = ['deep', 'price', 'map', 'clock', 'struct', 'list', 'raw', 'plain'] as const;
    expect(await readAll(readParquet(path, { columns }))).toEqual([
      {
        list: [1, null],
        struct: { x: 1, y: ['a'] },
        map: new Map([['k', 2]]),
        plain: 7,
        price: '1.50',
        raw: Uint8Array.of(97),
        clock: 3_723_000_004,
        deep: [[{ z: null }]],
      },
    ]);
    expect(describeSchema(schemaOfParquet(path))).toBe(
      'list list<int32?>?, struct struct<x int32?, y list<utf8?>?>?, map map<utf8, int32?>?, plain int32?, ' +
        'price decimal128(10, 2)?, raw binary?, clock time[us]?, deep list<list<struct<z date?>?>?>?',
    );
  });

  it('reads columns as wider numbers where that is declared, and lists as lists of one length that they must have', async () => {
    const path = await made(
      'wider',
      'SELECT * FROM (VALUES (1::UTINYINT, 2::UINTEGER, 0.5::FLOAT, [1, 2]), (3, 4, 1.5, [3])) t(a, b, c, d)',
    );
    const schema = defineSchema({ a: nullable(int32()), b: nullable(int64()), c: nullable(float64()) });
    expect(await readAll(readParquet(path, { schema }))).toEqual([
      { a: 1, b: 2n, c: 0.5 },
      { a: 3, b: 4n, c: 1.5 },
    ]);
    const pairs = defineSchema({ d: nullable(fixedSizeList(nullable(int32()), 2)) });
    await expect(readAll(readParquet(path, { schema: pairs }))).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { row: 1, column: 'd' },
      message: expect.stringContaining('a list of 1, where all have 2 items'),
    });
    const narrow = defineSchema({ b: nullable(int32()) });
    await expect(readAll(readParquet(path, { schema: narrow }))).rejects.toThrow(
      /'b' is uint32, declared int32/,
    );
    const filled = defineSchema({ d: nullable(list(int32())) });
    await expect(readAll(readParquet(path, { schema: filled }))).rejects.toThrow(/declared list<int32>/);
  });

  it('gives timestamps as Date, number or bigint in the unit of the file', async () => {
    const path = await made(
      'times',
      "SELECT TIMESTAMP '2001-01-01 00:00:00.000001' AS us, TIMESTAMP_NS '2001-01-01 00:00:00' AS ns",
    );
    expect(await readAll(readParquet(path, { timestamps: 'bigint' }))).toEqual([
      { us: 978_307_200_000_001n, ns: 978_307_200_000_000_000n },
    ]);
    expect(await readAll(readParquet(path, { columns: ['us'], timestamps: 'number' }))).toEqual([
      { us: 978_307_200_000_001 },
    ]);
    expect(await readAll(readParquet(path, { columns: ['ns'] }))).toEqual([
      { ns: new Date('2001-01-01T00:00:00Z') },
    ]);
  });

  it('never rounds: what has no exact form is an error with row and column', async () => {
    const path = await made(
      'inexact',
      `SELECT * FROM (VALUES (1, TIMESTAMP '2001-01-01', TIMESTAMP_NS '2001-01-01', 1::UBIGINT),
       (9007199254740992, TIMESTAMP '2001-01-01 00:00:00.000001', TIMESTAMP_NS '2001-01-01 00:00:00.000000001', 18446744073709551615))
       t(big, us, ns, u)`,
    );
    await expect(readAll(readParquet(path, { columns: ['big'], int64: 'number' }))).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { row: 1, column: 'big' },
      message: expect.stringContaining('9007199254740992 is beyond 2^53'),
    });
    for (const column of ['us', 'ns']) {
      await expect(readAll(readParquet(path, { columns: [column] }))).rejects.toMatchObject({
        code: 'VALUE_INVALID',
        context: { row: 1, column },
        message: expect.stringContaining('fraction of a millisecond'),
      });
    }
    const signed = defineSchema({ u: nullable(int64()) });
    await expect(readAll(readParquet(path, { schema: signed }))).rejects.toMatchObject({
      context: { row: 1, column: 'u' },
    });
    await expect(readAll(readParquet(path, { columns: ['ns'], timestamps: 'number' }))).rejects.toThrow(
      /timestamps: 'bigint'/,
    );
  });

  it('reads the integers next to 2^53 exactly as numbers', async () => {
    const path = await made(
      'edges',
      'SELECT unnest([9007199254740991, -9007199254740991, 4294967296, -4294967297, -1, 0]) AS i',
    );
    expect((await readAll(readParquet(path, { int64: 'number' }))).map((row) => row.i)).toEqual([
      9_007_199_254_740_991, -9_007_199_254_740_991, 4_294_967_296, -4_294_967_297, -1, 0,
    ]);
    const beyond = await made('beyond', 'SELECT -9007199254740992 AS i');
    await expect(readAll(readParquet(beyond, { int64: 'number' }))).rejects.toThrow(/beyond 2\^53/);
  });

  it.each(['9007199254740992', '9223372036854775808', '18446744073709551615'])(
    'refuses the unsigned %s as a number, and where it does not fit as a signed one',
    async (value) => {
      const path = await made(
        `unsigned-${value}`,
        `SELECT unnest([9007199254740991, ${value}])::UBIGINT AS u`,
      );
      await expect(readAll(readParquet(path, { int64: 'number' }))).rejects.toMatchObject({
        code: 'VALUE_INVALID',
        context: { row: 1, column: 'u' },
        message: expect.stringContaining(`${value} is beyond 2^53`),
      });
      const exact = [{ u: 2n ** 53n - 1n }, { u: BigInt(value) }];
      expect(await readAll(readParquet(path, { int64: 'bigint' }))).toEqual(exact);
      const signed = readAll(readParquet(path, { schema: defineSchema({ u: nullable(int64()) }) }));
      if (BigInt(value) < 2n ** 63n) expect(await signed).toEqual(exact);
      else await expect(signed).rejects.toThrow(`${value} does not fit a signed 64-bit integer`);
    },
  );

  it('knows the columns of the file in the forms it gives values in', async () => {
    const path = await made(
      'known',
      "SELECT TIMESTAMP '2001-01-01' AS at, 5::BIGINT AS n, 'x' AS s, 1::UTINYINT AS small",
    );
    expect(describeSchema(readParquet(path).schema ?? { fields: [] })).toBe(
      'at timestamp[us]?, n int64?, s utf8?, small uint8?',
    );
    const { schema } = readParquet(path, { columns: ['n', 'at'], int64: 'number', timestamps: 'bigint' });
    expect(schema?.fields).toEqual([
      { name: 'n', type: { kind: 'int64', js: 'number' }, nullable: true },
      { name: 'at', type: { kind: 'timestamp', unit: 'us', timezone: null, js: 'bigint' }, nullable: true },
    ]);
    const declared = defineSchema({ n: nullable(int64()) });
    expect(readParquet(path, { schema: declared }).schema).toBe(declared);
  });

  it('reads no file to be declared, and knows no columns while there is none', async () => {
    const path = join(folder, 'later.parquet');
    const source = readParquet(path);
    expect(source.schema).toBeUndefined();
    await made('later', 'SELECT 1::BIGINT AS n');
    expect(source.schema?.fields.map(({ name }) => name)).toEqual(['n']);
  });

  it('knows the columns of several files only when they have the same', async () => {
    const one = await made('one-type', 'SELECT 1::BIGINT AS n');
    const same = await made('same-type', 'SELECT 2::BIGINT AS n');
    const other = await made('other-type', 'SELECT 2::DOUBLE AS n');
    const more = await made('more-columns', 'SELECT 2::BIGINT AS n, 3 AS m');
    expect(readParquet([one, same]).schema?.fields.map(({ name }) => name)).toEqual(['n']);
    expect(readParquet([one, other]).schema).toBeUndefined();
    expect(readParquet([one, more]).schema).toBeUndefined();
  });

  it('gives rows of the declared schema, and checks it against the file', async () => {
    const path = await made(
      'declared',
      "SELECT 1::BIGINT AS id, 'x' AS name, NULL::DOUBLE AS score, true AS ok, DATE '2020-02-29' AS day, 5::INTEGER AS n",
    );
    const schema = defineSchema({
      name: utf8(),
      id: int64(),
      score: nullable(float64()),
      ok: bool(),
      day: date(),
      n: int32(),
    });
    const rows = await readAll(readParquet(path, { schema }));
    const id: bigint = rows[0]?.id ?? 0n;
    expect(id).toBe(1n);
    expect(rows).toEqual([{ name: 'x', id: 1n, score: null, ok: true, day: new Date('2020-02-29'), n: 5 }]);
    const wrong = defineSchema({ id: utf8(), other: int32(), name: int64() });
    await expect(readAll(readParquet(path, { schema: wrong }))).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringMatching(
        /'id' is int64, declared utf8; 'other' is missing; 'name' is utf8, declared int64/,
      ),
    });
  });

  it('refuses a null in a column declared without nulls, with its row', async () => {
    const path = await made('nulls', 'SELECT unnest([1.5, NULL, 2.5]) AS x');
    const schema = defineSchema({ x: float64() });
    const plain = await made('double', 'SELECT unnest([1.5::DOUBLE, NULL, 2.5]) AS x');
    await expect(readAll(readParquet(plain, { schema }))).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { row: 1, column: 'x' },
    });
    // Without a cast DuckDB makes decimals of such literals.
    await expect(readAll(readParquet(path, { schema }))).rejects.toMatchObject({ code: 'SCHEMA_INVALID' });
  });

  it('says which file is missing, and where it was looked for', async () => {
    await expect(readAll(readParquet('no/such.parquet'))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining(`'no/such.parquet' (in current directory '${process.cwd()}')`),
    });
    expect(readParquet('no/such.parquet').totalItems).toBeUndefined();
    await expect(readAll(readParquet(folder))).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  });

  it('says what is wrong with a file that is cut, damaged or no Parquet file', async () => {
    const path = await made('whole', 'SELECT i, hash(i) AS h FROM range(20000) t(i)');
    const bytes = readFileSync(path);
    const write = (name: string, content: Uint8Array): string => {
      const target = join(folder, `${name}.parquet`);
      writeFileSync(target, content);
      return target;
    };
    const damaged = Buffer.from(bytes);
    damaged.fill(0x5a, 2_000, 6_000);
    const badFooter = Buffer.from(bytes);
    badFooter.fill(0xff, bytes.length - 200, bytes.length - 100);
    const cases: [string, RegExp][] = [
      [write('text', Buffer.from('a,b\n1,2\n')), /is not a Parquet file/],
      [write('empty', Buffer.alloc(0)), /is not a Parquet file/],
      [write('cut', bytes.subarray(0, bytes.length - 1_000)), /is not a Parquet file/],
      [write('damaged', damaged), /is damaged: row group 0, column 'i', 'h' cannot be decoded/],
      [write('head-lost', bytes.subarray(100)), /is damaged/],
      [write('footer', badFooter), /damaged|cannot be read/],
    ];
    for (const [file, message] of cases) {
      const failure = await readAll(readParquet(file)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringMatching(message) });
    }
    // The decoder is not harmed by what it refused.
    expect(await readAll(readParquet(path, { columns: ['i'] }))).toHaveLength(20_000);
  });

  it('refuses options that make no sense', () => {
    expect(() => readParquet([])).toThrowError(/at least one path/);
    expect(() => readParquet('x', { columns: [] })).toThrowError(/at least one column/);
    expect(() => readParquet('x', { chunkRows: 0 })).toThrowError(/positive whole number/);
  });
});
