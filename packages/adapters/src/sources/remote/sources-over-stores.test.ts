// Sources of URLs: what a store has is read as local files are, whole or in part, one file or those that a pattern matches.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { defineSchema, int32, repeat, utf8 } from '@tailrace/core';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readArrow } from '../arrow/read-arrow.js';
import { readCsv } from '../csv/read-csv.js';
import { openDataset } from '../dataset/open-dataset.js';
import { readMsgpack } from '../msgpack/read-msgpack.js';
import { readNdjson } from '../ndjson/read-ndjson.js';
import { readParquet } from '../parquet/read-parquet.js';
import { filesOfDuckDB, never, readAll } from '../parquet/test-rig.js';
import { schemaFrom } from '../schema-from.js';
import { type MemoryStore, memoryStore } from './memory-store.js';

const { made } = filesOfDuckDB();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `{"id":${from + at}}\n`).join('');
/** Row groups of 10,000 rows, and a column that no encoder makes small. */
const table = (groups: number): string =>
  `SELECT i::INTEGER AS id, md5(i::VARCHAR) AS text, i // 10000 AS part FROM range(${groups * 10_000}) t(i)`;

let scratch = '';
const usual = process.env.TMPDIR;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tailrace-remote-'));
});
afterAll(() => rm(scratch, { recursive: true }));
afterEach(() => {
  if (usual === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usual;
});

let store: MemoryStore;
let stores: readonly [MemoryStore['ref']];
beforeEach(() => {
  store = memoryStore();
  stores = [store.ref];
});
const ids = (rows: readonly unknown[]): unknown[] => rows.map((row) => (row as { readonly id: unknown }).id);
const counted = (count: number, from = 0): number[] => Array.from({ length: count }, (_, at) => from + at);

describe('one file', () => {
  it('of CSV and NDJSON is read as it comes, compressed or not', async () => {
    const text = `id,name\n${counted(200_000)
      .map((id) => `${id},n${id}\n`)
      .join('')}`;
    store.files.set('a.csv', bytes(text));
    store.files.set('a.csv.gz', gzipSync(text));
    store.files.set('a.csv.br', brotliCompressSync(text, { params: {} }));
    const schema = defineSchema({ id: int32(), name: utf8() });
    for (const name of ['a.csv', 'a.csv.gz', 'a.csv.br']) {
      const rows = await readAll(readCsv(`memory://bucket/${name}`, { schema, stores }));
      expect(ids(rows), name).toEqual(counted(200_000));
    }
    store.files.set('a.ndjson', bytes(lines(0, 10)));
    expect(ids(await readAll(readNdjson('memory://bucket/a.ndjson', { stores })))).toEqual(counted(10));
  });

  it('of Arrow and MessagePack is read, too', async () => {
    const arrow = tableFromArrays({ id: Int32Array.from(counted(1_000)) });
    store.files.set('a.arrow', tableToIPC(arrow, 'file'));
    store.files.set('b.arrow', tableToIPC(arrow, 'stream'));
    for (const name of ['a.arrow', 'b.arrow']) {
      expect(ids(await readAll(readArrow(`memory://bucket/${name}`, { stores })))).toEqual(counted(1_000));
    }
    store.files.set('a.msgpack', Buffer.concat(counted(10).map((id) => encode({ id }))));
    expect(ids(await readAll(readMsgpack('memory://bucket/a.msgpack', { stores })))).toEqual(counted(10));
  });

  it('of Parquet is fetched by its footer, and only the columns that are asked for', async () => {
    store.files.set('a.parquet', await readFile(await made('columns', table(3), ', ROW_GROUP_SIZE 10000')));
    const size = store.files.get('a.parquet')?.length ?? 0;
    const url = 'memory://bucket/a.parquet';
    expect(ids(await readAll(readParquet(url, { columns: ['id'], stores })))).toEqual(counted(30_000));
    expect(store.seen.bytes).toBeLessThan(size / 2);
    store.seen.bytes = 0;
    const schema = defineSchema({ id: int32() });
    expect(ids(await readAll(readParquet(url, { schema, stores })))).toEqual(counted(30_000));
    expect(store.seen.bytes).toBeLessThan(size / 2);
    expect(ids(await readAll(readParquet(url, { stores })))).toEqual(counted(30_000));
  });

  it('leaves nothing behind, also when it is left early or is damaged, and what is said of it names its URL', async () => {
    process.env.TMPDIR = scratch;
    store.files.set('a.parquet', await readFile(await made('left', table(1))));
    for await (const chunk of readParquet('memory://bucket/a.parquet', { stores }).open(never)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    store.files.set('bad.parquet', bytes('x'.repeat(200_000)));
    const bad = readAll(readParquet('memory://bucket/bad.parquet', { stores }));
    await expect(bad).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/^'memory:\/\/bucket\/bad.parquet' is not a Parquet file/),
      context: { path: 'memory://bucket/bad.parquet' },
    });
    expect(await readdir(scratch)).toEqual([]);
    store.files.set('bad.csv', bytes('id,name\n1\n'));
    await expect(readAll(readCsv('memory://bucket/bad.csv', { stores }))).rejects.toThrow(
      "'memory://bucket/bad.csv' has 1 fields on line 2",
    );
  });

  it('that is missing, or of a store that nobody gave, is refused by name', async () => {
    await expect(readAll(readCsv('memory://bucket/no.csv', { stores }))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining("'memory://bucket/no.csv' is not there"),
    });
    await expect(readAll(readParquet('s3://bucket/a.parquet', { stores }))).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining("readParquet('s3://bucket/a.parquet') needs a store for s3"),
    });
  });

  it('that is replaced while it is read ends in a ConflictError', async () => {
    // More than what is asked for ahead.
    const old = bytes(`{"text":"${'x'.repeat(10_000)}"}\n`.repeat(2_000));
    store.files.set('a.ndjson', old);
    let rows = 0;
    const read = async (): Promise<void> => {
      const source = readNdjson('memory://bucket/a.ndjson', { stores, chunkRows: 100 });
      for await (const chunk of source.open(never)) {
        rows += chunk.length;
        store.files.set('a.ndjson', new Uint8Array(old));
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(rows).toBeGreaterThan(0);
  });

  it('ends with the reason of its signal', async () => {
    store.files.set('a.ndjson', bytes(lines(0, 100_000)));
    const life = new AbortController();
    const read = async (): Promise<void> => {
      for await (const _ of readNdjson('memory://bucket/a.ndjson', { stores }).open(life.signal))
        life.abort(new Error('enough'));
    };
    await expect(read()).rejects.toThrow('enough');
  });
});

