import { beforeEach, describe, expect, it } from 'vitest';
import type { SinkWriter } from '../sink.js';
import { attemptFiles, range, testBatch, valuesIn } from './file-sink-fixtures.js';
import type { LinesOptions } from './lines-format.js';
import { type MemoryStore, memoryStore } from './memory-store.js';
import { createPlainWriter, type PlainWriterOptions } from './plain-writer.js';

let store: MemoryStore;
beforeEach(() => {
  store = memoryStore();
});

function writer(
  options: Partial<PlainWriterOptions> = {},
  format: LinesOptions = {},
  signal: AbortSignal = new AbortController().signal,
): SinkWriter<undefined> {
  return createPlainWriter({
    output: 'routes',
    files: attemptFiles(store, format, signal),
    signal,
    pathOf: (index) => `part-${index}`,
    maxPartRows: undefined,
    maxPartBytes: undefined,
    maxPartAgeMs: undefined,
    clock: { now: () => 0 },
    emptyFile: true,
    ...options,
  });
}

const parts = (): Record<string, number[]> =>
  Object.fromEntries([...store.staged].map(([path, text]) => [path, valuesIn(text)]));

describe('the writer without partitions', () => {
  it('puts all batches into one part and accounts for it', async () => {
    const open = writer();
    await open.write(testBatch(0, 3));
    await open.write(testBatch(3, 5));
    const prepared = await open.prepare();
    expect(parts()).toEqual({ 'part-0': range(0, 5) });
    const bytes = store.staged.get('part-0')?.length;
    expect(prepared).toMatchObject({ rows: 5, bytes, files: [{ path: 'part-0', rows: 5, bytes }] });
    expect(prepared.files[0]?.checksum).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(store.openFiles).toBe(0);
  });

  it('ends a part at exactly the rows asked for, splitting batches where it must', async () => {
    const open = writer({ maxPartRows: 4 });
    for (const [from, to] of [
      [0, 3],
      [3, 4],
      [4, 14],
      [14, 15],
    ] as const) {
      await open.write(testBatch(from, to));
    }
    const prepared = await open.prepare();
    expect(parts()).toEqual({
      'part-0': range(0, 4),
      'part-1': range(4, 8),
      'part-2': range(8, 12),
      'part-3': range(12, 15),
    });
    expect(prepared.files.map((file) => file.rows)).toEqual([4, 4, 4, 3]);
  });

  it('makes no empty part after a limit that was met exactly', async () => {
    const open = writer({ maxPartRows: 2 });
    await open.write(testBatch(0, 4));
    expect((await open.prepare()).files).toHaveLength(2);
  });

  it('ends a part after the batch that reaches the encoded bytes asked for', async () => {
    const open = writer({ maxPartBytes: 40 });
    for (let at = 0; at < 8; at += 2) await open.write(testBatch(at, at + 2));
    await open.prepare();
    // A batch of two rows makes about 32 bytes.
    expect(parts()).toEqual({ 'part-0': range(0, 4), 'part-1': range(4, 8) });
  });

  it('makes one file without rows for a write without rows, unless told otherwise', async () => {
    expect(await writer().prepare()).toMatchObject({
      rows: 0,
      files: [{ path: 'part-0', rows: 0, bytes: 0 }],
    });
    store = memoryStore();
    expect(await writer({ emptyFile: false }).prepare()).toMatchObject({ rows: 0, files: [] });
    expect(store.created).toEqual([]);
  });

  it('does not count batches without rows', async () => {
    const open = writer({ emptyFile: false });
    await open.write(testBatch(0, 0));
    expect((await open.prepare()).files).toEqual([]);
  });
});

describe('the proof that nothing was lost', () => {
  it('refuses a file in which the encoder counts fewer rows than were sent', async () => {
    const open = writer({}, { hiddenRows: 1 });
    await open.write(testBatch(0, 3));
    await expect(open.prepare()).rejects.toMatchObject({
      code: 'ENCODE_MISMATCH',
      message: expect.stringContaining('2 rows instead of the 3'),
    });
  });

  it('refuses a file of which the store kept fewer bytes than were encoded', async () => {
    store.lostBytes = 1;
    const open = writer();
    await open.write(testBatch(0, 3));
    await expect(open.prepare()).rejects.toMatchObject({ code: 'ENCODE_MISMATCH' });
  });

  it('finds a failed write of a format that did not wait for it', async () => {
    store.fault = (step) => {
      if (step === 'write') throw new Error('disk gone');
    };
    const open = writer({}, { careless: true });
    await open.write(testBatch(0, 3));
    await expect(open.prepare()).rejects.toThrow(/disk gone/);
  });

  it('puts errors of a format into the family, with the file they concern', async () => {
    const open = writer({}, { failAtRow: 1 });
    await expect(open.write(testBatch(0, 3))).rejects.toMatchObject({
      code: 'SINK_FAILED',
      status: 'temporary',
      message: expect.stringContaining('part-0'),
      context: { output: 'routes', path: 'part-0', format: 'lines' },
    });
  });
});

describe('abort', () => {
  it('removes finished and open parts', async () => {
    const open = writer({ maxPartRows: 2 });
    await open.write(testBatch(0, 5));
    expect([store.staged.size, store.openFiles]).toEqual([2, 1]);
    await open.abort();
    expect([store.staged.size, store.openFiles]).toEqual([0, 0]);
    await open.abort();
  });

  it('removes the file of a format that could not be opened', async () => {
    const open = writer({}, { failOpen: true });
    await expect(open.write(testBatch(0, 1))).rejects.toThrow(/no encoder today/);
    expect(store.openFiles).toBe(0);
  });

  it('removes a part that could not be finished', async () => {
    store.fault = (step) => {
      if (step === 'close') throw new Error('fsync failed');
    };
    const open = writer();
    await open.write(testBatch(0, 1));
    await expect(open.prepare()).rejects.toThrow(/fsync failed/);
    await open.abort();
    expect([store.staged.size, store.openFiles]).toEqual([0, 0]);
  });

  it('does not throw, and goes on with the next file, when format and store fail as well', async () => {
    const removed: string[] = [];
    store.fault = (step, path) => {
      if (step !== 'remove') return;
      removed.push(path);
      throw new Error('cannot remove');
    };
    const open = writer({ maxPartRows: 1 }, { failAbort: true });
    await open.write(testBatch(0, 3));
    await open.abort();
    expect(removed).toEqual(['part-0', 'part-1', 'part-2']);
  });

  it('is what a cancelled signal leads to: nothing more is written', async () => {
    const life = new AbortController();
    const open = writer({}, {}, life.signal);
    await open.write(testBatch(0, 1));
    life.abort();
    await expect(open.write(testBatch(1, 2))).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(open.prepare()).rejects.toMatchObject({ code: 'CANCELLED' });
    await open.abort();
    expect(store.openFiles).toBe(0);
  });
});
