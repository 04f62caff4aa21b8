// Runs whose data is many times their memory: what waits, what is spilled, what is refused.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMemory,
  customSink,
  defineSchema,
  float64,
  fromChunks,
  fromIterable,
  int32,
  type Memory,
  mapAsync,
  none,
  pipeline,
  pulled,
  type Sink,
  type Source,
  utf8,
} from '@tailrace/core';
import { ndjson, parquet } from '@tailrace/writers';
import { concat, concatMap, filter, ignoreElements, map, merge, mergeMap, of, range } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { query } from '../support/duckdb.js';
import type { Fault } from '../support/modules/faulty-sink.js';

interface Row {
  readonly n: number;
  readonly text: string;
}
const schema = defineSchema({ n: int32(), text: utf8() });
const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const MiB = 2 ** 20;

let dir: string;
let scratchDir: string;
let memory: Memory;
const newMemory = (limitBytes: number): Memory => {
  memory = createMemory({ limitBytes, scratchDir });
  return memory;
};
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-pressure-'));
  scratchDir = await mkdtemp(join(tmpdir(), 'tailrace-scratch-of-'));
});
afterEach(async () => {
  // Whatever happened, nothing is held at the end: every batch was given back.
  expect(memory.budget.usedBytes).toBe(0);
  expect(memory.scratch.usedBytes).toBe(0);
  await memory.scratch.close();
  expect(await readdir(scratchDir)).toEqual([]);
  await rm(scratchDir, { recursive: true, force: true });
  await rm(dir, { recursive: true, force: true });
});

const slow = <R>(name: string, fault: Fault, reserveBytes = 1024): Sink<R> =>
  customSink<R>(module, { path: join(dir, name), fault }, { name, target: join(dir, name), reserveBytes });
const text = 'x'.repeat(90);
const rowOf = (n: number): Row => ({ n, text });

/** Chunks of 1,000 rows, counting how many have been asked for. */
function countedSource(
  chunks: number,
): Source<Row> & { readonly asked: () => number; readonly returned: () => boolean } {
  let asked = 0;
  let returned = false;
  const source = fromChunks(async function* () {
    try {
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        asked += 1;
        yield Array.from({ length: 1_000 }, (_, index) => rowOf(chunk * 1_000 + index));
      }
    } finally {
      returned = true;
    }
  });
  return { ...source, asked: () => asked, returned: () => returned };
}
async function count(name: string): Promise<number> {
  const parts = await readdir(join(dir, name));
  const texts = await Promise.all(parts.map((part) => readFile(join(dir, name, part), 'utf8')));
  return texts.reduce((sum, part) => sum + part.split('\n').length - 1, 0);
}

