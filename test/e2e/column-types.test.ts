// Reads a Parquet file and writes it again with no schema declared: the columns keep the types they had.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readParquet } from '@tailrace/adapters/sources';
import {
  decimal,
  defineSchema,
  fromIterable,
  int32,
  list,
  map,
  nullable,
  pipeline,
  type Source,
  struct,
  uint8,
  uint32,
  utf8,
} from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { map as map$, tap } from 'rxjs';
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

describe('columns of types that only some formats hold', () => {
  const schema = defineSchema({
    id: uint32(),
    price: nullable(decimal(12, 2)),
    tags: list(struct({ name: utf8(), sizes: nullable(list(nullable(uint8()))) })),
    attributes: nullable(map(utf8(), nullable(int32()))),
  });
  const rows = Array.from({ length: 500 }, (_, id) => ({
    id,
    price: id % 3 === 0 ? null : `${id}.25`,
    tags: Array.from({ length: id % 3 }, (_of, at) => ({
      name: `n${at}`,
      sizes: at === 1 ? null : [at, null, 255],
    })),
    attributes:
      id % 5 === 0
        ? null
        : new Map<string, number | null>([
            ['a', id],
            ['b', null],
          ]),
  }));

  test('go through threads, partitions and formats', async () => {
    const report = await pipeline('nested', (flow) => {
      const all = flow.stage('all', flow.source('rows', fromIterable(rows)), tap(), {
        schema,
        batchRows: 90,
      });
      flow.write('parquet', all, parquet(join(out, 'all')));
      flow.write('ndjson', all, ndjson(join(out, 'all.ndjson')));
      const flat = flow.stage(
        'flat',
        all,
        map$(({ id, price }) => ({ id, price, half: id % 2 })),
        {
          schema: defineSchema({ id: uint32(), price: nullable(decimal(12, 2)), half: uint8() }),
        },
      );
      flow.write('halves', flat, parquet(join(out, 'halves'), { partitionBy: ['half'] }));
    }).run({ workers: 1 }).completed;
    expect(report.rows).toBe(1_500);
    expect(
      await query(
        `select count(*)::int as n, sum(price)::varchar as price, sum(len(tags))::int as tags, sum(attributes['a'])::int as a
         from '${join(out, 'all', '*.parquet')}'`,
      ),
    ).toEqual([
      {
        n: 500,
        price: String(rows.reduce((sum, { price }) => sum + Number(price ?? 0), 0)),
        tags: rows.reduce((sum, { tags }) => sum + tags.length, 0),
        a: rows.reduce((sum, { id, attributes }) => sum + (attributes === null ? 0 : id), 0),
      },
    ]);
    const lines = (await readFile(join(out, 'all.ndjson'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { tags: unknown }).tags)).toEqual(
      rows.map(({ tags }) => tags),
    );
    expect(
      await query(
        `select half::int as half, count(*)::int as n from read_parquet('${join(out, 'halves', '*', '*.parquet')}', hive_partitioning = true)
         group by all order by half`,
      ),
    ).toEqual([
      { half: 0, n: 250 },
      { half: 1, n: 250 },
    ]);
  });

  test('are refused before anything is read where a format cannot hold them', async () => {
    let opened = 0;
    const source = fromIterable({
      *[Symbol.iterator]() {
        opened += 1;
        yield* rows;
      },
    });
    const run = pipeline('refused', (flow) => {
      const all = flow.stage('all', flow.source('rows', source), tap(), { schema });
      flow.write('csv', all, csv(join(out, 'all.csv')));
    }).run({ workers: 1 });
    await expect(run.completed).rejects.toMatchObject({
      errors: [
        {
          code: 'SCHEMA_INVALID',
          message: expect.stringMatching(
            /"tags" is list<struct<.*which CSV cannot hold: a cell has no parts/,
          ),
        },
      ],
    });
    expect(opened).toBe(0);
  });
});
