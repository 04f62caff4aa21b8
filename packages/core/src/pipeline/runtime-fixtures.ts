// Owns the doubles that the tests of the running graph share: a clock, a memory, outputs and sources. Never shipped.
import { type Batch, batchData } from '../batch/batch.js';
import { contentBytes } from '../batch/content-bytes.js';
import type { Schema } from '../batch/schema.js';
import { createBudget } from '../budget/create-budget.js';
import { createSlabs } from '../budget/create-slabs.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import type { Memory, Scratch, Spillable, SpilledBatch } from '../materialise/memory.js';
import type { OutputFeed } from '../output/feed.js';
import type { Sink } from '../sink/sink.js';
import type { Source } from '../source/source.js';
import type { Clock } from '../time/clock.js';

export interface TestClock extends Clock {
  advance(ms: number): void;
}

/** Time stands still until it is advanced; `yield` gives way to everything that is pending in this process. */
export function testClock(): TestClock {
  let now = 0;
  let timers: { readonly at: number; readonly callback: () => void }[] = [];
  return {
    now: () => now,
    wallTime: () => now,
    setTimeout(callback, delayMs) {
      const timer = { at: now + delayMs, callback };
      timers.push(timer);
      return timer;
    },
    clearTimeout(handle) {
      timers = timers.filter((timer) => timer !== handle);
    },
    yield: () => new Promise((resolve) => setImmediate(resolve)),
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = next.at;
        next.callback();
      }
      now = until;
    },
  };
}

/** Lets everything that needs no time happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export interface TestMemory extends Memory {
  /** Batches on "disk" now. */
  readonly spilled: ReadonlyMap<string, readonly unknown[]>;
  /** Batches that were ever put there. */
  readonly spills: number;
}

/** A real budget and real slabs, with a scratch that keeps rows instead of files. */
export function testMemory(limitBytes: number = 64 * 2 ** 20): TestMemory {
  const budget = createBudget({ limitBytes });
  const slabs = createSlabs(budget);
  const spillables = new Set<Spillable>();
  const spilled = new Map<string, readonly unknown[]>();
  let spills = 0;
  const put = (batch: Batch<unknown>): SpilledBatch => {
    const path = `spill-${spills}`;
    spills += 1;
    spilled.set(path, [...batch.toRows()]);
    return { path, rows: batch.rows, bytes: batch.bytes, contentBytes: contentBytes(batchData(batch)) };
  };
  const scratch: Scratch = {
    get usedBytes() {
      return spilled.size;
    },
    spill: (batch) => Promise.resolve(put(batch)),
    spillSync: put,
    load: () => Promise.reject(new Error('This scratch cannot be read back.')),
    remove: ({ path }) => void spilled.delete(path),
    close: () => Promise.resolve(),
  };
  return {
    budget,
    slabs,
    scratch,
    spillables,
    addSpillable(holder) {
      spillables.add(holder);
      return () => void spillables.delete(holder);
    },
    spilled,
    get spills() {
      return spills;
    },
  };
}

export interface TestFeed extends OutputFeed {
  /** Rows so far, read when they came. */
  readonly rows: unknown[];
  readonly schemas: Schema[];
  readonly state: 'open' | 'completed' | 'failed' | 'closed';
  readonly error: TailraceError | undefined;
  /** Rows that were refused, and rows that came, as it was told. */
  readonly rejected: number | undefined;
  readonly came: number | undefined;
  /** Closes by itself, as an output does that failed or was cancelled. */
  close(): void;
  /** Gives back what `keep` made it keep. */
  releaseAll(): void;
}

/** @param options `keep`: hold a reference to every batch, as an output does until its write is prepared */
export function testFeed(
  name: string,
  memory: TestMemory,
  options: { keep?: boolean; takesFrom?: string; onPush?: (batch: Batch<unknown>) => void } = {},
): TestFeed {
  const rows: unknown[] = [];
  const schemas: Schema[] = [];
  const kept: (() => void)[] = [];
  const listeners: (() => void)[] = [];
  let state: TestFeed['state'] = 'open';
  let error: TailraceError | undefined;
  let rejected: number | undefined;
  let came: number | undefined;
  const close = (to: TestFeed['state']): void => {
    if (state !== 'open') return;
    state = to;
    for (const listener of listeners) listener();
  };
  return {
    name,
    takesFrom: options.takesFrom,
    runId: 'run-1',
    rows,
    schemas,
    get state() {
      return state;
    },
    get error() {
      return error;
    },
    get rejected() {
      return rejected;
    },
    get came() {
      return came;
    },
    get closed() {
      return state !== 'open';
    },
    onClosed: (listener) => void listeners.push(listener),
    schema: (schema) => void schemas.push(schema),
    push(batch) {
      if (state !== 'open') return;
      rows.push(...batch.toRows());
      if (options.keep) {
        batch.retain();
        kept.push(() => batch.release());
      }
      options.onPush?.(batch);
    },
    pushSpilled(spilled, release) {
      if (state === 'open') rows.push(...(memory.spilled.get(spilled.path) ?? []));
      if (options.keep && state === 'open') kept.push(release);
      else release();
    },
    refused(more) {
      rejected = (rejected ?? 0) + more;
    },
    complete(all) {
      came = all;
      close('completed');
    },
    fail(reason) {
      if (state === 'open') error = reason;
      close('failed');
    },
    close: () => close('closed'),
    releaseAll() {
      for (const release of kept.splice(0)) release();
    },
  };
}

export interface TestSource<T> extends Source<T> {
  readonly opened: number;
  readonly returned: number;
  /** Chunks asked for so far. */
  readonly asked: number;
}

/** A source of the given chunks. */
export function testSource<T>(
  chunks: readonly (readonly T[])[],
  options: { failAfter?: unknown; name?: string } = {},
): TestSource<T> {
  let opened = 0;
  let returned = 0;
  let asked = 0;
  return {
    name: options.name ?? 'test',
    get opened() {
      return opened;
    },
    get returned() {
      return returned;
    },
    get asked() {
      return asked;
    },
    open() {
      opened += 1;
      let index = 0;
      const iterator: AsyncIterator<readonly T[]> = {
        next() {
          asked += 1;
          const chunk = chunks[index];
          index += 1;
          if (chunk !== undefined) return Promise.resolve({ done: false, value: chunk });
          if (options.failAfter !== undefined) return Promise.reject(options.failAfter);
          return Promise.resolve({ done: true, value: undefined });
        },
        return() {
          returned += 1;
          return Promise.resolve({ done: true, value: undefined });
        },
      };
      return { [Symbol.asyncIterator]: () => iterator };
    },
  };
}

/** Rows `{ n }` from 0, in chunks. */
export function numbered(rows: number, chunkRows: number = 100): { n: number }[][] {
  const chunks: { n: number }[][] = [];
  for (let start = 0; start < rows; start += chunkRows) {
    chunks.push(
      Array.from({ length: Math.min(chunkRows, rows - start) }, (_, index) => ({ n: start + index })),
    );
  }
  return chunks;
}

/** A sink as a factory would make it; nothing here writes. */
export function testSink<R>(path: string, requires: readonly string[] = []): Sink<R> {
  return {
    name: 'test',
    module: { url: 'file:///sink.js', options: {} },
    location: { scheme: 'file', path: `/out/${path}`, kind: 'directory' },
    target: `out/${path}`,
    single: false,
    requires,
    reserveBytes: 0,
  };
}
