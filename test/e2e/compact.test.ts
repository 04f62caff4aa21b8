// Datasets of many small parts, compacted: the same rows in fewer files, in one commit, and nothing else touched.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompactOptions, compact, openDataset } from '@tailrace/adapters/sources';
import {
  date,
  decodeManifest,
  defineSchema,
  float32,
  float64,
  fromIterable,
  int64,
  list,
  type Manifest,
  map,
  nullable,
  pipeline,
  type Schema,
  type Sink,
  struct,
  timestamp,
  utf8,
} from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { query } from '../support/duckdb.js';

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-compact-'));
  out = join(folder, 'out');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const schema = defineSchema({
  id: int64(),
  state: utf8(),
  day: nullable(date()),
  at: timestamp('us', { js: 'number' }),
  share: float64(),
});
type Row = typeof schema extends Schema<infer R> ? R : never;
const states = ['CA', 'a/b=c', ''];
const rowOf = (at: number): Row => ({
  id: BigInt(at),
  state: states[at % 3] ?? '',
  day: at % 2 === 0 ? null : new Date(Date.UTC(2001, 0, at % 5)),
  at: at * 1_001,
  share: at === 7 ? -0 : at / 3,
});
const rows = Array.from({ length: 240 }, (_, at) => rowOf(at));

async function write(sink: Sink<Row>, given: readonly Row[], batchRows?: number): Promise<void> {
  await pipeline('write', (flow) => {
    flow.write('daily', flow.source('rows', fromIterable(given), { schema, batchRows }), sink);
  }).run({ workers: 0 }).completed;
}

async function manifestAt(path: string): Promise<Manifest> {
  const manifest = decodeManifest(await readFile(join(path, '_manifest.json'), 'utf8'));
  if (manifest === undefined) throw new Error('no manifest');
  return manifest;
}

/** Every row with the directory that it lies in, as DuckDB reads the files that are there. */
const rowsByDuckDb = (path: string): Promise<unknown[]> =>
  query(
    `select * exclude (filename), parse_path(filename)[-2] as directory
     from read_parquet('${path}/**/*.parquet', hive_partitioning = true, filename = true) order by id`,
  );

const toParquet: CompactOptions = {
  write: (path, options) => parquet(path, options),
  workers: 0,
  targetBytes: 2_000_000,
};

describe.each(['swap', 'generations'] as const)('compact, published by %s', (publish) => {
  const into = (options: object): Sink<Row> =>
    parquet<Row>(out, { partitionBy: ['state'], publish, ...options });

  test('makes one part of many in every partition, with the same rows for every reader', async () => {
    for (let from = 0; from < 240; from += 60) {
      await write(
        into({ mode: from === 0 ? 'error' : 'append', maxPartRows: 10 }),
        rows.slice(from, from + 60),
      );
    }
    const [before, seen] = [await manifestAt(out), await rowsByDuckDb(out)];
    const report = await compact(out, toParquet);
    expect(report).toEqual({ replacedFiles: 24, rows: 240, writtenFiles: 3 });
    expect(await rowsByDuckDb(out)).toEqual(seen);
    const after = await manifestAt(out);
    expect(after.files.map(({ rows: count }) => count)).toEqual([80, 80, 80]);
    const { runId: _, files: __, bytes: ___, follows: ____, ...head } = before;
    expect(after).toMatchObject(head);
    const given: Row[] = [];
    for await (const chunk of (await openDataset<Row>(out)).open(new AbortController().signal))
      given.push(...chunk);
    // The empty text and null share a directory, and read back as null.
    const expected = rows.map((row) => (row.state === '' ? { ...row, state: null } : row));
    expect(given.toSorted((a, b) => Number(a.id - b.id))).toEqual(expected);
    expect(await compact(out, toParquet)).toEqual({ replacedFiles: 0, rows: 0, writtenFiles: 0 });
  });

  test('touches neither parts that are large enough nor files that are not in the manifest', async () => {
    await write(into({}), rows);
    const large = await manifestAt(out);
    const limit = Math.min(...large.files.map(({ bytes }) => bytes));
    for (const from of [0, 20]) await write(into({ mode: 'append' }), rows.slice(from, from + 20));
    await writeFile(join(out, 'notes.txt'), 'mine');
    const report = await compact(out, { ...toParquet, smallBytes: limit });
    expect(report).toMatchObject({ replacedFiles: 6, writtenFiles: 3 });
    const after = await manifestAt(out);
    for (const file of large.files) expect(after.files).toContainEqual(file);
    expect(await readFile(join(out, 'notes.txt'), 'utf8')).toBe('mine');
    expect(after.rows).toBe(280);
  });
});

