import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SinkWriter } from '../sink.js';
import { attemptFiles, range, testBatch, testSchema, valuesIn } from './file-sink-fixtures.js';
import type { LinesOptions } from './lines-format.js';
import { type MemoryStore, memoryStore } from './memory-store.js';
import { createPartitionedWriter, type PartitionedWriterOptions } from './partitioned-writer.js';

let store: MemoryStore;
beforeEach(() => {
  store = memoryStore();
});

function writer(
  options: Partial<PartitionedWriterOptions> = {},
  format: LinesOptions = {},
  signal: AbortSignal = new AbortController().signal,
): SinkWriter<undefined> {
  return createPartitionedWriter({
    output: 'routes',
    files: attemptFiles(store, format, signal, { fields: testSchema.fields.slice(1) }),
    signal,
    schema: testSchema,
    partitionBy: ['p'],
    nameOf: (index) => `part-${index}`,
    maxPartRows: undefined,
    maxPartBytes: undefined,
    maxPartAgeMs: undefined,
    minPartBytes: 2 ** 20,
    clock: { now: () => 0 },
    maxOpenPartitions: 64,
    maxPartitions: 10_000,
    bufferBytes: 2 ** 20,
    ...options,
  });
}

/** Directory -> values in the order of its parts. */
function valuesByDirectory(): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  const number = (path: string): number => Number(/part-(\d+)$/.exec(path)?.[1]);
  for (const [path, text] of [...store.staged].sort(([a], [b]) => number(a) - number(b))) {
    const directory = path.slice(0, path.lastIndexOf('/'));
    found[directory] = [...(found[directory] ?? []), ...valuesIn(text)];
  }
  return found;
}

