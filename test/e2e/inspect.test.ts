// What an XState inspector sees of a run: every actor, those inside worker threads included, each under an id of its own.
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
  type Inspector,
  type Materialised,
  materialise,
  type Pipeline,
  type Pool,
  pipeline,
  type Sink,
} from '@tailrace/core';
import { firstValueFrom, map, range } from 'rxjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { InspectionEvent } from 'xstate';
import type { Fault } from '../support/modules/faulty-sink.js';
import { type Seen, type SeenActor, seen } from '../support/seen.js';

interface Row {
  readonly n: number;
}
const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const quick = exponential({ attempts: 3, baseMs: 1, capMs: 2 });
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-inspect-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const sink = (name: string, fault: Fault): Sink<Row> =>
  customSink<Row>(module, { path: join(dir, name), fault }, { name, target: join(dir, name) });
const numbers = (count: number): Row[] => Array.from({ length: count }, (_, n) => ({ n }));
const dataset = (count: number, pool: Pool, batchRows: number): Promise<Materialised<Row>> =>
  firstValueFrom(
    range(0, count).pipe(
      map((n) => ({ n })),
      materialise({ memory: pool.memory, batchRows }),
    ),
  );
/** Two outputs over one source, one of which has trouble in its first attempts. */
const twoOutputs = (trouble: Fault): Pipeline =>
  pipeline('inspected', (flow) => {
    const rows = flow.source('rows', fromIterable(numbers(3_000)), { batchRows: 1_000 });
    flow.write('good', rows, sink('good', { kind: 'none' }), { writeRows: 1_000 });
    flow.write('troubled', rows, sink('troubled', trouble), { retry: quick });
  });
const kinds = (actors: Iterable<SeenActor>): Set<string> => new Set([...actors].map(({ kind }) => kind));
const only = (all: Seen, kind: string): SeenActor[] =>
  [...all.actors.values()].filter((actor) => actor.kind === kind);

/** Kind of the parent of every kind of actor. */
const family: Readonly<Record<string, string | undefined>> = {
  run: undefined,
  pool: 'run',
  worker: 'pool',
  thread: 'worker',
  stopThread: 'worker',
  output: 'pool',
  begin: 'output',
  commit: 'output',
  write: 'output',
  acquireWorker: 'write',
  attempt: 'write',
  open: 'attempt',
  encode: 'attempt',
  flush: 'attempt',
  abort: 'attempt',
};

