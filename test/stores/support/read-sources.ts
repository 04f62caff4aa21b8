// Owns that sources read from a store what others have put there, and that other readers read what pipelines have written there: both
// by official SDKs and DuckDB, not by code of ours.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  openDataset,
  readArrow,
  readCsv,
  readMsgpack,
  readNdjson,
  readParquet,
} from '@tailrace/adapters/sources';
import {
  defineSchema,
  float64,
  int32,
  pipeline,
  type Schema,
  type Source,
  type StoreOfScheme,
  utf8,
} from '@tailrace/core';
import { loadModule, type StoreDefinition } from '@tailrace/core/sink';
import type { StorePlace } from '@tailrace/core/testing';
import { arrow, csv, msgpack, ndjson, parquet } from '@tailrace/writers';
import { expect } from 'vitest';
import { query } from '../../support/duckdb.js';

interface Row {
  readonly id: number;
  readonly kind: string;
  readonly half: number;
}

export interface ReadSources {
  /** URL of the bucket or container, with a slash at its end. */
  readonly root: string;
  /** Key below which everything lies. */
  readonly base: string;
  readonly stores: readonly StoreOfScheme[];
  /** By the SDK. */
  put(key: string, body: Uint8Array): Promise<void>;
  /** A target as its manifest tells of it, by the SDK. */
  place(kind: 'file' | 'directory', key: string): StorePlace;
  /** Bytes that the store has sent so far. */
  bytesRead(): number;
}

const schema: Schema<Row> = defineSchema({ id: int32(), kind: utf8(), half: float64() });
const rowsOfFile = 30_000;
const select = (from: number): string =>
  `SELECT i::INTEGER AS id, 'k' || (i % 3) AS kind, i / 2 AS half, md5(i::VARCHAR) AS ballast FROM range(${from}, ${from + rowsOfFile}) t(i)`;

/** What DuckDB writes of a query. */
async function made(directory: string, name: string, from: number, options: string): Promise<Uint8Array> {
  const path = join(directory, name);
  await query(`COPY (${select(from)}) TO '${path}' (${options})`);
  return readFile(path);
}

async function idsOf(source: Source<{ readonly id: number }>): Promise<number[]> {
  const ids: number[] = [];
  for await (const chunk of source.open(new AbortController().signal))
    for (const { id } of chunk) ids.push(id);
  return ids.sort((a, b) => a - b);
}

const counted = (rows: number): number[] => Array.from({ length: rows }, (_, id) => id);

/** Two files of Parquet that DuckDB has written, and one each of CSV and NDJSON, are read by sources of their URLs. */
export async function expectOthersFilesRead({
  root,
  base,
  stores,
  put,
  bytesRead,
}: ReadSources): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-others-'));
  const of = (name: string): string => `${root}${base}/in/${name}`;
  let bytes = 0;
  try {
    for (const part of [0, 1]) {
      const file = await made(
        directory,
        `${part}.parquet`,
        part * rowsOfFile,
        'FORMAT parquet, ROW_GROUP_SIZE 10000',
      );
      bytes += file.length;
      await put(`${base}/in/part=${part}/a.parquet`, file);
    }
    await put(`${base}/in/a.csv.gz`, gzipSync(await made(directory, 'a.csv', 0, 'FORMAT csv, HEADER')));
    await put(`${base}/in/a.ndjson`, await made(directory, 'a.ndjson', 0, 'FORMAT json'));
  } finally {
    await rm(directory, { recursive: true });
  }
  const before = bytesRead();
  const both = readParquet(of('*/*.parquet'), { schema, stores });
  expect(await idsOf(both)).toEqual(counted(2 * rowsOfFile));
  // The ballast is most of the files.
  expect(bytesRead() - before).toBeLessThan(bytes / 2);
  expect(await idsOf(readCsv(of('a.csv.gz'), { schema, stores }))).toEqual(counted(rowsOfFile));
  expect(await idsOf(readNdjson(of('*.ndjson'), { schema, stores }))).toEqual(counted(rowsOfFile));

  const early = await openDataset<Row>(of('*/*.parquet'), {
    stores,
    where: { column: 'id', op: '<', value: 5 },
  });
  const pruned = bytesRead();
  expect(await idsOf(early)).toEqual(counted(5));
  expect(bytesRead() - pruned).toBeLessThan(bytes / 3);
  const one = await openDataset<Row>(of('a.ndjson'), { stores });
  expect(await idsOf(one)).toEqual(counted(rowsOfFile));
  const below = await openDataset<Row>(of('part=1'), { stores });
  expect(await idsOf(below)).toEqual(counted(2 * rowsOfFile).slice(rowsOfFile));
  const partition = await openDataset<Row & { readonly part: bigint }>(of('').replace(/\/$/, ''), {
    stores,
    format: 'parquet',
    columns: ['id'],
    where: { column: 'part', op: '=', value: 1n },
  }).catch((error: unknown) => error);
  // The other files are of other formats, and not in partitions.
  expect(partition).toMatchObject({ code: 'PLAN_INVALID' });
}

