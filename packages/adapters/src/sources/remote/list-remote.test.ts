// Patterns of URLs: which files of a store they are, and in which order they are read.
import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { readCsv } from '../csv/read-csv.js';
import { openDataset } from '../dataset/open-dataset.js';
import { readNdjson } from '../ndjson/read-ndjson.js';
import { readParquet } from '../parquet/read-parquet.js';
import { filesOfDuckDB, readAll } from '../parquet/test-rig.js';
import { type MemoryStore, memoryStore } from './memory-store.js';
import { bytes, counted, ids, lines, table } from './test-rows.js';

const { made } = filesOfDuckDB();
let store: MemoryStore;
let stores: readonly [MemoryStore['ref']];
beforeEach(() => {
  store = memoryStore();
  stores = [store.ref];
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

  it('with a range in braces, or an escape that is no text, is refused', async () => {
    store.files.set('x/p-12.ndjson', bytes(lines(0, 3)));
    store.files.set('x/p-2.ndjson', bytes(lines(5, 9)));
    for (const url of ['memory://bucket/x/p-{1..12}.ndjson', 'memory://bucket/%E9*.ndjson'])
      await expect(readAll(readNdjson(url, { stores })), url).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  });

  it('takes parentheses and a first ! for signs of names', async () => {
    store.files.set('a (1)/f.ndjson', bytes(lines(0, 3)));
    store.files.set('a 1/f.ndjson', bytes(lines(5, 9)));
    store.files.set('!x.ndjson', bytes(lines(0, 2)));
    expect(ids(await readAll(readNdjson('memory://bucket/a (1)/*.ndjson', { stores })))).toEqual([0, 1, 2]);
    expect(ids(await readAll(readNdjson('memory://bucket/!x*', { stores })))).toEqual([0, 1]);
  });

  it('may go over directories of different partitions, and leaves out what stands for directories', async () => {
    store.files.set('m/a.ndjson', bytes(lines(0, 2)));
    store.files.set('m/part=1', new Uint8Array(0));
    store.files.set('m/part=1-x/c.ndjson', bytes(lines(4, 6)));
    store.files.set('m/part=1/b.ndjson', bytes(lines(2, 4)));
    store.files.set('m/part=1_$folder$', new Uint8Array(0));
    expect(ids(await readAll(readNdjson('memory://bucket/m/**', { stores })))).toEqual([0, 1, 4, 5, 2, 3]);
    store.files.delete('m/a.ndjson');
    const dataset = await openDataset('memory://bucket/m', { stores });
    expect(dataset.files.map(({ path }) => path)).toEqual([
      'memory://bucket/m/part=1-x/c.ndjson',
      'memory://bucket/m/part=1/b.ndjson',
    ]);
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
