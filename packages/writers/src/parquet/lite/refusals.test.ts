// Why values and types are refused (cells.ts, parquet-lite-types.ts): parquetjs-lite by itself refuses them, too, or
// changes them. Times without a zone are refused for what the format says of TIMESTAMP_MILLIS, that it is UTC;
// DuckDB reads it as if it were not.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { duckRows } from '../../testing/encode.js';
import type { LiteStream } from './lite-library.js';

interface Lite {
  readonly ParquetSchema: new (fields: object) => object;
  readonly ParquetWriter: {
    openStream(
      schema: object,
      stream: LiteStream,
    ): Promise<{ appendRow(row: object): Promise<void>; close(): Promise<void> }>;
  };
}

// It has no types of its own.
const lite = createRequire(import.meta.url)('parquetjs-lite') as Lite;

/** The value as DuckDB reads it, in words of SQL; or that the library has refused it. */
async function through(field: object, value: unknown, shown: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  const stream: LiteStream = {
    write(bytes, done) {
      pieces.push(Uint8Array.from(bytes));
      done();
    },
    end: (done) => done(),
  };
  try {
    const writer = await lite.ParquetWriter.openStream(new lite.ParquetSchema({ c: field }), stream);
    await writer.appendRow({ c: value });
    await writer.close();
  } catch {
    return 'refused';
  }
  const rows = await duckRows(
    Buffer.concat(pieces),
    '.parquet',
    `SELECT ${shown} AS c FROM read_parquet($file)`,
  );
  return String(rows[0]?.c);
}

describe('parquetjs-lite by itself', () => {
  it.each([
    ['an integer up to 2^53', { type: 'INT64' }, 2n ** 53n - 1n, 'c', '9007199254740991'],
    ['a double', { type: 'DOUBLE' }, 0.1, 'c', '0.1'],
    ['an unsigned integer up to 2^31', { type: 'UINT_32' }, 2 ** 31 - 1, 'c', '2147483647'],
  ])('keeps %s', async (_, field, value, shown, wanted) => {
    expect(await through(field, value, shown)).toBe(wanted);
  });

  it.each([
    ['an integer beyond 2^53', { type: 'INT64' }, 2n ** 53n + 1n, 'c', '9007199254740993'],
    ['NaN', { type: 'DOUBLE' }, Number.NaN, 'c', 'NaN'],
    ['-0', { type: 'DOUBLE' }, -0, 'signbit(c)', 'true'],
    ['NaN of 32 bits', { type: 'FLOAT' }, Number.NaN, 'c', 'NaN'],
    ['an unsigned integer beyond 2^31', { type: 'UINT_32' }, 4_000_000_000, 'c', '4000000000'],
    ['an unsigned integer beyond 2^63', { type: 'UINT_64' }, 2n ** 64n - 1n, 'c', '18446744073709551615'],
    ['nanoseconds', { type: 'TIMESTAMP_NANOS' }, 1n, 'epoch_ns(c)', '1'],
    ['a decimal', { type: 'DECIMAL', precision: 5, scale: 2 }, '1.25', 'c', '1.25'],
    ['no list', { type: 'INT32', repeated: true }, null, 'c IS NULL', 'true'],
  ])('does not keep %s', async (_, field, value, shown, wanted) => {
    expect(await through(field, value, shown)).not.toBe(wanted);
  });
});
