// The pool without a pipeline, on real threads and files: datasets, attempts that go wrong, deadlines; and the smallest pipeline.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createPool,
  customSink,
  exponential,
  fromIterable,
  type Materialised,
  materialise,
  none,
  type Pool,
  type PoolOptions,
  pipeline,
  type Sink,
} from '@tailrace/core';
import { firstValueFrom, from, map, range } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../support/modules/faulty-sink.js';

interface Row {
  readonly n: number;
}

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
let dir: string;
let pools: Pool[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-pool-'));
});
afterEach(async () => {
  for (const pool of pools) await pool.abort();
  pools = [];
  await rm(dir, { recursive: true, force: true });
});

const newPool = (options: PoolOptions = {}): Pool => {
  const pool = createPool({ workers: 1, graceMs: 200, ...options });
  pools.push(pool);
  return pool;
};
const sink = (name: string, fault: Fault): Sink<Row> =>
  customSink<Row>(module, { path: join(dir, name), fault }, { name, target: join(dir, name) });
const rows = (count: number, pool: Pool): Promise<Materialised<Row>> =>
  firstValueFrom(
    range(0, count).pipe(
      map((n) => ({ n })),
      materialise({ memory: pool.memory, batchRows: 1_000 }),
    ),
  );
/** Every row that a reader finds, in the order of the parts. */
async function readBack(name: string): Promise<number[]> {
  const parts = (await readdir(join(dir, name))).sort();
  const texts = await Promise.all(parts.map((part) => readFile(join(dir, name, part), 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as Row).n),
  );
}
const leftovers = async (): Promise<string[]> => (await readdir(dir)).filter((name) => name.startsWith('.'));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const quick = exponential({ attempts: 3, baseMs: 1, capMs: 2 });

describe.each([{ workers: 0 }, { workers: 1 }, { workers: 2 }])(
  'a pool with $workers workers',
  ({ workers }) => {
    it('writes a dataset in the background and publishes it as a whole', async () => {
      const pool = newPool({ workers });
      const data = await rows(10_500, pool);
      const handle = pool.submit(data, sink('a', { kind: 'none' }));
      expect(handle.state).not.toBe('done');
      data.release();
      const report = await handle.done;
      expect(handle.state).toBe('done');
      expect(report).toMatchObject({ state: 'done', rows: 10_500, attempts: 1 });
      expect(await readBack('a')).toEqual(upTo(10_500));
      await pool.drain();
      expect(pool.memory.budget.usedBytes).toBe(0);
      expect(await leftovers()).toEqual([]);
    });

    it('writes a dataset twice without computing it twice', async () => {
      const pool = newPool({ workers });
      let computed = 0;
      const data = await firstValueFrom(
        range(0, 2_500).pipe(
          map((n) => {
            computed += 1;
            return { n };
          }),
          materialise({ memory: pool.memory, batchRows: 1_000 }),
        ),
      );
      const first = pool.submit(data, sink('a', { kind: 'none' }));
      const second = pool.submit(data, sink('b', { kind: 'none' }));
      data.release();
      await Promise.all([first.done, second.done]);
      expect(computed).toBe(2_500);
      expect(await readBack('b')).toEqual(await readBack('a'));
      await pool.drain();
      expect(pool.memory.budget.usedBytes).toBe(0);
    });
  },
);

