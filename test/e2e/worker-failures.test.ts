// Workers that die, hang, fill the memory or cannot be ended: real threads, real faults.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  createPool,
  customSink,
  exponential,
  fromIterable,
  type Materialised,
  materialise,
  none,
  type OutputHandle,
  type Pool,
  type PoolOptions,
  pipeline,
  type Sink,
} from '@tailrace/core';
import { ndjson } from '@tailrace/writers';
import { firstValueFrom, map, range } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExitOnceOptions } from '../support/modules/exit-once-sink.js';
import type { FailingOptions } from '../support/modules/failing-run.js';
import type { Fault } from '../support/modules/faulty-sink.js';
import { startProgram } from '../support/program.js';

interface Row {
  readonly n: number;
}
const urlOf = (name: string): URL =>
  pathToFileURL(createRequire(import.meta.url).resolve(`#modules/${name}`));
let dir: string;
let pools: Pool[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-workers-'));
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
const faulty = (name: string, fault: Fault): Sink<Row> =>
  customSink<Row>(urlOf('faulty-sink'), { path: join(dir, name), fault }, { name, target: join(dir, name) });
const rows = (count: number, pool: Pool): Promise<Materialised<Row>> =>
  firstValueFrom(
    range(0, count).pipe(
      map((n) => ({ n })),
      materialise({ memory: pool.memory, batchRows: 1_000 }),
    ),
  );
async function submit(
  pool: Pool,
  count: number,
  sinks: readonly Sink<Row>[],
): Promise<readonly OutputHandle[]> {
  const data = await rows(count, pool);
  const handles = sinks.map((sink) => pool.submit(data, sink, { name: sink.name, retry: none() }));
  data.release();
  return handles;
}
async function readBack(name: string): Promise<number[]> {
  const parts = (await readdir(join(dir, name))).filter((part) => part.endsWith('.ndjson')).sort();
  const texts = await Promise.all(parts.map((part) => readFile(join(dir, name, part), 'utf8')));
  const lines = texts.flatMap((text) => text.split('\n').filter(Boolean));
  return lines.map((line): number => JSON.parse(line).n).sort((a, b) => a - b);
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('a worker that never gives its thread back', () => {
  it('is ended when it gives no sign of life, and its writes are tried again elsewhere', async () => {
    const pool = newPool({ unresponsiveMs: 400 });
    const [looping, beside] = await submit(pool, 3_000, [
      faulty('looping', { kind: 'loop', times: 1 }),
      faulty('beside', { kind: 'slow', delayMs: 5 }),
    ]);
    expect(await looping?.done).toMatchObject({ attempts: 2 });
    await beside?.done;
    expect([await readBack('looping'), await readBack('beside')]).toEqual([upTo(3_000), upTo(3_000)]);
    expect(pool.stats().abandonedWorkers).toBe(0);
  });

  it('fails only the output that does it every time, and says why', async () => {
    const pool = newPool({ unresponsiveMs: 200 });
    const [looping, beside] = await submit(pool, 2_000, [
      faulty('looping', { kind: 'loop', times: 99 }),
      faulty('beside', { kind: 'slow', delayMs: 5 }),
    ]);
    await expect(looping?.done).rejects.toMatchObject({
      code: 'WORKER_LOST',
      message: expect.stringMatching(/gave no sign of life for 200 ms/),
    });
    await beside?.done;
    expect(await readBack('beside')).toEqual(upTo(2_000));
  });

  it('is not taken for one that waits: that thread answers', async () => {
    const pool = newPool({ unresponsiveMs: 100 });
    const [slow] = await submit(pool, 1_000, [faulty('slow', { kind: 'slow', delayMs: 1_000 })]);
    expect(await slow?.done).toMatchObject({ attempts: 1 });
  });
});

describe('a worker inside a call of the system that does not return', () => {
  let pipe: string;
  beforeEach(() => {
    pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
  });
  // Or this process could never end.
  afterEach(() => closeSync(openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)));
  /** Opens the other end, for good: who waits in `open` goes on. */
  const letGo = (): void => {
    const end = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    setTimeout(() => closeSync(end), 500);
  };

  it('is abandoned: its writes are redone elsewhere under other names, and it is counted', async () => {
    const pool = newPool({ unresponsiveMs: 400 });
    try {
      const [blocked, beside] = await submit(pool, 2_000, [
        faulty('blocked', { kind: 'block', times: 1, pipe }),
        faulty('beside', { kind: 'slow', delayMs: 5 }),
      ]);
      expect(await blocked?.done).toMatchObject({ attempts: 2, rows: 2_000 });
      await beside?.done;
      expect(pool.stats().abandonedWorkers).toBe(1);
      expect((await readdir(join(dir, 'blocked'))).sort()).toEqual(['part-0-2.ndjson']);
      await pool.drain();
    } finally {
      letGo();
    }
    expect([await readBack('blocked'), await readBack('beside')]).toEqual([upTo(2_000), upTo(2_000)]);
  });

  it('keeps neither a cancel, nor drain, nor abort waiting', async () => {
    const pool = newPool();
    try {
      const [blocked] = await submit(pool, 1_000, [faulty('blocked', { kind: 'block', times: 9, pipe })]);
      while (pool.stats().outputs[0]?.writes.active !== 1)
        await new Promise((resolve) => setImmediate(resolve));
      await expect(pool.drain({ timeoutMs: 100 })).rejects.toMatchObject({
        code: 'DRAIN_TIMEOUT',
        message: expect.stringContaining('blocked (active)'),
      });
      await pool.abort();
      await expect(blocked?.done).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(pool.stats().abandonedWorkers).toBe(1);
    } finally {
      letGo();
    }
    expect(await readdir(dir)).toEqual(['pipe']);
  });
});

describe('a worker that fills the memory', () => {
  it('with buffers is ended at its limit; the output at fault fails, and others do not', async () => {
    const pool = newPool({ workerMemory: '64MiB' });
    const [hoarding, beside] = await submit(pool, 8_000, [
      faulty('hoarding', { kind: 'hoard', bytes: 2 ** 24 }),
      faulty('beside', { kind: 'slow', delayMs: 5 }),
    ]);
    await expect(hoarding?.done).rejects.toMatchObject({
      code: 'WORKER_LOST',
      context: { outOfMemory: true, output: 'hoarding' },
      message: expect.stringMatching(
        /was ended: It held \d+ bytes outside of JavaScript's heap.*workerMemory/,
      ),
    });
    await beside?.done;
    expect(await readBack('beside')).toEqual(upTo(8_000));
  });

  it('with objects dies of it; the output at fault fails with what to do, and others do not', async () => {
    const options: FailingOptions = { dir, stray: false, fault: { kind: 'hoard', bytes: 0 } };
    const ended = await startProgram('failing-run', options, 20_000, ['--max-old-space-size=96']).ended;
    // V8 ends a thread whose heap is full where it can, else the process: https://github.com/nodejs/node/issues/47224. With arrays in
    // so small a heap it does so from Node 24 on; then no output may be there in part.
    if (ended.stdout === '' && Number(process.versions.node.split('.', 1)[0]) >= 24) {
      expect(ended.stderr).toContain('JavaScript heap out of memory');
      const visible = (await readdir(dir)).filter((name) => !name.startsWith('.'));
      expect(visible).toEqual(visible.includes('good') ? ['good'] : []);
      if (visible.includes('good')) expect(await readBack('good')).toEqual(upTo(5_000));
      return;
    }
    const { outputs, errors } = JSON.parse(ended.stdout);
    expect(outputs).toEqual([
      ['good', 'done', 5_000],
      ['bad', 'failed', 5_000],
    ]);
    expect(errors).toMatchObject([{ code: 'WORKER_LOST', context: { outOfMemory: true, output: 'bad' } }]);
    expect(errors[0].message).toMatch(/out of memory.*--max-old-space-size/);
    expect(await readBack('good')).toEqual(upTo(5_000));
  });
});

describe('a worker that ends', () => {
  it('while it loads a sink fails the output of that sink, and no other', async () => {
    const pool = newPool();
    const code = `import { isMainThread } from 'node:worker_threads';
      if (!isMainThread) process.exit(7);
      export default { name: 'leaving', begin: async () => ({ skip: false, staging: null }), open() {}, commit() {},
        abort: async () => {} }`;
    const leaving = customSink<Row>(
      `data:text/javascript,${encodeURIComponent(code)}`,
      {},
      { name: 'leaving' },
    );
    const [bad, good] = await submit(pool, 2_000, [leaving, faulty('good', { kind: 'slow', delayMs: 5 })]);
    await expect(bad?.done).rejects.toMatchObject({
      code: 'WORKER_LOST',
      message: expect.stringMatching(/exited with code 7.*process\.exit/),
    });
    await good?.done;
    expect(await readBack('good')).toEqual(upTo(2_000));
  });

  it('when everything was on stable storage, before it could say so, duplicates nothing', async () => {
    const pool = newPool();
    const data = await rows(6_000, pool);
    const sink = faulty('a', { kind: 'exit-prepared', times: 1 });
    const { done } = pool.submit(data, sink, { retry: none(), writeRows: 2_000 });
    data.release();
    expect(await done).toMatchObject({ writes: 3, rows: 6_000 });
    expect(await readBack('a')).toEqual(upTo(6_000));
  });

  it.each([
    ['directory', false],
    ['file', true],
  ])('at that moment leaves no second copy in a %s of the local store', async (_, single) => {
    const marks = join(dir, 'marks');
    await mkdir(marks);
    const path = join(dir, single ? 'lines.ndjson' : 'table');
    const inner = ndjson<Row>(path);
    const options: ExitOnceOptions = { inner: inner.module, marks };
    const { target, location, reserveBytes } = inner;
    const sink = customSink<Row>(urlOf('exit-once-sink'), options, {
      target,
      location,
      single,
      reserveBytes,
    });
    const run = pipeline('twice', (flow) => {
      const numbers = flow.source('numbers', fromIterable(upTo(4_000).map((n) => ({ n }))), {
        batchRows: 1_000,
      });
      flow.write('out', numbers, sink, { writeRows: 2_000, retry: none() });
    }).run({ workers: 2 });
    const report = await run.completed;
    expect(report.outputs[0]).toMatchObject({ state: 'done', rows: 4_000, files: single ? 1 : 2 });
    const died = await Promise.all((await readdir(marks)).map((mark) => readFile(join(marks, mark), 'utf8')));
    expect(died).toHaveLength(single ? 1 : 2);
    if (single) {
      const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
      expect(lines.map((line): number => JSON.parse(line).n)).toEqual(upTo(4_000));
    } else {
      const names = await readdir(path);
      for (const name of died) expect(names).not.toContain(name);
      expect(names.sort()).toEqual(['_manifest.json', expect.any(String), expect.any(String)]);
      expect(await readBack('table')).toEqual(upTo(4_000));
    }
    expect((await readdir(dir)).filter((name) => /\.(stage|old)-/.test(name))).toEqual([]);
  });
});

describe('a worker that never starts', () => {
  it('is ended after its time, started again as often as it may be, and then the pool is broken', async () => {
    let started = 0;
    let ended = 0;
    const pool = newPool({
      maxRestarts: 1,
      // A hundred times as fast: 30 seconds are a while.
      clock: {
        now: () => performance.now() * 100,
        wallTime: () => Date.now(),
        setTimeout: (callback, delayMs) => setTimeout(callback, delayMs / 100),
        // What it returned itself.
        clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
        yield: () => new Promise((resolve) => setImmediate(resolve)),
      },
      startThread(_, events) {
        started += 1;
        const worker = new Worker('setInterval(() => {}, 1_000)', { eval: true });
        worker.on('exit', () => {
          ended += 1;
          events.ended(undefined);
        });
        return {
          post: () => {},
          terminate: async () => void (await worker.terminate()),
          keepAlive: (on) => (on ? worker.ref() : worker.unref()),
        };
      },
    });
    const [handle] = await submit(pool, 10, [faulty('a', { kind: 'none' })]);
    await expect(handle?.done).rejects.toMatchObject({
      code: 'POOL_BROKEN',
      message: expect.stringMatching(/gave no sign within 30000 ms of its start/),
    });
    // The last thread's own end may be told after that of its place.
    while (ended < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(started).toBe(2);
  });
});

describe('retries against a store in trouble', () => {
  it('end when the budget of the output is spent, though the policy would go on', async () => {
    const pool = newPool();
    const data = await rows(10_000, pool);
    const { done } = pool.submit(data, faulty('bad', { kind: 'throw', times: 1 }), {
      name: 'bad',
      writeRows: 1_000,
      retry: exponential({ attempts: 3, baseMs: 1, capMs: 2 }),
      retryBudget: { minRetries: 2, retriesPerWrite: 0 },
    });
    data.release();
    await expect(done).rejects.toMatchObject({
      code: 'SINK_FAILED',
      context: { retryBudget: 'output' },
      message: expect.stringMatching(/out of order.*The retry budget of output bad is spent: 2 retries/),
    });
    expect(await readdir(dir)).toEqual([]);
  });

  it('end for all outputs when the budget of the run is spent', async () => {
    const run = pipeline('storm', (flow) => {
      const numbers = flow.source('numbers', fromIterable(upTo(100).map((n) => ({ n }))));
      for (const name of ['a', 'b', 'c'])
        flow.write(name, numbers, faulty(name, { kind: 'throw', times: 9 }), {
          retry: exponential({ attempts: 9, baseMs: 1, capMs: 2 }),
        });
    }).run({ workers: 1, retryBudget: { minRetries: 4, retriesPerWrite: 0 } });
    const report = await run.settled;
    expect(report.outputs.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    expect(report.outputs.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(3 + 4);
    await expect(run.completed).rejects.toThrow(/The retry budget of the run is spent: 4 retries of 3 /);
  });
});

it('a rejection in a stage that nobody awaits ends the program, as it would without a pipeline', async () => {
  const options: FailingOptions = { dir, stray: true, fault: { kind: 'slow', delayMs: 20 } };
  const ended = await startProgram('failing-run', options).ended;
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('nobody awaits this stage');
  expect(ended.stdout).toBe('');
});