test('makes one part of the several that each of many partitions got, where more were there than may be open', async () => {
  const many = Array.from({ length: 2_000 }, (_, at) => ({ ...rowOf(at), state: `s${at % 40}` }));
  const narrow = { partitionBy: ['state' as const], maxOpenPartitions: 3, partitionBufferBytes: '4KiB' };
  await write(parquet<Row>(out, narrow), many, 200);
  const [before, seen] = [await manifestAt(out), await rowsByDuckDb(out)];
  expect(before.files.length).toBeGreaterThan(80);
  const report = await compact(out, {
    ...toParquet,
    write: (path, options) => parquet(path, { ...narrow, ...options }),
  });
  expect(report).toEqual({ replacedFiles: before.files.length, rows: 2_000, writtenFiles: 40 });
  expect((await manifestAt(out)).files.map(({ rows: count }) => count)).toEqual(new Array(40).fill(50));
  expect(await rowsByDuckDb(out)).toEqual(seen);
});

test.each([
  { format: 'csv', write: csv, options: {} },
  { format: 'ndjson', write: ndjson, options: {} },
])('compacts $format', async ({ write: make, options }) => {
  await write(make<Row>(out, { partitionBy: ['day'], maxPartRows: 7 }), rows);
  const before = await readAllOf(out);
  const report = await compact(out, {
    ...toParquet,
    write: (path, given) => make(path, { ...options, ...given }),
  });
  expect(report.writtenFiles).toBe(6);
  expect(await readAllOf(out)).toEqual(before);
});

test('compacts CSV with nullable columns as the manifest or the caller says that null is written, and in no other way', async () => {
  const named = defineSchema({ id: int64(), name: nullable(utf8()) });
  const given = ['x', null, '', '\\N'].map((name, at) => ({ id: BigInt(at), name }));
  const nullText = '\\N';
  await pipeline('write', (flow) => {
    const from = flow.source('rows', fromIterable(given), { schema: named });
    flow.write('names', from, csv(out, { nullText, maxPartRows: 1 }));
  }).run({ workers: 0 }).completed;
  const seen = async (): Promise<unknown[]> => {
    const found: unknown[] = [];
    const source = await openDataset(out);
    for await (const chunk of source.open(new AbortController().signal)) found.push(...chunk);
    return found;
  };
  expect(await seen()).toEqual(given);
  // Parts with another text for null would be read wrongly beside those that stay.
  await expect(compact(out, { ...toParquet, write: (path, options) => csv(path, options) })).rejects.toThrow(
    /option nullText .* "\\\\N", and would be ""/,
  );
  // As a version before this one has left it.
  const { dialect, ...untoldManifest } = await manifestAt(out);
  expect(dialect).toMatchObject({ nullText });
  await writeFile(join(out, '_manifest.json'), JSON.stringify(untoldManifest));
  const before = await manifestAt(out);
  const untold: CompactOptions = {
    ...toParquet,
    write: (path, options) => csv(path, { nullText, ...options }),
  };
  await expect(compact(out, untold)).rejects.toMatchObject({
    code: 'PLAN_INVALID',
    message: expect.stringContaining('Give csv.nullText'),
  });
  expect(await manifestAt(out)).toEqual(before);
  expect(await compact(out, { ...untold, csv: { nullText } })).toMatchObject({ writtenFiles: 1 });
  // All of its files are new.
  expect((await manifestAt(out)).dialect).toEqual(dialect);
  expect(await seen()).toEqual(given);
});

