import { lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../batch/batch.js';
import type { Clock } from '../time/clock.js';
import { createDataset, type Dataset, isMaterialised } from './dataset.js';
import { type FlowContext, inFlowContext } from './flow-context.js';
import { type Materialised, unhurriedBatches } from './materialised.js';
import { buildBatches, createTestMemory, type TestMemory } from './test-rig.js';

interface Row {
  readonly n: number;
}
const rowsOf = (count: number, from = 0): Row[] =>
  Array.from({ length: count }, (_, at) => ({ n: from + at }));

/** Time that passes only by waiting for it. */
function waitingClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    wallTime: () => now,
    setTimeout(callback, delayMs) {
      setImmediate(() => {
        now += delayMs;
        callback();
      });
      return undefined;
    },
    clearTimeout: () => undefined,
    yield: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

function fill(dataset: Dataset<Row>, memory: TestMemory, rows: readonly Row[], batchRows = 10): void {
  for (const batch of buildBatches(rows, { memory, batchRows })) {
    dataset.push(batch);
    batch.release();
  }
}

function complete(count: number): { memory: TestMemory; handle: Materialised<Row> } {
  const memory = createTestMemory();
  const dataset = createDataset<Row>({ memory, name: 'prices' });
  fill(dataset, memory, rowsOf(count));
  dataset.complete();
  return { memory, handle: dataset.handle };
}

describe('createDataset', () => {
  it('gives every reader all rows, and all batches, however often it is read', async () => {
    const { handle } = complete(35);
    for (let time = 0; time < 2; time++) {
      expect(await lastValueFrom(handle.rows().pipe(toArray()))).toEqual(rowsOf(35));
    }
    const sizes: number[] = [];
    await handle.batches().forEach((batch) => void sizes.push(batch.rows));
    expect([sizes, handle.rowCount]).toEqual([[10, 10, 10, 5], 35]);
    await handle.completed;
    expect(handle.schema?.fields.map(({ name }) => name)).toEqual(['n']);
  });

  it('gives readers of a dataset that still grows what there is, then the rest as it comes', async () => {
    const memory = createTestMemory();
    const dataset = createDataset<Row>({ memory, name: 'prices' });
    const early: number[] = [];
    const reading = dataset.handle.rows().forEach(({ n }) => void early.push(n));
    fill(dataset, memory, rowsOf(12));
    const late = lastValueFrom(dataset.handle.rows().pipe(toArray()));
    await until(() => early.length === 12);
    fill(dataset, memory, rowsOf(3, 12));
    dataset.complete();
    await reading;
    expect(early).toEqual(rowsOf(15).map(({ n }) => n));
    expect(await late).toEqual(rowsOf(15));
  });

  it('gives readers what there is, then the error of the stage, which completed has too', async () => {
    const memory = createTestMemory();
    const dataset = createDataset<Row>({ memory, name: 'prices' });
    fill(dataset, memory, rowsOf(5));
    dataset.fail(new Error('stage broke'));
    const seen: number[] = [];
    await expect(dataset.handle.rows().forEach(({ n }) => void seen.push(n))).rejects.toThrow('stage broke');
    await expect(dataset.handle.completed).rejects.toThrow('stage broke');
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('frees everything at the last release, and refuses every use afterwards', async () => {
    const { memory, handle } = complete(35);
    expect(handle.retain()).toBe(handle);
    handle.release();
    expect(memory.budget.usedBytes).toBe(handle.heldBytes);
    expect(handle.heldBytes).toBeGreaterThan(0);
    await memory.spillables.values().next().value?.spill(1);
    expect(memory.scratch.usedBytes).toBeGreaterThan(0);
    handle.release();
    expect([memory.budget.usedBytes, memory.scratch.usedBytes, memory.spillables.size]).toEqual([0, 0, 0]);
    for (const use of [() => handle.retain(), () => handle.release()]) {
      expect(use).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    }
    await expect(lastValueFrom(handle.rows())).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('ends a waiting reader and completed when it is released before it is complete', async () => {
    const dataset = createDataset<Row>({ memory: createTestMemory(), name: 'prices' });
    const reading = lastValueFrom(dataset.handle.rows());
    dataset.handle.release();
    await expect(reading).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(dataset.handle.completed).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('keeps a batch for the reader that retained it, beyond its own end', async () => {
    const { memory, handle } = complete(10);
    const kept = await new Promise<Batch<Row>>((resolve) => {
      handle.batches().subscribe((batch) => resolve(batch.retain()));
    });
    handle.release();
    expect([...kept.toRows()]).toEqual(rowsOf(10));
    kept.release();
    expect(memory.budget.usedBytes).toBe(0);
  });

  it('stops for a reader that takes a few rows, and holds nothing for it', async () => {
    const { memory, handle } = complete(35);
    expect(await lastValueFrom(handle.rows().pipe(take(3), toArray()))).toEqual(rowsOf(3));
    handle.release();
    await until(() => memory.budget.usedBytes === 0);
  });

  it('is told apart from a bare Observable', () => {
    const { handle } = complete(1);
    expect([handle, handle.rows(), null, {}].map(isMaterialised)).toEqual([true, false, false, false]);
  });
});

describe('a spilled dataset', () => {
  it('reads as before, whether spilled whole or in part, asynchronously or not', async () => {
    for (const sync of [false, true]) {
      const { memory, handle } = complete(35);
      const [holder] = memory.spillables;
      const bytes = handle.heldBytes;
      expect(holder?.spillableBytes()).toBe(bytes);
      const freed = sync ? holder?.spillSync?.(1) : await holder?.spill(1);
      expect(freed).toBe(bytes - handle.heldBytes);
      expect(await lastValueFrom(handle.rows().pipe(toArray()))).toEqual(rowsOf(35));
      await holder?.spill(Number.POSITIVE_INFINITY);
      expect([handle.heldBytes, memory.budget.usedBytes, holder?.spillableBytes()]).toEqual([0, 0, 0]);
      expect(await lastValueFrom(handle.rows().pipe(toArray()))).toEqual(rowsOf(35));
      expect(memory.budget.usedBytes).toBe(0);
      handle.release();
      await until(() => memory.fs.files.size === 0);
    }
  });

  it('spills nothing that somebody else holds: it would free nothing', async () => {
    const { memory, handle } = complete(10);
    const held: Batch<Row>[] = [];
    await handle.batches().forEach((batch) => void held.push(batch.retain()));
    const [holder] = memory.spillables;
    expect([holder?.spillableBytes(), await holder?.spill(1), memory.scratch.usedBytes]).toEqual([0, 0, 0]);
    for (const batch of held) batch.release();
    expect(holder?.spillableBytes()).toBe(handle.heldBytes);
  });

  it('leaves no file when it is released while it spills', async () => {
    const { memory, handle } = complete(10);
    let written = (): void => undefined;
    memory.fs.beforeWrite = () =>
      new Promise<void>((resolve) => {
        written = resolve;
      });
    const [holder] = memory.spillables;
    const spilling = holder?.spill(1);
    handle.release();
    written();
    expect(await spilling).toBe(0);
    await until(() => memory.fs.files.size === 0);
    expect([memory.budget.usedBytes, memory.scratch.usedBytes]).toEqual([0, 0]);
  });

  it('is read back one batch at a time for a reader that releases', async () => {
    const { memory, handle } = complete(100);
    const [holder] = memory.spillables;
    await holder?.spill(Number.POSITIVE_INFINITY);
    let most = 0;
    await handle.batches().forEach(() => {
      most = Math.max(most, memory.budget.usedBytes);
    });
    expect(most).toBe(4_096);
  });

  it('spills its own later batches to make room for one that is read back', async () => {
    const memory = createTestMemory({ limitBytes: 16_384 });
    const dataset = createDataset<Row>({ memory, name: 'prices' });
    fill(dataset, memory, rowsOf(20));
    await [...memory.spillables][0]?.spill(1);
    fill(dataset, memory, rowsOf(30, 20));
    dataset.complete();
    expect(memory.budget.usedBytes).toBe(memory.budget.limitBytes);
    expect(await lastValueFrom(dataset.handle.rows().pipe(toArray()))).toEqual(rowsOf(50));
    expect(memory.budget.usedBytes).toBeLessThan(memory.budget.limitBytes);
  });

  it('waits for a reader that keeps its batches while the budget is full, and tells it in the end', async () => {
    const memory = createTestMemory({ limitBytes: 16_384 });
    const dataset = createDataset<Row>({ memory, name: 'prices', clock: waitingClock() });
    for (const batch of buildBatches(rowsOf(100), { batchRows: 10 })) {
      dataset.push(batch);
      batch.release();
    }
    dataset.complete();
    const [holder] = memory.spillables;
    await holder?.spill(Number.POSITIVE_INFINITY);
    const kept: Batch<Row>[] = [];
    await expect(
      dataset.handle.batches().forEach((batch) => void kept.push(batch.retain())),
    ).rejects.toMatchObject({
      code: 'OVERFLOW',
      message: expect.stringContaining('Release batches as you go'),
    });
    expect(kept.length).toBe(4);
    expect(memory.budget.usedBytes).toBeLessThanOrEqual(memory.budget.limitBytes);
  });

  /** A dataset of ten spilled batches, in a budget that holds four of them. */
  const spilledDataset = async (clock: Clock): Promise<{ memory: TestMemory; handle: Materialised<Row> }> => {
    const memory = createTestMemory({ limitBytes: 16_384 });
    const dataset = createDataset<Row>({ memory, name: 'prices', clock });
    fill(dataset, createTestMemory(), rowsOf(100));
    dataset.complete();
    for (const holder of memory.spillables) await holder.spill(Number.POSITIVE_INFINITY);
    return { memory, handle: dataset.handle };
  };

  it('goes on waiting for its reader as long as others take and give back memory', async () => {
    const clock = waitingClock();
    const { memory, handle } = await spilledDataset(clock);
    const kept: Batch<Row>[] = [];
    const reading = handle.batches().forEach((batch) => void kept.push(batch.retain()));
    await until(() => kept.length === 4);
    for (let turn = 0; clock.now() < 150_000; turn += 1) {
      const slab = memory.slabs.acquire(64);
      await until(() => clock.now() > turn * 10_000);
      slab.free(false);
      const next = clock.now() + 100;
      await until(() => clock.now() > next);
    }
    const read = kept.length;
    for (let at = 0; at < kept.length || kept.length < 10; at += 1) {
      await until(() => at < kept.length);
      kept[at]?.release();
    }
    await reading;
    expect([read, kept.length]).toEqual([4, 10]);
  });

  it('waits without end for a reader of the framework that releases late', async () => {
    const clock = waitingClock();
    const { handle } = await spilledDataset(clock);
    const kept: Batch<Row>[] = [];
    const reading = unhurriedBatches(handle).forEach((batch) => void kept.push(batch.retain()));
    await until(() => clock.now() > 150_000);
    expect(kept.length).toBe(4);
    for (let at = 0; at < 10; at += 1) {
      await until(() => at < kept.length);
      kept[at]?.release();
    }
    await reading;
    expect(kept.length).toBe(10);
  });

  it('tells a reader of a released dataset that it was released, not that a file is missing', async () => {
    const { memory, handle } = complete(10);
    await [...memory.spillables][0]?.spill(1);
    memory.fs.readFile = async () => {
      handle.release();
      throw new Error('ENOENT');
    };
    await expect(lastValueFrom(handle.rows())).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('reading a dataset inside a run', () => {
  it('pauses while the way down is closed, in the middle of a batch too', async () => {
    const { memory, handle } = complete(2_000);
    let open = false;
    let opened = (): void => undefined;
    const context: FlowContext = {
      stage: 'reader',
      memory,
      clock: waitingClock(),
      upstream: { block: () => () => undefined },
      downstream: {
        get open() {
          return open;
        },
        whenOpen: () =>
          new Promise<void>((resolve) => {
            opened = resolve;
          }),
      },
    };
    const dataset = createDataset<Row>({ memory, name: 'big' });
    fill(dataset, memory, rowsOf(1_000), 1_000);
    dataset.complete();
    const seen: number[] = [];
    const reading = inFlowContext(context, () =>
      dataset.handle.rows().forEach(({ n }) => {
        seen.push(n);
        if (seen.length === 256) open = false;
      }),
    );
    await Promise.resolve();
    expect(seen.length).toBe(0);
    open = true;
    opened();
    await until(() => seen.length === 256);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.length).toBe(256);
    open = true;
    opened();
    await reading;
    expect(seen.length).toBe(1_000);
    handle.release();
  });

  it('gives the event loop a turn every 5 ms', async () => {
    const { memory, handle } = complete(20);
    let now = 0;
    let turns = 0;
    const clock: Clock = {
      ...waitingClock(),
      now: () => now,
      yield: async () => {
        turns += 1;
      },
    };
    const dataset = createDataset<Row>({ memory, name: 'slow', clock });
    fill(dataset, memory, rowsOf(50));
    dataset.complete();
    await dataset.handle.batches().forEach(() => {
      now += 3;
    });
    expect(turns).toBe(2);
    handle.release();
  });
});
