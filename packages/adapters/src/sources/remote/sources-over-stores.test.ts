// Sources of URLs: what a store has is read as local files are, whole or in part, one file or those that a pattern matches.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { defineSchema, int32, repeat, utf8 } from '@tailrace/core';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readArrow } from '../arrow/read-arrow.js';
import { readCsv } from '../csv/read-csv.js';
import { readMsgpack } from '../msgpack/read-msgpack.js';
import { readNdjson } from '../ndjson/read-ndjson.js';
import { readParquet } from '../parquet/read-parquet.js';
import { filesOfDuckDB, never, readAll } from '../parquet/test-rig.js';
import { schemaFrom } from '../schema-from.js';
import { type MemoryStore, memoryStore } from './memory-store.js';
import { bytes, counted, ids, lines, table } from './test-rows.js';

const { made } = filesOfDuckDB();
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

describe('one file', () => {
  it('of CSV and NDJSON is read as it comes, compressed or not', async () => {
    const text = `id,name\n${counted(200_000)
      .map((id) => `${id},n${id}\n`)
      .join('')}`;
    store.files.set('a.csv', bytes(text));
    store.files.set('a.csv.gz', gzipSync(text));
    store.files.set(
      'a.csv.br',
      brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
    );
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

  it('of Parquet that is none costs its last bytes, whatever its size', async () => {
    for (const end of ['x'.repeat(8), '\xff\xff\xff\xffPAR1']) {
      store.seen.bytes = 0;
      store.files.set('bad.parquet', Buffer.from('x'.repeat(2 ** 21) + end, 'latin1'));
      await expect(readAll(readParquet('memory://bucket/bad.parquet', { stores }))).rejects.toMatchObject({
        code: 'SOURCE_FAILED',
      });
      expect(store.seen.bytes).toBe(64 * 1_024);
    }
  });

  it('that finds no room for its scratch file says so, and what to do', async () => {
    process.env.TMPDIR = join(scratch, 'none');
    store.files.set('a.parquet', await readFile(await made('room', table(1))));
    await expect(readAll(readParquet('memory://bucket/a.parquet', { stores }))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/^'memory:\/\/bucket\/a.parquet' cannot be read: .*ENOENT.*set TMPDIR/),
    });
  });

  it('is refused with a user or a query in its URL, which are not told', () => {
    const declared = [
      () => readCsv('https://a.blob/c/a.csv?sv=1&sig=hush'),
      () => readNdjson('az://c/a.ndjson?sig=hush'),
      () => readMsgpack('s3://me:hush@b/a.msgpack'),
      () => readArrow('s3://hush@b/a.arrow'),
      () => readParquet(['a.parquet', 's3://b/a.parquet?sig=hush']),
    ];
    for (const declare of declared) {
      const told = expect.not.stringContaining('hush');
      expect(declare).toThrow(expect.objectContaining({ code: 'PLAN_INVALID', message: told }));
    }
    expect(() => readCsv('s3://b/p=1/a?.csv')).not.toThrow();
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
    await expect(source.fingerprint?.(never)).rejects.toThrow(/^readNdjson\('memory:.* needs a store/);
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

it('schemaFrom knows the columns of Arrow by its footer, of a stream by its first message', async () => {
  const names = counted(1_000).map((at) => `a column with a long name ${at}`);
  const arrow = tableFromArrays({
    id: Int32Array.from(counted(4_000)),
    ...Object.fromEntries(names.map((name) => [name, new Int8Array(4_000)])),
  });
  for (const form of ['file', 'stream'] as const) {
    store.files.set('a.arrow', tableToIPC(arrow, form));
    store.seen.bytes = 0;
    const { fields } = await schemaFrom('memory://bucket/a.arrow', { stores });
    expect(fields.map(({ name }) => name)).toEqual(['id', ...names]);
    expect(store.seen.bytes).toBeLessThan((store.files.get('a.arrow')?.length ?? 0) / 2);
  }
  store.files.set('bad.arrow', bytes('x'.repeat(2 ** 20)));
  store.seen.bytes = 0;
  await expect(schemaFrom('memory://bucket/bad.arrow', { stores })).rejects.toThrow('no Arrow file');
  expect(store.seen.bytes).toBe(64 * 1_024);
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
