// The engine polars, whose package is installed here and not with the writers: what the table of capabilities claims of it,
// and its files before DuckDB and hyparquet.
import { writeFile } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { date, defineSchema, dictionary, float64, int64, nullable, timestamp, utf8 } from '@tailrace/core';
import type { ByteSink, FormatDefinition, ModuleRef } from '@tailrace/core/sink';
import { batchOfRows } from '@tailrace/core/testing';
import { type ParquetOptions, parquet } from '@tailrace/writers/parquet';
import { parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { scratchFile } from './support/scratch.js';

const schema = defineSchema({
  id: int64(),
  text: nullable(utf8()),
  kind: dictionary(),
  ratio: nullable(float64()),
  day: date(),
  at: nullable(timestamp('us', { js: 'bigint' })),
});
const rowsFrom = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    id: 9_007_199_254_740_993n + BigInt(from + i),
    text: (from + i) % 5 === 0 ? null : `grüße ${from + i}`,
    kind: ['a', 'b', 'c'][(from + i) % 3] as string, // three of them
    ratio: (from + i) % 4 === 0 ? null : (from + i) / 2,
    day: new Date(86_400_000 * (from + i)),
    at: (from + i) % 7 === 0 ? null : BigInt(from + i) * 1_000_001n,
  }));

async function encode(
  options: ParquetOptions,
  sizes: readonly number[],
  maxBufferedBytes = 2 ** 24,
): Promise<Buffer> {
  const sink = parquet('/out/x.parquet', { engine: 'polars', ...options });
  // The options of the file sink's module are its own affair; their format is what this test is about.
  const { format } = sink.module.options as { readonly format: ModuleRef };
  // A module that defineFormat made.
  const { default: definition } = (await import(format.url)) as { readonly default: FormatDefinition };
  const pieces: Buffer[] = [];
  const out: ByteSink = {
    bytesWritten: 0,
    write(bytes) {
      pieces.push(Buffer.from(bytes));
    },
  };
  definition.check(schema, format.options);
  const signal = new AbortController().signal;
  const encoder = await definition.open({ schema, options: format.options, out, maxBufferedBytes, signal });
  let from = 0;
  for (const count of sizes) {
    await encoder.write(batchOfRows<object>({ fields: schema.fields }, rowsFrom(from, count)));
    from += count;
  }
  expect(await encoder.finish()).toEqual({ rows: from });
  return Buffer.concat(pieces);
}

async function duck(bytes: Uint8Array): Promise<unknown> {
  const path = scratchFile('parquet');
  await writeFile(path, bytes);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const read = await connection.runAndReadAll(
      `WITH t AS (SELECT *, id - 9007199254740993 AS n FROM read_parquet('${path}')) SELECT count(*) AS rows, sum(n) AS numbers,
       bool_and(text IS NOT DISTINCT FROM if(n % 5 = 0, NULL, 'grüße ' || n)) AS texts,
       bool_and(kind = ['a', 'b', 'c'][n % 3 + 1]) AS kinds, bool_and(ratio IS NOT DISTINCT FROM if(n % 4 = 0, NULL, n / 2)) AS ratios,
       bool_and(day = DATE '1970-01-01' + n::INTEGER) AS days, bool_and(epoch_us("at") IS NOT DISTINCT FROM if(n % 7 = 0, NULL, n * 1000001)) AS times FROM t`,
    );
    return read.getRowObjects()[0];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const metadataOf = (bytes: Uint8Array) => parquetMetadata(new Uint8Array(bytes).buffer);
const allRight = { texts: true, kinds: true, ratios: true, days: true, times: true };

describe('the engine polars', () => {
  it.each([
    ['none', 'UNCOMPRESSED'],
    ['snappy', 'SNAPPY'],
    ['gzip', 'GZIP'],
    ['brotli', 'BROTLI'],
    ['zstd', 'ZSTD'],
    ['lz4_raw', 'LZ4_RAW'],
  ] as const)(
    'writes batches of all sizes into one file with %s, equal before DuckDB',
    async (compression, codec) => {
      const bytes = await encode(
        { compression, statistics: true, pageVersion: 1, pageIndex: true },
        [1000, 1, 3],
      );
      expect(await duck(bytes)).toEqual({ rows: 1004n, numbers: expect.anything(), ...allRight });
      const [first] = metadataOf(bytes).row_groups[0]?.columns ?? [];
      expect(first?.meta_data?.codec).toBe(codec);
      expect(first?.meta_data?.statistics?.min_value).toBe(9_007_199_254_740_993n);
      expect(first?.column_index_offset).toBeDefined();
    },
  );

  it('writes a file of zero rows with its columns', async () => {
    const { num_rows, schema: elements } = metadataOf(await encode({}, []));
    expect(num_rows).toBe(0n);
    expect(elements.slice(1).map(({ name }) => name)).toEqual(schema.fields.map(({ name }) => name));
  });

  it('refuses more rows than it may hold, and says what to do', async () => {
    await expect(encode({}, [1000, 1000, 1000], 2 ** 16)).rejects.toThrow(
      /maxPartBytes below that, raise reserveBytes/,
    );
  });

  it('refuses options that it cannot do, by name', () => {
    expect(() => parquet('/out/x', { engine: 'polars', sortedBy: [{ column: 'id' }] })).toThrow(
      /the engine polars cannot do sortedBy; tailrace can/,
    );
  });
});
