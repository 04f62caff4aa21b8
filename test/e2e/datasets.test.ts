// Datasets read back: what a pipeline has written, by manifest, and what others have written in Hive's layout.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compact, openDataset, type Predicate } from '@tailrace/adapters/sources';
import {
  bool,
  date,
  decimal,
  defineSchema,
  float64,
  fromIterable,
  int32,
  int64,
  nullable,
  pipeline,
  type Schema,
  type Sink,
  type Source,
  timestamp,
  utf8,
} from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { query } from '../support/duckdb.js';

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-datasets-'));
  out = join(folder, 'out');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const never = new AbortController().signal;
async function readAll<T>(source: Source<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const chunk of source.open(never)) rows.push(...chunk);
  return rows;
}

const schema = defineSchema({
  id: int64(),
  state: nullable(utf8()),
  delay: nullable(int32()),
  day: date(),
  at: timestamp('us', { js: 'bigint' }),
  share: float64(),
  late: bool(),
});
type Row = typeof schema extends Schema<infer R> ? R : never;

const states = ['CA', 'N/Y', 'é', null];
const rowOf = (at: number): Row => ({
  id: BigInt(at) * 3_000_000_000_000_000n,
  state: states[at % 4] ?? null,
  delay: at % 5 === 0 ? null : at - 50,
  day: new Date(Date.UTC(2001, 0, 1 + (at % 3))),
  at: BigInt(at) * 1_000_001n,
  share: at / 7,
  late: at % 2 === 0,
});
const rows = Array.from({ length: 200 }, (_, at) => rowOf(at));

async function write(sink: Sink<Row>, given: readonly Row[] = rows): Promise<void> {
  await pipeline('write', (flow) => {
    flow.write('out', flow.source('rows', fromIterable(given), { schema }), sink);
  }).run({ workers: 0 }).completed;
}

const byId = (a: { id: bigint }, b: { id: bigint }): number => (a.id < b.id ? -1 : 1);

describe.each([
  { format: 'parquet', sink: parquet },
  { format: 'csv', sink: csv },
  {
    format: 'ndjson',
    sink: <R>(path: string, options: object): Sink<R> => ndjson<R>(path, { bigint: 'string', ...options }),
  },
])('a dataset in $format', ({ format, sink }) => {
  const into = (options: object): Sink<Row> => sink<Row>(out, options);

  test.each(['swap', 'generations'] as const)(
    'reads back as it was written, types of partitions included (%s)',
    async (publish) => {
      await write(into({ partitionBy: ['day', 'late', 'state'], publish }));
      const dataset = await openDataset<Row>(out);
      expect(dataset).toMatchObject({ format, partitionBy: ['day', 'late', 'state'], totalItems: 200 });
      expect(dataset.schema).toEqual(schema);
      expect((await readAll(dataset)).sort(byId)).toEqual(rows);
    },
  );

  test('gives the columns asked for in their order, and the rows that meet a predicate', async () => {
    await write(into({ partitionBy: ['state'], maxPartRows: 20 }));
    const where: Predicate<Row> = {
      or: [
        {
          and: [
            { column: 'state', op: '=', value: 'N/Y' },
            { column: 'delay', op: '>=', value: 100 },
          ],
        },
        {
          and: [
            { column: 'state', op: 'isNull' },
            { column: 'day', op: '<', value: new Date('2001-01-02Z') },
          ],
        },
      ],
    };
    const dataset = await openDataset<Row>(out, { columns: ['state', 'id'], where });
    const expected = rows
      .filter(
        ({ state, delay, day }) =>
          (state === 'N/Y' && (delay ?? -1) >= 100) ||
          (state === null && day.getTime() < Date.UTC(2001, 0, 2)),
      )
      .map(({ state, id }) => ({ state, id }));
    const found = await readAll(dataset);
    expect(found.sort(byId)).toEqual(expected);
    expect(Object.keys(found[0] ?? {})).toEqual(['state', 'id']);
    expect(dataset.files.map((file) => file.partition.state)).not.toContain('CA');
  });
});