describe('the writer with partitions', () => {
  it('leaves the partition columns out of the files and notes their values', async () => {
    const open = writer();
    await open.write(testBatch(0, 4, (v) => ['CA', 'a/b', null][v % 3] ?? null));
    const prepared = await open.prepare();
    expect(store.staged.get('p=CA/part-0')).toBe('{"v":0}\n{"v":3}\n');
    expect(prepared.files.map(({ path, rows, partition }) => ({ path, rows, partition }))).toEqual([
      { path: 'p=CA/part-0', rows: 2, partition: { p: 'CA' } },
      { path: 'p=__HIVE_DEFAULT_PARTITION__/part-0', rows: 1, partition: { p: null } },
      { path: 'p=a%2Fb/part-0', rows: 1, partition: { p: 'a/b' } },
    ]);
    expect(prepared.rows).toBe(4);
  });

  it('keeps every row once and in order, whatever the limits', async () => {
    const shape = fc.record({
      batches: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 5 }),
      partitions: fc.integer({ min: 1, max: 12 }),
      maxOpenPartitions: fc.integer({ min: 1, max: 4 }),
      bufferBytes: fc.integer({ min: 1, max: 400 }),
      maxPartRows: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ batches, partitions, ...limits }) => {
        store = memoryStore();
        const open = writer(limits);
        const partitionOf = (v: number): string => `${(v * 7) % partitions}`;
        let next = 0;
        for (const rows of batches) {
          await open.write(testBatch(next, next + rows, partitionOf));
          next += rows;
        }
        const prepared = await open.prepare();
        const expected: Record<string, number[]> = {};
        for (const v of range(0, next)) {
          const directory = `p=${partitionOf(v)}`;
          expected[directory] = [...(expected[directory] ?? []), v];
        }
        expect(valuesByDirectory()).toEqual(expected);
        expect(prepared.rows).toBe(next);
        expect(store.openFiles).toBe(0);
        expect(store.maxOpenFiles).toBeLessThanOrEqual(limits.maxOpenPartitions);
        expect(Math.max(0, ...prepared.files.map((file) => file.rows))).toBeLessThanOrEqual(
          limits.maxPartRows ?? next,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('finishes the partition used least recently, and sends its later rows to a new part', async () => {
    const open = writer({ maxOpenPartitions: 2, bufferBytes: 1 });
    for (const [at, p] of ['a', 'b', 'a', 'c', 'a', 'b'].entries())
      await open.write(testBatch(at, at + 1, () => p));
    await open.prepare();
    expect(store.created).toEqual(['p=a/part-0', 'p=b/part-0', 'p=c/part-0', 'p=b/part-1']);
    expect(valuesByDirectory()).toEqual({ 'p=a': [0, 2, 4], 'p=b': [1, 5], 'p=c': [3] });
  });

  it('spares crumbs: of those that are open one that is large enough is finished, though it was used last', async () => {
    const open = writer({ maxOpenPartitions: 2, bufferBytes: 1, minPartBytes: 20 });
    await open.write(testBatch(0, 1, () => 'crumb'));
    await open.write(testBatch(1, 5, () => 'large'));
    await open.write(testBatch(5, 6, () => 'next'));
    await open.write(testBatch(6, 7, () => 'crumb'));
    await open.prepare();
    // Both are crumbs while the other two are open: then it is the least recently used one after all.
    expect(store.created).toEqual(['p=crumb/part-0', 'p=large/part-0', 'p=next/part-0']);
    expect(valuesByDirectory()).toEqual({ 'p=crumb': [0, 6], 'p=large': [1, 2, 3, 4], 'p=next': [5] });
  });

  it('sends rows that must make room to parts that are open, before it opens others for fewer of them', async () => {
    const open = writer({ maxOpenPartitions: 1, bufferBytes: 40 });
    await open.write(testBatch(0, 11, () => 'open'));
    expect(store.created).toEqual(['p=open/part-0']);
    // Of eleven rows the six of another partition are more, but these five need no new part.
    await open.write(testBatch(11, 22, (v) => (v % 2 === 0 ? 'open' : 'other')));
    expect(store.created).toEqual(['p=open/part-0']);
    await open.prepare();
    expect(store.created).toEqual(['p=open/part-0', 'p=other/part-0']);
  });

  it('ends a part that is older than it may be when more rows come for it', async () => {
    let now = 0;
    const open = writer({ bufferBytes: 1, maxPartAgeMs: 1_000, clock: { now: () => now } });
    await open.write(testBatch(0, 1, () => 'a'));
    now = 999;
    await open.write(testBatch(1, 2, () => 'a'));
    await open.write(testBatch(2, 3, () => 'b'));
    now = 1_000;
    await open.write(testBatch(3, 4, () => 'a'));
    await open.write(testBatch(4, 5, () => 'b'));
    await open.prepare();
    expect(store.created).toEqual(['p=a/part-0', 'p=b/part-0', 'p=a/part-1']);
    expect(valuesByDirectory()).toEqual({ 'p=a': [0, 1, 3], 'p=b': [2, 4] });
  });

  it('encodes a partition as soon as it has enough rows for a batch', async () => {
    const open = writer({ bufferBytes: 2 ** 30 });
    await open.write(testBatch(0, 16_383));
    expect(store.created).toEqual([]);
    await open.write(testBatch(16_383, 16_384));
    expect(store.created).toEqual(['p=x/part-0']);
    await open.abort();
  });

  it('holds no more waiting rows than its buffer takes, with thousands of partitions', async () => {
    const bufferBytes = 2_000;
    let written = 0;
    store.fault = (step) => {
      if (step === 'write') written += 1;
    };
    const open = writer({ bufferBytes, maxOpenPartitions: 8 });
    for (let from = 0; from < 3_000; from += 500) {
      await open.write(testBatch(from, from + 500, (v) => `${v}`));
      // One row of four bytes per partition: each write to the store is one row.
      expect((from + 500 - written) * 4).toBeLessThanOrEqual(bufferBytes);
    }
    const prepared = await open.prepare();
    expect(prepared.rows).toBe(3_000);
    expect(store.maxOpenFiles).toBeLessThanOrEqual(8);
  });

  it('makes no file for a write without rows', async () => {
    expect(await writer().prepare()).toMatchObject({ rows: 0, bytes: 0, files: [] });
  });

  it('names the row and column of a value that cannot name a directory', async () => {
    const open = writer();
    await open.write(testBatch(0, 2));
    await expect(open.write(testBatch(2, 4, (v) => (v === 3 ? '\0' : 'x')))).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { column: 'p', row: 3 },
    });
  });

  it('leaves nothing after an abort, finished partitions included', async () => {
    const open = writer({ maxOpenPartitions: 2, bufferBytes: 1 });
    await open.write(testBatch(0, 9, (v) => `${v}`));
    expect(store.staged.size).toBeGreaterThan(0);
    await open.abort();
    expect([store.staged.size, store.openFiles]).toEqual([0, 0]);
  });

  it('leaves nothing when one of many files cannot be finished', async () => {
    store.fault = (step, path) => {
      if (step === 'close' && path.startsWith('p=5/')) throw new Error('fsync failed');
    };
    const open = writer();
    await open.write(testBatch(0, 40, (v) => `${v % 10}`));
    await expect(open.prepare()).rejects.toThrow(/fsync failed/);
    await open.abort();
    expect([store.staged.size, store.openFiles]).toEqual([0, 0]);
  });

  it('stops when cancelled', async () => {
    const life = new AbortController();
    const open = writer({}, {}, life.signal);
    await open.write(testBatch(0, 9, (v) => `${v}`));
    life.abort();
    await expect(open.prepare()).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(store.created).toEqual([]);
  });
});
