// Parquet files as a source: its rows, chunks, columns and several files as one; what is missing, damaged or asked for wrongly.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineSchema, int64, timestamp, utf8 } from '@tailrace/core';
import { describe, expect, it } from 'vitest';
import { readParquet } from './read-parquet.js';
import { filesOfDuckDB, never, readAll } from './test-rig.js';

const files = filesOfDuckDB();
const { made } = files;

// The package exports its script only; the data lies beside it.
const flights = join(
  dirname(createRequire(import.meta.url).resolve('vega-datasets')),
  '../data/flights-3m.parquet',
);

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

  it('says which file is missing, and where it was looked for', async () => {
    await expect(readAll(readParquet('no/such.parquet'))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining(`'no/such.parquet' (in current directory '${process.cwd()}')`),
    });
    expect(readParquet('no/such.parquet').totalItems).toBeUndefined();
    await expect(readAll(readParquet(files.folder))).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  });

  it('says what is wrong with a file that is cut, damaged or no Parquet file', async () => {
    const path = await made('whole', 'SELECT i, hash(i) AS h FROM range(20000) t(i)');
    const bytes = readFileSync(path);
    const write = (name: string, content: Uint8Array): string => {
      const target = join(files.folder, `${name}.parquet`);
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