test('compacts NDJSON in which null stands for what is not finite, and its columns stay without nulls', async () => {
  const odd = defineSchema({
    id: int64(),
    share: float64(),
    list: list(float32()),
    named: nullable(struct({ x: float64(), by: map(utf8(), float64()) })),
    maybe: nullable(float64()),
  });
  const { NaN: none, POSITIVE_INFINITY: most } = Number;
  const given = [none, most, 0.5, -0].map((share, at) => ({
    id: BigInt(at),
    share,
    list: [share, 1],
    named: at === 2 ? null : { x: share, by: new Map([['a', share]]) },
    maybe: at === 0 ? null : share,
  }));
  await pipeline('write', (flow) => {
    const from = flow.source('rows', fromIterable(given), { schema: odd });
    flow.write('odd', from, ndjson(out, { nonFinite: 'null', maxPartRows: 1 }));
  }).run({ workers: 0 }).completed;
  const [before, seen] = [await manifestAt(out), await readAllOf(out)];
  expect(seen).toMatchObject([
    { share: null, list: [null, 1] },
    { share: null },
    { share: 0.5 },
    { share: -0 },
  ]);
  // What was an infinity would become the text NaN.
  const asText: CompactOptions = {
    ...toParquet,
    write: (path, options) => ndjson(path, { nonFinite: 'string', ...options }),
  };
  await expect(compact(out, asText)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  const again: CompactOptions = {
    ...toParquet,
    write: (path, options) => ndjson(path, { nonFinite: 'null', ...options }),
  };
  expect(await compact(out, again)).toEqual({ replacedFiles: 4, rows: 4, writtenFiles: 1 });
  expect(await readAllOf(out)).toEqual(seen);
  expect((await manifestAt(out)).columns).toEqual(before.columns);
});

async function readAllOf(path: string): Promise<Row[]> {
  const given: Row[] = [];
  for await (const chunk of (await openDataset<Row>(path)).open(new AbortController().signal))
    given.push(...chunk);
  return given.toSorted((a, b) => Number(a.id - b.id));
}

test('an aborted compaction leaves the dataset as it was, and nothing beside it', async () => {
  await write(parquet<Row>(out, { maxPartRows: 20 }), rows);
  const before = await manifestAt(out);
  const controller = new AbortController();
  const aborting: CompactOptions = {
    ...toParquet,
    signal: controller.signal,
    write: (path, options) => {
      controller.abort();
      return parquet(path, options);
    },
  };
  await expect(compact(out, aborting)).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await manifestAt(out)).toEqual(before);
  expect(await readdir(folder)).toEqual(['out']);
});

test('refuses what it cannot keep exactly', async () => {
  await mkdir(out);
  await query(`copy (select 1 as a) to '${join(out, 'x.parquet')}' (format parquet)`);
  await expect(compact(out, toParquet)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  const [old, other] = [join(folder, 'old'), join(folder, 'other')];
  await write(parquet<Row>(old, { maxPartRows: 20 }), rows);
  const { columns: _, ...manifest } = await manifestAt(old);
  await writeFile(join(old, '_manifest.json'), JSON.stringify(manifest));
  await expect(compact(old, toParquet)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  await write(parquet<Row>(other, { maxPartRows: 20 }), rows);
  const asCsv: CompactOptions = { ...toParquet, write: (path, options) => csv(path, options) };
  await expect(compact(other, asCsv)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  const elsewhere: CompactOptions = {
    ...toParquet,
    write: (_path, options) => parquet(`${other}-2`, options),
  };
  await expect(compact(other, elsewhere)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
});