test('a predicate compares decimals and ticks as what they are, or is refused', async () => {
  const priced = defineSchema({ price: decimal(6, 2), at: timestamp('us', { js: 'bigint' }) });
  const given = ['9.00', '10.00', '-3.50'].map((price, at) => ({ price, at: BigInt(at) * 1_000_000n }));
  await pipeline('write', (flow) => {
    flow.write('out', flow.source('rows', fromIterable(given), { schema: priced }), csv(out));
  }).run({ workers: 0 }).completed;
  const refused: readonly Predicate<Record<string, unknown>>[] = [
    { column: 'price', op: '<', value: '10.00' },
    { column: 'price', op: 'in', value: ['9.0'] },
    { and: [{ column: 'at', op: '>=', value: new Date(1_000) }] },
  ];
  for (const where of refused) {
    await expect(openDataset<Record<string, unknown>>(out, { where })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
    });
  }
  const units = defineSchema({
    price: decimal(6, 2, { js: 'bigint' }),
    at: timestamp('us', { js: 'date' }),
  });
  const dataset = await openDataset(out, {
    schema: units,
    where: {
      and: [
        { column: 'price', op: '<', value: 1_000n },
        { column: 'at', op: '>=', value: new Date(1_000) },
      ],
    },
  });
  expect(await readAll(dataset)).toEqual([{ price: -350n, at: new Date(2_000) }]);
});

test('a dataset that is replaced while it is read says so, by generations it stays what was opened', async () => {
  for (const publish of ['swap', 'generations'] as const) {
    const path = join(folder, publish);
    await write(parquet(path, { maxPartRows: 50, publish }));
    const dataset = await openDataset<Row>(path, { schema });
    const reading = dataset.open(never)[Symbol.asyncIterator]();
    const first = await reading.next();
    await write(parquet(path, { mode: 'overwrite', publish }), rows.slice(0, 3));
    const rest = async (): Promise<number> => {
      let count = first.value?.length ?? 0;
      for (let next = await reading.next(); !next.done; next = await reading.next())
        count += next.value.length;
      return count;
    };
    if (publish === 'swap') await expect(rest()).rejects.toMatchObject({ code: 'CONFLICT' });
    else expect(await rest()).toBe(200);
    expect(await readAll(await openDataset(path))).toHaveLength(3);
  }
});

test('a dataset that is appended to while it is read stays the version that was opened', async () => {
  await write(parquet(out, { maxPartRows: 50 }));
  const dataset = await openDataset<Row>(out);
  const reading = dataset.open(never)[Symbol.asyncIterator]();
  let count = (await reading.next()).value?.length ?? 0;
  await write(parquet(out, { mode: 'append' }), rows.slice(0, 3));
  for (let next = await reading.next(); !next.done; next = await reading.next()) count += next.value.length;
  expect(count).toBe(200);
  expect(await readAll(await openDataset(out))).toHaveLength(203);
});

test('files that are not in the manifest are not read; a file with another size is refused', async () => {
  await write(parquet(out));
  await writeFile(join(out, 'stray.parquet'), 'nothing');
  const dataset = await openDataset<Row>(out);
  expect(await readAll(dataset)).toHaveLength(200);
  await writeFile(dataset.files[0]?.path ?? '', 'damaged');
  await expect(readAll(dataset)).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
});

describe('a dataset with a damaged file of the same size', () => {
  beforeEach(async () => {
    await write(ndjson(out, { bigint: 'string', maxPartRows: 100 }));
    const [file] = (await openDataset<Row>(out)).files;
    const text = await readFile(file?.path ?? '', 'utf8');
    await writeFile(file?.path ?? '', text.replace('"delay":-49', '"delay":-48'));
  });

  test('is read as it is by default, and refused by its checksum when that is asked for', async () => {
    expect((await readAll(await openDataset<Row>(out))).find(({ id }) => id === rowOf(1).id)?.delay).toBe(
      -48,
    );
    const source = await openDataset<Row>(out, { verify: true });
    await expect(readAll(source)).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining('checksum'),
    });
  });

  test('is not compacted, which would give it a checksum of its own', async () => {
    const parts = (await openDataset<Row>(out)).files.length;
    const compacted = compact(out, {
      write: (path, options) => ndjson(path, { bigint: 'string', ...options }),
    });
    await expect(compacted).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    expect((await openDataset<Row>(out)).files).toHaveLength(parts);
  });

  test('is read whole, checksums and all, when nothing is damaged', async () => {
    await write(ndjson(out, { bigint: 'string', mode: 'overwrite' }));
    expect((await readAll(await openDataset<Row>(out, { verify: true }))).sort(byId)).toEqual(rows);
  });
});