describe('a pattern', () => {
  beforeEach(() => {
    for (const [at, name] of [
      'x/a.ndjson',
      'x/b.ndjson',
      'x/c.txt',
      'x/_tmp/d.ndjson',
      'y/e.ndjson',
    ].entries())
      store.files.set(name, bytes(lines(at * 10, at * 10 + 10)));
  });

  it('is listed by the store below what stands before its first sign, page by page, in the order of names', async () => {
    const rows = await readAll(readNdjson('memory://bucket/x/*.ndjson', { stores }));
    expect(ids(rows)).toEqual(counted(20));
    expect(store.seen).toMatchObject({ prefixes: ['memory://bucket/x/'], pages: 2 });
    expect(ids(await readAll(readNdjson('memory://bucket/**/*.ndjson', { stores })))).toEqual([
      ...counted(20),
      ...counted(10, 40),
    ]);
  });

  it('takes signs that are escaped for what they are', async () => {
    store.files.set('z*/f.ndjson', bytes(lines(0, 3)));
    store.files.set('zz/f.ndjson', bytes(lines(5, 9)));
    expect(ids(await readAll(readNdjson('memory://bucket/z%2A/*.ndjson', { stores })))).toEqual([0, 1, 2]);
    expect(ids(await readAll(readNdjson('memory://bucket/z%2a/f.ndjson', { stores })))).toEqual([0, 1, 2]);
  });

  it('that matches nothing is a failed source, and one for buckets is refused', async () => {
    await expect(readAll(readNdjson('memory://bucket/x/*.csv', { stores }))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining("No file matches 'memory://bucket/x/*.csv'"),
    });
    await expect(readAll(readNdjson('memory://b*/x.ndjson', { stores }))).rejects.toMatchObject({
      code: 'PLAN_INVALID',
    });
  });

  it('of CSV files without a schema wants the same columns in all of them', async () => {
    store.files.set('c/1.csv', bytes('id,name\n1,a\n'));
    store.files.set('c/2.csv', bytes('id,name\n2,b\n'));
    const read = () => readAll(readCsv('memory://bucket/c/*.csv', { stores }));
    expect(await read()).toEqual([
      { id: '1', name: 'a' },
      { id: '2', name: 'b' },
    ]);
    store.files.set('c/3.csv', bytes('name,id\nc,3\n'));
    await expect(read()).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining("'memory://bucket/c/3.csv' has the columns 'name', 'id'"),
    });
  });

  it('of Parquet files is a source of them all', async () => {
    store.files.set('p/1.parquet', await readFile(await made('one', table(1))));
    store.files.set('p/2.parquet', await readFile(await made('two', table(1))));
    const source = readParquet('memory://bucket/p/*.parquet', { columns: ['id'], stores });
    expect(ids(await readAll(source))).toEqual([...counted(10_000), ...counted(10_000)]);
  });
});

