// Datasets in stores: those of others, by what their names say, and those of our own, by their manifests.
import { readFile } from 'node:fs/promises';
import type { Manifest, StoreVersion } from '@tailrace/core/sink';
import { beforeEach, describe, expect, it } from 'vitest';
import { filesOfDuckDB, readAll } from '../parquet/test-rig.js';
import { type MemoryStore, memoryStore } from '../remote/memory-store.js';
import { bytes, ids, lines, table } from '../remote/test-rows.js';
import { openDataset } from './open-dataset.js';

const { made } = filesOfDuckDB();
let store: MemoryStore;
let stores: readonly [MemoryStore['ref']];
beforeEach(() => {
  store = memoryStore();
  stores = [store.ref];
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

  const versionWith = (content: Uint8Array): StoreVersion => {
    const manifest: Manifest = {
      version: 1,
      runId: 'r',
      output: 'o',
      format: 'ndjson',
      schema: 'id: float64',
      columns: [{ name: 'id', type: { kind: 'float64' }, nullable: false }],
      partitionBy: [],
      rows: 3,
      bytes: content.length,
      files: [{ path: 'a.ndjson', rows: 3, bytes: content.length, checksum: '' }],
    };
    const read: StoreVersion['read'] = async (_, { start, bytes: count }) =>
      content.slice(start, start + count);
    return { manifest, read };
  };

  it('opens what a run has written also where its name looks like a pattern', async () => {
    store.files.set('run1', bytes(lines(5, 9)));
    store.versions.set('memory://bucket/run[1]', versionWith(bytes(lines(0, 3))));
    expect(ids(await readAll(await openDataset('memory://bucket/run[1]', { stores })))).toEqual([0, 1, 2]);
  });

  it('opens a dataset at a path with an extension, and one file at a path without', async () => {
    store.versions.set('memory://bucket/x.ndjson/', versionWith(bytes(lines(0, 3))));
    expect(ids(await readAll(await openDataset('memory://bucket/x.ndjson', { stores })))).toEqual([0, 1, 2]);
    store.versions.set('memory://bucket/z?single', versionWith(bytes(lines(3, 6))));
    expect(ids(await readAll(await openDataset('memory://bucket/z', { stores })))).toEqual([3, 4, 5]);
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
