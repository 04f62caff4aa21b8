// Reads a Parquet file and writes it again with no schema declared: the columns keep the types they had.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readParquet } from '@tailrace/adapters/sources';
import { pipeline, type Source } from '@tailrace/core';
import { parquet } from '@tailrace/writers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { query } from '../support/duckdb.js';

const examples = fileURLToPath(new URL('../../examples/package.json', import.meta.url));
const input = join(dirname(createRequire(examples).resolve('vega-datasets')), '../data/flights-3m.parquet');

/** The first chunk alone. */
const beginningOf = <T>(source: Source<T>): Source<T> => ({
  schema: source.schema,
  async *open(signal) {
    for await (const chunk of source.open(signal)) {
      yield chunk;
      return;
    }
  },
});

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'tailrace-types-'));
});
afterEach(async () => {
  await rm(out, { recursive: true, force: true });
});

describe.each([
  { forms: {} },
  { forms: { int64: 'number', timestamps: 'number' } },
  { forms: { int64: 'number', timestamps: 'bigint' } },
] as const)('flights read as $forms', ({ forms }) => {
  test('are written with the types and values of the file', async () => {
    const path = join(out, 'flights.parquet');
    const report = await pipeline('copy', (flow) => {
      const raw = flow.source('raw', beginningOf(readParquet(input, { ...forms, chunkRows: 2_000 })));
      flow.write('flights', raw, parquet(path));
    }).run({ workers: 1 }).completed;
    expect(report.rows).toBe(2_000);

    const typesOf = async (file: string): Promise<unknown[]> =>
      (await query(`describe select * from '${file}'`)).map((row) => [row.column_name, row.column_type]);
    expect(await typesOf(path)).toEqual([
      ['date', 'TIMESTAMP'],
      ['delay', 'BIGINT'],
      ['distance', 'BIGINT'],
      ['origin', 'VARCHAR'],
      ['destination', 'VARCHAR'],
    ]);
    expect(await typesOf(path)).toEqual(await typesOf(input));
    const first = `select * from read_parquet('${input}', file_row_number = true) where file_row_number < 2000`;
    const differing = `(from '${path}' except all select * exclude (file_row_number) from (${first}))`;
    expect(await query(`select count(*)::int as n from ${differing}`)).toEqual([{ n: 0 }]);
  });
});