describe('the fingerprint', () => {
  it('is the same for the same files, and another for others, whatever the stores are called', async () => {
    store.files.set('a.ndjson', bytes(lines(0, 3)));
    const other = memoryStore();
    other.files.set('a.ndjson', bytes(lines(0, 3)));
    const of = (given: MemoryStore): Promise<string> | undefined =>
      readNdjson('memory://bucket/*.ndjson', { stores: [given.ref] }).fingerprint?.(never);
    const first = await of(store);
    expect(first).toMatch(/^files:/);
    expect(await of(store)).toBe(first);
    expect(await of(other)).toBe(first);
    store.files.set('a.ndjson', bytes(lines(0, 4)));
    expect(await of(store)).not.toBe(first);
  });
});

describe('the stores of a run', () => {
  it('are those of sources that were given none, also behind repeat', async () => {
    store.files.set('a.ndjson', bytes(lines(0, 3)));
    const source = readNdjson('memory://bucket/a.ndjson', { schema: defineSchema({ id: int32() }) });
    await expect(readAll(source)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    // A run asks so.
    const given = source.withStores?.(stores);
    expect(given && ids(await readAll(given))).toEqual([0, 1, 2]);
    const twice = repeat(source, 2).withStores?.(stores);
    expect(twice && ids(await readAll(twice))).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('come after those of the source', async () => {
    store.files.set('a.ndjson', bytes(lines(0, 3)));
    const source = readNdjson('memory://bucket/a.ndjson', { stores });
    const given = source.withStores?.([memoryStore().ref]);
    expect(given && ids(await readAll(given))).toEqual([0, 1, 2]);
    expect(readNdjson('a.ndjson').withStores).toBeUndefined();
  });
});

describe('openDataset', () => {
  it('reads what others have written: one file, a prefix with partitions, a pattern', async () => {
    for (const part of [1, 2])
      store.files.set(`d/part=${part}/a.ndjson`, bytes(lines(part * 10, part * 10 + 2)));
    store.files.set('d/_SUCCESS', new Uint8Array(0));
    store.files.set('one.ndjson', bytes(lines(0, 3)));
    expect(ids(await readAll(await openDataset('memory://bucket/one.ndjson', { stores })))).toEqual([
      0, 1, 2,
    ]);
    const dataset = await openDataset('memory://bucket/d', { stores });
    expect(dataset.partitionBy).toEqual(['part']);
    expect(await readAll(dataset)).toEqual([
      { id: 10, part: 1n },
      { id: 11, part: 1n },
      { id: 20, part: 2n },
      { id: 21, part: 2n },
    ]);
    const where = { column: 'part', op: '=', value: 2n } as const;
    const pattern = await openDataset('memory://bucket/d/*/*.ndjson', { stores, where });
    expect(pattern.files.map(({ path }) => path)).toEqual(['memory://bucket/d/part=2/a.ndjson']);
    expect(ids(await readAll(pattern))).toEqual([20, 21]);
    await expect(openDataset('memory://bucket/none', { stores })).rejects.toThrow('is not there');
  });

  it('fetches of Parquet the columns and the row groups that may hold what is wanted', async () => {
    store.files.set('t/a.parquet', await readFile(await made('groups', table(10), ', ROW_GROUP_SIZE 10000')));
    const size = store.files.get('t/a.parquet')?.length ?? 0;
    const where = { column: 'id', op: '<', value: 5 } as const;
    const dataset = await openDataset('memory://bucket/t/*.parquet', { stores, where });
    store.seen.bytes = 0;
    expect(ids(await readAll(dataset))).toEqual([0, 1, 2, 3, 4]);
    expect(store.seen.bytes).toBeLessThan(size / 4);
    const narrow = await openDataset('memory://bucket/t/*.parquet', { stores, columns: ['part'] });
    store.seen.bytes = 0;
    expect(await readAll(narrow)).toHaveLength(100_000);
    expect(store.seen.bytes).toBeLessThan(size / 4);
  });
});

it('schemaFrom knows the columns of files in stores, and reads no further than it must', async () => {
  store.files.set('a.parquet', await readFile(await made('schema', table(3))));
  const size = store.files.get('a.parquet')?.length ?? 0;
  const { fields } = await schemaFrom('memory://bucket/*.parquet', { stores });
  expect(fields.map(({ name, type }) => [name, type.kind])).toEqual([
    ['id', 'int32'],
    ['text', 'utf8'],
    ['part', 'int64'],
  ]);
  expect(store.seen.bytes).toBeLessThan(size / 4);
  store.files.set('a.csv', bytes('id,x\n1,2.5\n'));
  expect(await schemaFrom('memory://bucket/a.csv', { stores })).toMatchObject({
    fields: [{ name: 'id', type: { kind: 'float64' } }, { name: 'x' }],
  });
});