describe('backpressure', () => {
  it('stops asking a source for more when a slow output holds all the memory', async () => {
    const source = countedSource(400);
    const flow = pipeline('paced', (flow) => {
      const rows = flow.source('rows', source, { schema, batchRows: 1_000 });
      flow.write('slow', rows, slow('slow', { kind: 'slow', delayMs: 2 }), { writeBytes: 512 * 1024 });
    });
    const run = flow.run({ memory: newMemory(4 * MiB), workers: 1 });
    const report = await run.completed;
    expect(report.rows).toBe(400_000);
    expect(await count('slow')).toBe(400_000);
    // High-water mark, plus the chunk that was under way.
    expect(report.peakBytesHeld).toBeLessThan(4 * MiB);
    expect(report.blockedMs).toBeGreaterThan(0);
  });

  it('lets the slow output set the pace of its sibling, and both are complete', async () => {
    const flow = pipeline('siblings', (flow) => {
      const rows = flow.source('rows', countedSource(200), { schema, batchRows: 1_000 });
      flow.write('fast', rows, slow('fast', { kind: 'slow', delayMs: 1 }), { writeBytes: 512 * 1024 });
      flow.write('slow', rows, slow('slow', { kind: 'slow', delayMs: 10 }), { writeBytes: 512 * 1024 });
    });
    const report = await flow.run({ memory: newMemory(4 * MiB), workers: 1 }).completed;
    expect(report.outputs.map(({ rows }) => rows)).toEqual([200_000, 200_000]);
    expect(report.peakBytesHeld).toBeLessThan(4 * MiB);
  });

  it('spills the batches of a slow output that must not set the pace', async () => {
    const flow = pipeline('spilling', (flow) => {
      const rows = flow.source('rows', countedSource(150), { schema, batchRows: 1_000 });
      flow.write('slow', rows, slow('slow', { kind: 'slow', delayMs: 10 }), { slow: 'spill' });
    });
    const run = flow.run({ memory: newMemory(4 * MiB), workers: 1 });
    let spilled = 0;
    const watch = setInterval(() => {
      spilled = Math.max(spilled, memory.scratch.usedBytes);
    }, 5);
    const report = await run.completed.finally(() => clearInterval(watch));
    expect(report.rows).toBe(150_000);
    expect(await count('slow')).toBe(150_000);
    expect(spilled).toBeGreaterThan(0);
  });

  it('writes a single file larger than the budget by spilling what has been encoded', async () => {
    const flow = pipeline('single', (flow) => {
      const rows = flow.source('rows', countedSource(300), { schema, batchRows: 5_000 });
      flow.write('one', rows, ndjson(join(dir, 'one.ndjson')));
    });
    const report = await flow.run({ memory: newMemory(12 * MiB), workers: 1 }).completed;
    expect(report.outputs[0]).toMatchObject({ rows: 300_000, writes: 1, files: 1 });
    expect(report.outputs[0]?.bytes).toBeGreaterThan(2 * 12 * MiB);
    const [sums] = await query(`select count(*)::int n, sum(n)::bigint s from '${join(dir, 'one.ndjson')}'`);
    expect(sums).toEqual({ n: 300_000, s: BigInt((300_000 * 299_999) / 2) });
  });

  it('writes row groups larger than the budget, because the encoder keeps them encoded', async () => {
    const flow = pipeline('groups', (flow) => {
      const rows = flow.source('rows', countedSource(400), { schema, batchRows: 5_000 });
      flow.write('groups', rows, parquet(join(dir, 'groups'), { rowGroupRows: 400_000 }), {
        writeRows: 1_000_000,
      });
    });
    const report = await flow.run({ memory: newMemory(24 * MiB), workers: 1 }).completed;
    expect(report.rows).toBe(400_000);
    const [read] = await query(`select count(*)::int n from '${join(dir, 'groups')}/*.parquet'`);
    expect(read).toEqual({ n: 400_000 });
  });

  it('refuses a budget in which nothing could move, naming the least that works', () => {
    const flow = pipeline('tiny', (flow) => {
      const rows = flow.source('rows', countedSource(1), { schema });
      flow.write('out', rows, parquet(join(dir, 'out')));
    });
    expect(() => flow.run({ memory: newMemory(64 * 1024) })).toThrow(/at least \d+ MiB/);
  });

  it('admits a single row that is larger than the budget', async () => {
    const flow = pipeline('giant', (flow) => {
      const rows = flow.source('rows', fromIterable([{ n: 1, text: 'y'.repeat(6 * MiB) }]), { schema });
      flow.write('out', rows, slow('out', { kind: 'none' }));
    });
    const report = await flow.run({ memory: newMemory(2 * MiB), workers: 1 }).completed;
    expect(report.rows).toBe(1);
  });

  it('spills what a plain operator floods out within one call', async () => {
    const flow = pipeline('flood', (flow) => {
      const seed = flow.source('seed', fromIterable([1]));
      const rows = flow.stage(
        'flood',
        seed,
        mergeMap(() => range(0, 200_000).pipe(map(rowOf))),
        { schema, batchRows: 5_000 },
      );
      flow.write('out', rows, slow('out', { kind: 'none' }));
    });
    const report = await flow.run({ memory: newMemory(4 * MiB), workers: 1 }).completed;
    expect(report.rows).toBe(200_000);
    expect(await count('out')).toBe(200_000);
    // The budget is overrun by no more than the batch that was being filled.
    expect(report.peakBytesHeld).toBeLessThan(6 * MiB);
  });

  it('fails a flooding stage by its name when it may not spill, and publishes nothing', async () => {
    const flow = pipeline('flood', (flow) => {
      const seed = flow.source('seed', fromIterable([1]));
      const rows = flow.stage(
        'flood',
        seed,
        mergeMap(() => range(0, 200_000).pipe(map(rowOf))),
        {
          schema,
          batchRows: 5_000,
          overflow: 'fail',
        },
      );
      flow.write('out', rows, slow('out', { kind: 'none' }));
    });
    const run = flow.run({ memory: newMemory(2 * MiB), workers: 1 });
    await expect(run.completed).rejects.toThrow(/flood/);
    expect((await run.settled).outputs[0]?.error?.code).toBe('OVERFLOW');
    expect(await readdir(dir)).toEqual([]);
  });

  it('expands under credit with pulled, without spilling', async () => {
    const flow = pipeline('pulled', (flow) => {
      const seed = flow.source('seed', fromIterable([0, 1, 2, 3]));
      const rows = flow.stage(
        'expand',
        seed,
        pulled(function* (part: number) {
          for (let n = 0; n < 50_000; n += 1) yield rowOf(part * 50_000 + n);
        }),
        { schema, batchRows: 1_000 },
      );
      flow.write('out', rows, slow('out', { kind: 'slow', delayMs: 1 }), { writeBytes: 512 * 1024 });
    });
    const run = flow.run({ memory: newMemory(4 * MiB), workers: 1 });
    let spilled = 0;
    const watch = setInterval(() => {
      spilled = Math.max(spilled, memory.scratch.usedBytes);
    }, 5);
    const report = await run.completed.finally(() => clearInterval(watch));
    expect(report.rows).toBe(200_000);
    expect(report.peakBytesHeld).toBeLessThan(4 * MiB);
    expect(spilled).toBe(0);
  });

  it('keeps no more calls to a slow service under way than mapAsync allows', async () => {
    let inFlight = 0;
    let most = 0;
    const source = countedSource(20);
    const flow = pipeline('service', (flow) => {
      const rows = flow.source('rows', source);
      const asked = flow.stage(
        'asked',
        rows,
        mapAsync(
          async (row) => {
            inFlight += 1;
            most = Math.max(most, inFlight);
            await new Promise((resolve) => setImmediate(resolve));
            inFlight -= 1;
            return row;
          },
          { concurrency: 5 },
        ),
        { schema },
      );
      flow.write('out', asked, slow('out', { kind: 'none' }));
    });
    const report = await flow.run({ memory: newMemory(4 * MiB), workers: 1 }).completed;
    expect(report.rows).toBe(20_000);
    expect(most).toBe(5);
  });

  it('brings a diamond with one slow branch to an end, in bounded memory', async () => {
    const source = countedSource(50);
    const flow = pipeline('diamond', (flow) => {
      const rows = flow.source('rows', source);
      const quick = flow.stage(
        'quick',
        rows,
        filter(({ n }) => n % 2 === 0),
      );
      const late = flow.stage(
        'late',
        rows,
        mapAsync(async (row) => {
          if (row.n % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
          return row;
        }),
      );
      const joined = flow.combine('joined', [quick, late], (a, b) => merge(a, b), {
        schema,
        batchRows: 1_000,
      });
      flow.write('out', joined, slow('out', { kind: 'none' }));
    });
    const report = await flow.run({ memory: newMemory(4 * MiB), workers: 1 }).completed;
    expect(report.rows).toBe(75_000);
    expect(report.peakBytesHeld).toBeLessThan(4 * MiB);
  });

  it('lets go of everything when a run is aborted in the middle', async () => {
    const source = countedSource(10_000);
    const flow = pipeline('aborted', (flow) => {
      const rows = flow.source('rows', source, { schema, batchRows: 1_000 });
      flow.write('a', rows, slow('a', { kind: 'slow', delayMs: 5 }));
      flow.write('b', rows, parquet(join(dir, 'b')));
    });
    const run = flow.run({ memory: newMemory(64 * MiB), workers: 1 });
    while (run.progress().rows < 100_000) await new Promise((resolve) => setImmediate(resolve));
    run.abort();
    await expect(run.completed).rejects.toThrow(/aborted by the caller/);
    expect((await run.settled).state).toBe('cancelled');
    expect(source.returned()).toBe(true);
    expect(await readdir(dir)).toEqual([]);
  });

  it('spills what a hold keeps for later, though every write that could be prepared is', async () => {
    const flow = pipeline('held', (flow) => {
      const rows = flow.source('rows', countedSource(100), { schema, batchRows: 1_000 });
      const held = flow.hold(rows);
      const later = flow.combine('later', [rows, held], (first, kept) =>
        concat(first.pipe(ignoreElements()), kept),
      );
      flow.write('now', rows, slow('now', { kind: 'none' }), { writeBytes: 256 * 1024 });
      flow.write('later', later, slow('later', { kind: 'none' }), { writeBytes: 256 * 1024 });
    });
    const report = await flow.run({ memory: newMemory(4 * MiB), workers: 1 }).completed;
    expect(report.outputs.map(({ rows }) => rows)).toEqual([100_000, 100_000]);
    expect(await count('later')).toBe(100_000);
    expect(report.peakBytesHeld).toBeLessThan(4 * MiB);
  });

  it('refuses a poison row with its row and column, and its sibling without the column goes on', async () => {
    const flow = pipeline('poison', (flow) => {
      const source = flow.source('rows', fromIterable([1, 2, Number.NaN, 4].map((n) => ({ n, text: 'a' }))));
      const bad = flow.stage(
        'bad',
        source,
        map((row) => row),
        { schema },
      );
      const good = flow.stage(
        'good',
        source,
        map(({ text: only }) => ({ text: only })),
      );
      flow.write('bad', bad, slow('bad', { kind: 'none' }), { retry: none() });
      flow.write('good', good, slow('good', { kind: 'none' }));
    });
    const run = flow.run({ memory: newMemory(4 * MiB), workers: 1 });
    await expect(run.completed).rejects.toThrow(/row 2.*column.*n/s);
    const report = await run.settled;
    expect(report.outputs.map(({ state, error }) => [state, error?.code])).toEqual([
      ['failed', 'VALUE_INVALID'],
      ['done', undefined],
    ]);
    expect(await readdir(dir)).toEqual(['good']);
  });

  it('computes a written stage once, whoever else reads it', async () => {
    let computed = 0;
    const flow = pipeline('once', (flow) => {
      const rows = flow.source('rows', fromIterable(Array.from({ length: 5_000 }, (_, n) => n)));
      const stage = flow.stage(
        'stage',
        rows,
        map((n) => {
          computed += 1;
          return { x: n };
        }),
        { schema: defineSchema({ x: float64() }) },
      );
      const held = flow.hold(stage);
      const again = flow.combine('again', [held, held], (a, b) => concatOf(a, b));
      flow.write('a', stage, slow('a', { kind: 'none' }));
      flow.write('b', stage, slow('b', { kind: 'none' }));
      flow.write('c', again, slow('c', { kind: 'none' }));
    });
    const report = await flow.run({ memory: newMemory(16 * MiB), workers: 1 }).completed;
    expect(computed).toBe(5_000);
    expect(report.outputs.map(({ rows }) => rows)).toEqual([5_000, 5_000, 10_000]);
  });
});

const concatOf = <T>(...streams: readonly import('rxjs').Observable<T>[]) =>
  of(...streams).pipe(concatMap((stream) => stream));