describe.each([
  { workers: 1, trouble: { kind: 'exit', times: 1 } },
  { workers: 2, trouble: { kind: 'exit', times: 1 } },
  // There is no thread to crash: the attempt throws instead.
  { workers: 0, trouble: { kind: 'throw', times: 1 } },
] as const)('an inspector of a run with $workers workers', ({ workers, trouble }) => {
  let all: Seen;
  beforeEach(async () => {
    all = seen();
    const run = twoOutputs(trouble).run({ workers, inspect: all.inspect });
    await run.completed;
  });

  it('sees every kind of actor below its parent, those inside the threads included', () => {
    const expected = Object.keys(family).filter((kind) => kind !== 'abort' || trouble.kind === 'throw');
    expect([...kinds(all.actors.values())].sort()).toEqual(expected.sort());
    for (const actor of all.actors.values()) {
      const parent = actor.parentId === undefined ? undefined : all.actors.get(actor.parentId);
      expect([actor.kind, parent?.kind]).toEqual([actor.kind, family[actor.kind]]);
    }
    expect(only(all, 'output').map(({ id }) => id)).toEqual(['good~1', 'troubled~2']);
    expect(only(all, 'worker').map(({ id }) => id)).toEqual(
      workers === 0 ? ['main'] : ['w1', 'w2'].slice(0, workers),
    );
    expect(
      only(all, 'write')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['good~1/0', 'good~1/1', 'good~1/2', 'troubled~2/0']);
  });

  it('sees no id twice, though threads count their actors alike, also after a restart', () => {
    expect(all.announced).toEqual([...new Set(all.announced)]);
    const threads = new Set([...only(all, 'open')].map(({ sessionId }) => threadOf(sessionId)));
    if (workers === 0) expect([...threads]).toEqual(['main.1']);
    // The thread that took the place of the crashed one is another.
    else expect(threads.size).toBeGreaterThan(1);
    // An event or a snapshot of somebody who was never announced would be one of a collision, too.
    expect(all.strangers).toEqual([]);
  });

  it('sees one and the same root in every event', () => {
    const [root] = only(all, 'run');
    expect([...all.rootIds]).toEqual([root?.sessionId]);
  });

  it('sees attempts go through their states in order, and their children with them', () => {
    const attempts = only(all, 'attempt');
    expect(attempts.length).toBeGreaterThanOrEqual(5);
    for (const attempt of attempts) {
      const way = attempt.states;
      if (attempt.status === 'done') expect(way).toEqual(['opening', 'encoding', 'flushing', 'prepared']);
      else if (trouble.kind === 'throw') expect(way).toEqual(['opening', 'encoding', 'aborting', 'failed']);
      // Where the crash met it.
      else expect(['opening failed', 'opening encoding failed']).toContain(way.join(' '));
      const children = [...all.actors.values()].filter(({ parentId }) => parentId === attempt.sessionId);
      const ends = children.map(({ kind, status }) => `${kind} ${status}`);
      if (attempt.status === 'done') expect(ends).toEqual(['open done', 'encode done', 'flush done']);
      // What was cut off is not shown as alive for ever.
      else expect(ends.join(', ')).not.toContain('active');
    }
    expect(attempts.filter(({ status }) => status === 'done')).toHaveLength(4);
  });

  it('sees every actor come to an end', () => {
    const alive = [...all.actors.values()].filter(({ status }) => status === 'active');
    expect(alive.map(({ id, kind }) => `${kind} ${id}`)).toEqual([]);
  });

  it('sees a worker busy while it writes', () => {
    expect(only(all, 'worker').flatMap(({ states }) => states)).toContain('up_busy');
  });

  it('sees nothing big: no bytes, no batches, only small plain data', () => {
    expect(all.tooBig).toEqual([]);
    expect(all.largestJson).toBeGreaterThan(100);
    expect(all.largestJson).toBeLessThan(8 * 1024);
  });
});