test('checksums cannot be asked for where there is no manifest', async () => {
  await write(ndjson(out, { bigint: 'string' }));
  await rm(join(out, '_manifest.json'));
  await expect(openDataset(out, { verify: true })).rejects.toMatchObject({ code: 'PLAN_INVALID' });
});

test('a dataset is a source of a pipeline, and its fingerprint follows its content', async () => {
  await write(parquet(out, { partitionBy: ['state'] }));
  const dataset = await openDataset<Row>(out);
  const copy = join(folder, 'copy');
  await pipeline('copy', (flow) => {
    flow.write('copy', flow.source('rows', dataset), parquet(copy, { partitionBy: ['late'] }));
  }).run({ workers: 0 }).completed;
  expect((await readAll(await openDataset<Row>(copy))).sort(byId)).toEqual(rows);
  const again = await openDataset<Row>(out);
  expect(await again.fingerprint?.(never)).toBe(await dataset.fingerprint?.(never));
  await write(parquet(out, { partitionBy: ['state'], mode: 'append' }));
  const more = await openDataset<Row>(out);
  expect(await more.fingerprint?.(never)).not.toBe(await dataset.fingerprint?.(never));
});

describe('files without a manifest', () => {
  const sql = (text: string): Promise<unknown> => query(text);

  test('are read with the partitions that DuckDB, and Spark, name', async () => {
    await sql(
      `copy (select i::int as i, 'x' || i as text, i % 3 as year, case when i % 2 = 0 then 'a b=c' end as word,
         date '2001-01-01' + (i % 2)::int as day from range(60) t(i))
       to '${out}' (format parquet, partition_by (year, word, day))`,
    );
    await writeFile(join(out, '_SUCCESS'), '');
    await writeFile(join(out, 'year=0', '.part.crc'), 'x');
    const dataset = await openDataset(out);
    expect(dataset.partitionBy).toEqual(['year', 'word', 'day']);
    expect(dataset.runId).toBeUndefined();
    const found = await readAll(dataset);
    expect(found).toHaveLength(60);
    expect(found.find(({ i }) => i === 5)).toEqual({
      i: 5,
      text: 'x5',
      year: 2n,
      word: null,
      day: new Date('2001-01-02Z'),
    });
    expect(found.find(({ i }) => i === 4)?.word).toBe('a b=c');
    const pruned = await openDataset(out, {
      where: {
        and: [
          { column: 'year', op: '=', value: 1 },
          { column: 'word', op: 'isNotNull' },
        ],
      },
    });
    expect(new Set((await readAll(pruned)).map(({ year, word }) => `${year} ${word}`))).toEqual(
      new Set(['1 a b=c']),
    );
    expect(pruned.files.every(({ partition }) => partition.year === 1n)).toBe(true);
  });

  test('are matched by a pattern, with the partitions in their paths', async () => {
    await sql(
      `copy (select i, i % 3 as year from range(30) t(i)) to '${out}' (format parquet, partition_by (year))`,
    );
    const dataset = await openDataset(join(out, 'year={0,1}', '*.parquet'));
    expect((await readAll(dataset)).map(({ year }) => year).sort()).toEqual([
      ...new Array<bigint>(10).fill(0n),
      ...new Array<bigint>(10).fill(1n),
    ]);
    await expect(openDataset(join(out, '*.csv'))).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  });

  test('of text are read by schema, or as their reader has them', async () => {
    await sql(
      `copy (select i, 'x' as word, i % 2 as half from range(4) t(i)) to '${out}' (format csv, partition_by (half))`,
    );
    expect(await readAll(await openDataset(out))).toContainEqual({ i: '3', word: 'x', half: 1n });
    const typed = await openDataset(out, {
      schema: defineSchema({ half: int32(), i: int32() }),
      where: { column: 'i', op: '>', value: 1 },
    });
    expect(await readAll(typed)).toEqual([
      { half: 0, i: 2 },
      { half: 1, i: 3 },
    ]);
  });

  test('that are of several formats, or partitioned differently, are refused', async () => {
    await sql(`copy (select 1 as a, 2 as b) to '${out}' (format parquet, partition_by (b))`);
    await writeFile(join(out, 'x.csv'), 'a\n1\n');
    await expect(openDataset(out)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  });
});