/** A file that others replace by a shorter one while it is read is told of as replaced, wherever the read was. */
export async function expectReplacedIsTold({ root, base, stores, put }: ReadSources): Promise<void> {
  const [ref] = stores;
  if (ref === undefined) throw new Error('a store is needed');
  const { files } = await loadModule<StoreDefinition>(ref, 'store');
  const key = `${base}/replaced.csv`;
  await put(key, Buffer.from('id\n1\n2\n3\n'));
  const { signal } = new AbortController();
  const file = await files?.open({ options: ref.options, path: `${root}${key}`, signal });
  expect(Buffer.from((await file?.read({ start: 3, bytes: 4 })) ?? []).toString()).toBe('1\n2\n');
  await put(key, Buffer.from('id\n4\n'));
  for (const range of [
    { start: 0, bytes: 3 },
    { start: 3, bytes: 6 },
    { start: 7, bytes: 2 },
  ])
    await expect(file?.read(range)).rejects.toMatchObject({ code: 'CONFLICT' });
}

/** A pipeline reads by the stores of its run and writes every format back; DuckDB, or a source, finds all of it. */
export async function expectReadByOthers(reading: ReadSources): Promise<void> {
  const { root, base, stores, put, place } = reading;
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-read-by-others-'));
  const out = `${root}${base}/out`;
  try {
    await put(`${base}/from/a.parquet`, await made(directory, 'a.parquet', 0, 'FORMAT parquet'));
    const report = await pipeline('to others', (flow) => {
      // No stores of its own: they are those of the run.
      const rows = flow.source('rows', readParquet(`${root}${base}/from/*.parquet`, { schema }));
      flow.write('parquet', rows, parquet(`${out}/parquet`, { partitionBy: ['kind'] }));
      flow.write('csv', rows, csv(`${out}/rows.csv.gz`));
      flow.write('ndjson', rows, ndjson(`${out}/ndjson`));
      flow.write('arrow', rows, arrow(`${out}/rows.arrow`));
      flow.write('msgpack', rows, msgpack(`${out}/rows.msgpack`));
    }).run({ stores, workers: 1, memory: '1GiB' }).completed;
    expect(report.outputs.map(({ rows }) => rows)).toEqual(new Array(5).fill(rowsOfFile));

    const bring = async (kind: 'file' | 'directory', name: string): Promise<string> => {
      const at = place(kind, `${base}/out/${name}`);
      for (const file of await at.files()) {
        const path = kind === 'file' ? join(directory, name) : join(directory, name, file);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, await at.read(file));
      }
      return join(directory, name);
    };
    const found = `SELECT count(*)::INTEGER AS n, count(DISTINCT id)::INTEGER AS ids, sum(half)::DOUBLE AS half,
      count(*) FILTER (kind = 'k' || (id % 3))::INTEGER AS kinds FROM`;
    const half = (rowsOfFile * (rowsOfFile - 1)) / 4;
    const all = [{ n: rowsOfFile, ids: rowsOfFile, half, kinds: rowsOfFile }];
    const files = {
      parquet: `read_parquet('${await bring('directory', 'parquet')}/**/*.parquet', hive_partitioning = true)`,
      csv: `read_csv('${await bring('file', 'rows.csv.gz')}')`,
      ndjson: `read_json('${await bring('directory', 'ndjson')}/*.ndjson', format = 'newline_delimited')`,
    };
    for (const [name, from] of Object.entries(files))
      expect(await query(`${found} ${from}`), name).toEqual(all);
    // DuckDB has no reader of these.
    expect(await idsOf(readArrow(await bring('file', 'rows.arrow'), { schema }))).toEqual(
      counted(rowsOfFile),
    );
    expect(await idsOf(readMsgpack(await bring('file', 'rows.msgpack'), { schema }))).toEqual(
      counted(rowsOfFile),
    );
    expect(await idsOf(readArrow(`${out}/*.arrow`, { schema, stores }))).toEqual(counted(rowsOfFile));
    expect(await idsOf(readMsgpack(`${out}/rows.msgpack`, { schema, stores }))).toEqual(counted(rowsOfFile));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