describe('the states that an inspector sees', () => {
  const charts = new Map<string, Set<string>>();
  beforeAll(async () => {
    const page = await readFile(new URL('../../docs/lifecycle.md', import.meta.url), 'utf8');
    for (const [, name = '', chart = ''] of page.matchAll(/<!-- chart:(\w+) -->(.*?)<!-- end -->/gs)) {
      charts.set(name, new Set([...chart.matchAll(/state "[^"]+" as (\w+)/g)].map(([, id = '']) => id)));
    }
  });

  it.each([
    ['retries', { kind: 'throw', times: 1 }, 1],
    ['crashes', { kind: 'exit', times: 1 }, 1],
    ['fails', { kind: 'throw', times: 99 }, 1],
    ['retries in a pool that decides about its workers', { kind: 'throw', times: 1 }, 'auto'],
  ] as const)('are those of docs/lifecycle.md, when a write %s', async (_, trouble, workers) => {
    const all = seen();
    const run = twoOutputs(trouble).run({ workers, inspect: all.inspect });
    await run.settled;
    const machines = [...all.actors.values()].filter(({ kind }) => charts.has(kind));
    // Nobody decides about a number that is given, and this is not Spark.
    const absent = workers === 'auto' ? ['sparkWrite'] : ['sparkWrite', 'crew'];
    const expected = [...charts.keys()].filter((kind) => !absent.includes(kind));
    expect([...kinds(machines)].sort()).toEqual(expected.sort());
    for (const { kind, states } of machines) {
      for (const state of states)
        expect([...(charts.get(kind) ?? [])], `${kind} in ${state}`).toContain(state);
    }
  });

  it('are those of docs/lifecycle.md, when a run is aborted', async () => {
    const all = seen();
    const run = twoOutputs({ kind: 'slow', delayMs: 50 }).run({ workers: 1, inspect: all.inspect });
    while (!only(all, 'attempt').some(({ states }) => states.includes('encoding'))) await nextTurn();
    run.abort();
    await run.settled;
    const machines = [...all.actors.values()].filter(({ kind }) => charts.has(kind));
    for (const { kind, states } of machines) {
      for (const state of states)
        expect([...(charts.get(kind) ?? [])], `${kind} in ${state}`).toContain(state);
    }
    expect(only(all, 'run')[0]?.states.at(-1)).toBe('cancelled');
    expect([...all.actors.values()].filter(({ status }) => status === 'active')).toEqual([]);
  });
});

describe('an inspector of pools', () => {
  it('sees two pools apart, though their workers have the same names', async () => {
    const all = seen();
    const pools = [
      createPool({ workers: 1, inspect: all.inspect }),
      createPool({ workers: 1, inspect: all.inspect }),
    ];
    for (const [index, pool] of pools.entries()) {
      const data = await dataset(2_000, pool, 1_000);
      pool.submit(data, sink(`of-pool-${index}`, { kind: 'none' }));
      data.release();
    }
    await Promise.all(pools.map((pool) => pool.drain()));
    expect(only(all, 'pool').map(({ parentId }) => parentId)).toEqual([undefined, undefined]);
    expect(only(all, 'open')).toHaveLength(2);
    expect(all.announced).toEqual([...new Set(all.announced)]);
    expect(all.strangers).toEqual([]);
    expect(all.rootIds.size).toBe(2);
  });

  it('sees finished writes dropped, so that memory does not grow with their number', async () => {
    const all = seen();
    const pool = createPool({ workers: 1, inspect: all.inspect });
    const data = await dataset(5_000, pool, 10);
    const handle = pool.submit(data, sink('many', { kind: 'none' }), { writeRows: 10 });
    data.release();
    const report = await handle.done;
    expect(report).toMatchObject({ writes: 500, attempts: 500, rows: 5_000 });
    const [output] = only(all, 'output');
    expect(only(all, 'write')).toHaveLength(500);
    expect(output?.children).toBeLessThan(5);
    expect(output?.mostChildren).toBeLessThanOrEqual(64 + 4);
    expect(all.largestJson).toBeLessThan(8 * 1024);
    await pool.drain();
    expect(await readdir(join(dir, 'many'))).toHaveLength(500);
  });
});

describe('an inspector that throws', () => {
  let warn: MockInstance<typeof process.emitWarning>;
  beforeEach(() => {
    warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  });
  afterEach(() => {
    warn.mockRestore();
  });
  const broken = (): never => {
    throw new Error('the inspector is broken');
  };

  it.each<[string, Inspector]>([
    ['a function', broken],
    ['a function whose promise rejects', async () => broken()],
    ['an observer', { next: broken }],
  ])('is left out with one warning, and the run completes: %s', async (_, inspect) => {
    const report = await twoOutputs({ kind: 'throw', times: 1 }).run({ workers: 1, inspect }).completed;
    expect(report.outputs.map(({ state, rows }) => [state, rows])).toEqual([
      ['done', 3_000],
      ['done', 3_000],
    ]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/^The inspector threw: the inspector is broken\. It is not called again/),
      expect.objectContaining({ type: 'TailraceWarning', code: 'TAILRACE_INSPECTOR' }),
    );
  });

  it('is left out of a pool as well', async () => {
    const pool = createPool({ workers: 0, inspect: broken });
    const data = await dataset(10, pool, 10);
    const handle = pool.submit(data, sink('a', { kind: 'none' }));
    data.release();
    await handle.done;
    await pool.drain();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('hinders nothing in the middle of a run either', async () => {
    let calls = 0;
    const inspect = (event: InspectionEvent): void => {
      calls += 1;
      if (event.type === '@xstate.snapshot' && calls > 100) broken();
    };
    const report = await twoOutputs({ kind: 'throw', times: 1 }).run({ workers: 1, inspect }).completed;
    expect(report.state).toBe('completed');
    expect(calls).toBeGreaterThan(100);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** `w1.2` of `x:0/w1.2/x:7`. */
const threadOf = (sessionId: string): string | undefined => sessionId.split('/').at(-2);