describe('an attempt that goes wrong', () => {
  it('is tried again with new files, and the output holds every row once', async () => {
    const pool = newPool();
    const data = await rows(5_000, pool);
    const { done } = pool.submit(data, sink('a', { kind: 'throw', times: 2 }), {
      retry: quick,
      writeRows: 2_000,
    });
    data.release();
    const report = await done;
    expect(report.attempts).toBe(3 * 3);
    expect((await readBack('a')).sort((a, b) => a - b)).toEqual(upTo(5_000));
  });

  it('fails its output when the policy gives up, names it, leaves nothing, and spares the others', async () => {
    const pool = newPool();
    const data = await rows(3_000, pool);
    const bad = pool.submit(data, sink('bad', { kind: 'throw', times: 99 }), { name: 'bad', retry: quick });
    const good = pool.submit(data, sink('good', { kind: 'none' }), { name: 'good' });
    data.release();
    await expect(bad.done).rejects.toMatchObject({
      code: 'SINK_FAILED',
      message: expect.stringMatching(/output bad.*attempt 3.*the sink is out of order/),
    });
    expect((await good.done).rows).toBe(3_000);
    expect(await readdir(dir)).toEqual(['good']);
    await expect(pool.drain()).rejects.toThrow(/1 of 2 outputs failed: .*bad/);
    expect(pool.memory.budget.usedBytes).toBe(0);
  });

  it.each([
    ['process.exit', 'exit'],
    ['a rejection that nobody awaits', 'stray'],
  ] as const)(
    'survives %s in its worker: the write is replayed and bystanders are not charged',
    async (_, kind) => {
      const pool = newPool();
      const data = await rows(4_000, pool);
      const guilty = pool.submit(data, sink('guilty', { kind, times: 1 }), { retry: none() });
      const bystander = pool.submit(data, sink('bystander', { kind: 'slow', delayMs: 5 }), { retry: none() });
      data.release();
      await guilty.done;
      await bystander.done;
      expect(await readBack('guilty')).toEqual(upTo(4_000));
      expect(await readBack('bystander')).toEqual(upTo(4_000));
      expect(await leftovers()).toEqual([]);
    },
  );

  it('fails the write that kills every worker it is given, after trying it alone', async () => {
    const pool = newPool();
    const data = await rows(2_000, pool);
    const poison = pool.submit(data, sink('poison', { kind: 'exit', times: 99 }), {
      name: 'poison',
      retry: none(),
    });
    const bystander = pool.submit(data, sink('bystander', { kind: 'slow', delayMs: 5 }), { retry: none() });
    data.release();
    await expect(poison.done).rejects.toMatchObject({
      code: 'WORKER_LOST',
      message: expect.stringMatching(/exited with code 3.*poison/),
    });
    await bystander.done;
    expect((await readdir(dir)).sort()).toEqual(['bystander']);
  });

  it.each([
    ['hangs', 'hang'],
    ['never gives the thread back', 'loop'],
  ] as const)(
    'is ended with its worker when it %s beyond the hard limit, and tried again',
    async (_, kind) => {
      const pool = newPool();
      const data = await rows(1_500, pool);
      const { done } = pool.submit(data, sink('a', { kind, times: 1 }), { timeoutMs: 1_000, retry: quick });
      data.release();
      expect((await done).attempts).toBe(2);
      expect(await readBack('a')).toEqual(upTo(1_500));
    },
  );

  it('publishes nothing when a sink has lost a row', async () => {
    const pool = newPool();
    const data = await rows(1_000, pool);
    const { done } = pool.submit(data, sink('a', { kind: 'short' }));
    data.release();
    await expect(done).rejects.toMatchObject({
      code: 'ENCODE_MISMATCH',
      message: expect.stringContaining('999 rows'),
    });
    expect(await readdir(dir)).toEqual([]);
  });

  it('removes what was staged when it is cancelled in the middle', async () => {
    const pool = newPool();
    const data = await rows(20_000, pool);
    const handle = pool.submit(data, sink('a', { kind: 'slow', delayMs: 20 }));
    data.release();
    while (pool.stats().outputs[0]?.writes.active !== 1)
      await new Promise((resolve) => setImmediate(resolve));
    handle.cancel();
    await expect(handle.done).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(handle.state).toBe('cancelled');
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('waiting for a pool', () => {
  it('names what is unfinished at the deadline, and goes on working on it', async () => {
    const pool = newPool();
    const data = await rows(3_000, pool);
    pool.submit(data, sink('slow', { kind: 'slow', delayMs: 60 }), { name: 'slow' });
    data.release();
    await expect(pool.drain({ timeoutMs: 30 })).rejects.toMatchObject({
      code: 'DRAIN_TIMEOUT',
      message: expect.stringContaining('slow (active)'),
    });
    await pool.drain();
    expect(await readBack('slow')).toEqual(upTo(3_000));
  });

  it('takes nothing after drain', async () => {
    const pool = newPool();
    const data = await rows(10, pool);
    await pool.drain();
    expect(() => pool.submit(data, sink('a', { kind: 'none' }))).toThrow(/takes no more outputs/);
    data.release();
  });

  it('refuses a bare stream with the right form in the message', () => {
    const pool = newPool();
    // What a caller in plain JavaScript could do.
    const stream = from([{ n: 1 }]) as unknown as Materialised<Row>;
    expect(() => pool.submit(stream, sink('a', { kind: 'none' }))).toThrow(/materialise\(\)/);
  });
});

describe('a pipeline', () => {
  it('runs to a report, and a failing output does not take its sibling along', async () => {
    const flow = pipeline('demo', (flow) => {
      const numbers = flow.source('numbers', fromIterable(upTo(10_000).map((n) => ({ n }))));
      flow.write('good', numbers, sink('good', { kind: 'none' }));
      flow.write('bad', numbers, sink('bad', { kind: 'throw', times: 99 }), { retry: none() });
    });
    const run = flow.run({ workers: 1 });
    await expect(run.completed).rejects.toThrow(/bad \(failed\).*out of order/s);
    const report = await run.settled;
    expect(report.outputs.map(({ name, state, rows }) => [name, state, rows])).toEqual([
      ['good', 'done', 10_000],
      ['bad', 'failed', 10_000],
    ]);
    expect(await readBack('good')).toEqual(upTo(10_000));
    expect(await readdir(dir)).toEqual(['good']);
  });
});
