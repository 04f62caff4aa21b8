import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Batch, batchData } from '../batch/batch.js';
import { contentBytes } from '../batch/content-bytes.js';
import { rowReader } from '../batch/row-reader.js';
import { createMemory } from './create-memory.js';
import { readSpilled } from './scratch.js';
import { buildBatches, createTestMemory } from './test-rig.js';

const rows = Array.from({ length: 1_000 }, (_, n) => ({
  n,
  text: n % 3 === 0 ? null : `row ${n} é`,
  at: new Date(n * 1e9),
}));

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new RangeError('nothing there');
  return item;
}

describe('scratch storage on a real disk', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tailrace-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('gives batches back as they were, charged to the budget, and removes everything at the end', async () => {
    const memory = createMemory({ limitBytes: 2 ** 22, scratchDir: directory });
    const batch: Batch<unknown> = only(buildBatches(rows, { memory }));
    expect(readdirSync(directory)).toEqual([]);
    const spilled = [await memory.scratch.spill(batch), memory.scratch.spillSync(batch)];
    expect(spilled.map((each) => [each.rows, each.contentBytes])).toEqual([
      [1_000, contentBytes(batchData(batch))],
      [1_000, contentBytes(batchData(batch))],
    ]);
    expect(memory.scratch.usedBytes).toBe(spilled.reduce((sum, { path }) => sum + statSync(path).size, 0));
    const home = join(directory, only(readdirSync(directory)));
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(statSync(only(spilled).path).mode & 0o777).toBe(0o600);
    batch.release();
    expect(memory.budget.usedBytes).toBe(0);

    const loaded = await memory.scratch.load(only(spilled));
    expect(memory.budget.used('batch')).toBe(loaded.bytes);
    expect([...loaded.toRows()]).toEqual(rows);
    loaded.release();
    expect(memory.budget.usedBytes).toBe(0);
    expect([...rowReader(await readSpilled(only(spilled).path))]).toEqual(rows);

    memory.scratch.remove(only(spilled));
    memory.scratch.remove(only(spilled));
    expect(memory.scratch.usedBytes).toBe(spilled[1]?.bytes);
    await memory.scratch.close();
    await memory.scratch.close();
    expect(existsSync(home)).toBe(false);
    await expect(memory.scratch.spill(batch)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('says what to do when the directory cannot be made', () => {
    const memory = createMemory({ limitBytes: 2 ** 22, scratchDir: join(directory, 'missing') });
    const batch = only(buildBatches(rows));
    expect(() => memory.scratch.spillSync(batch)).toThrow(
      expect.objectContaining({ code: 'STORE_FAILED', message: expect.stringContaining('scratchDir') }),
    );
    expect(memory.scratch.usedBytes).toBe(0);
  });

  it('names the file that cannot be read back, and charges nothing for it', async () => {
    const memory = createMemory({ limitBytes: 2 ** 22, scratchDir: directory });
    const batch = only(buildBatches(rows));
    const spilled = memory.scratch.spillSync(batch);
    rmSync(spilled.path);
    await expect(memory.scratch.load(spilled)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      context: { path: spilled.path },
    });
    expect(memory.budget.usedBytes).toBe(0);
    await memory.scratch.close();
  });
});

describe('scratch storage', () => {
  it('refuses more than its limit, counting spills that are still being written', async () => {
    const probe = createTestMemory();
    const batch = only(buildBatches(rows));
    const size = probe.scratch.spillSync(batch).bytes;
    const memory = createTestMemory({ scratchLimitBytes: size * 2 });
    const results = await Promise.allSettled([1, 2, 3].map(() => memory.scratch.spill(batch)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(() => memory.scratch.spillSync(batch)).toThrow(
      expect.objectContaining({ code: 'OVERFLOW', message: expect.stringContaining('scratchLimitBytes') }),
    );
    expect(memory.scratch.usedBytes).toBe(size * 2);
  });

  it('leaves neither bytes counted nor a file behind when writing fails', async () => {
    const fs = createTestMemory();
    const memory = createTestMemory({ fs: fs.fs });
    const batch = only(buildBatches(rows));
    fs.fs.beforeWrite = () => {
      throw new Error('ENOSPC: no space left');
    };
    await expect(memory.scratch.spill(batch)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(() => memory.scratch.spillSync(batch)).toThrow(/ENOSPC.*Free space/);
    expect([memory.scratch.usedBytes, fs.fs.files.size]).toEqual([0, 0]);
  });

  it('waits in close for what is being written, so that nothing comes after it', async () => {
    const memory = createTestMemory();
    let write = (): void => undefined;
    memory.fs.beforeWrite = () =>
      new Promise<void>((resolve) => {
        write = resolve;
      });
    const batch = only(buildBatches(rows));
    const spilling = memory.scratch.spill(batch);
    const closing = memory.scratch.close();
    write();
    await Promise.all([spilling, closing]);
    expect([memory.fs.files.size, memory.fs.directories.size]).toEqual([0, 0]);
  });
});
