// What each type of a Parquet file becomes in rows and in a schema.
import { describeSchema } from '@tailrace/core';
import { describe, expect, it } from 'vitest';
import { readParquet, schemaOfParquet } from './read-parquet.js';
import { filesOfDuckDB, readAll } from './test-rig.js';

const { made } = filesOfDuckDB();

describe('the types of a Parquet file', () => {
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
});
