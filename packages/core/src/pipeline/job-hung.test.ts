// Tests of a job whose disk does not answer any more, once its run is aborted.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemory } from '../materialise/create-memory.js';
import { fromIterable } from '../source/from-iterable.js';
import { nodeJournalFileSystem } from '../store/journal/file-system.js';
import { holding, mortalLeases } from '../store/local/fault-injection.js';
import { systemClock } from '../time/clock.js';
import type { Graph } from './graph.js';
import { openJob } from './job.js';

let scratch = '';
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tailrace-job-'));
});
afterEach(() => rm(scratch, { recursive: true }));

const graph: Graph = { name: 'p', nodes: [], outputs: [] };

interface Timer {
  callback(): void;
  readonly ms: number;
}

const graceMs = 5_000;

/** A job whose journal hangs in an fsync from when it is told to, or another call does, on a clock that stands still. */
function bench(
  isHanging = (name: string, path: string): boolean => name === 'sync' && path.endsWith('/journal'),
  declared = graph,
) {
  let isHung = false;
  const held = holding((name, path) => isHung && isHanging(name, path));
  const timers = new Set<Timer>();
  const clock = {
    ...systemClock,
    setTimeout: (callback: () => void, ms: number) => {
      const timer = { callback, ms };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (handle: unknown) => {
      for (const timer of timers) if (timer === handle) timers.delete(timer);
    },
  };
  const leases = mortalLeases();
  const abort = new AbortController();
  const job = () =>
    openJob({
      graph: declared,
      directory: join(scratch, 'job'),
      durable: false,
      memory: createMemory({ limitBytes: 2 ** 22 }),
      runId: 'run',
      signal: abort.signal,
      clock,
      graceMs,
      fs: { ...nodeJournalFileSystem, ...held.fs },
      leases,
    });
  return {
    job,
    leases,
    reached: held.reached,
    letGo: held.letGo,
    abort: () => abort.abort(),
    hang: () => {
      isHung = true;
    },
    /** Milliseconds of what is waited for. */
    waits: () => Array.from(timers, ({ ms }) => ms),
    passGrace: () => {
      for (const { callback, ms } of [...timers]) if (ms <= graceMs) callback();
    },
    /** Resolves when another run can have the job. */
    async free(): Promise<void> {
      while (leases.held.size > 0) await systemClock.yield();
    },
  };
}

describe('a job whose journal does not answer when its run is aborted', () => {
  it('is closed when the grace is over, which is told of, and lets go when the call has come back', async () => {
    const { job, leases, hang, reached, abort, waits, passGrace, letGo, free } = bench();
    const opened = await job();
    hang();
    const closing = opened.close(true);
    await reached;
    abort();
    expect(waits()).toEqual([graceMs]);
    passGrace();
    expect(await closing).toMatchObject([
      {
        code: 'STORE_FAILED',
        operation: 'close job',
        message: expect.stringContaining(': the disk with its journal and '),
      },
    ]);
    expect(leases.held.size).toBe(1);
    letGo();
    await free();
  });

  it('is not opened when the grace is over, and lets go when the call has come back', async () => {
    const { job, leases, hang, reached, abort, waits, passGrace, letGo, free } = bench();
    hang();
    const opening = job();
    await reached;
    abort();
    expect(waits()).toEqual([graceMs]);
    passGrace();
    await expect(opening).rejects.toMatchObject({
      code: 'STORE_FAILED',
      operation: 'open job',
      message: expect.stringContaining(': the disk with its journal did not answer'),
    });
    expect(leases.held.size).toBe(1);
    letGo();
    await free();
  });

  it('is waited for as long as nobody aborts, and within the grace', async () => {
    const { job, waits, hang, reached, abort, letGo, leases } = bench();
    const opened = await job();
    hang();
    const closing = opened.close(true);
    await reached;
    expect(waits()).toEqual([]);
    abort();
    expect(waits()).toEqual([graceMs]);
    letGo();
    expect(await closing).toEqual([]);
    expect([waits(), leases.held.size]).toEqual([[], 0]);
  });
});

describe('a job that is waited for no longer', () => {
  it('names the source that does not answer, and not the disk', async () => {
    let asked = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let answer = (_fingerprint: string): void => undefined;
    const answered = new Promise<string>((resolve) => {
      answer = resolve;
    });
    const { job, abort, passGrace, free } = bench(undefined, {
      ...graph,
      nodes: [
        {
          kind: 'source',
          name: 'rows',
          options: {},
          source: {
            ...fromIterable([]),
            fingerprint: () => {
              asked();
              return answered;
            },
          },
        },
      ],
    });
    const opening = job();
    await reached;
    abort();
    passGrace();
    const told = ': source rows, which was asked for its fingerprint, did not answer';
    await expect(opening).rejects.toMatchObject({ message: expect.stringContaining(told) });
    answer('one');
    await free();
  });

  it('names what it was removing at its end', async () => {
    const { job, hang, reached, abort, passGrace, letGo, free } = bench((name) => name === 'unlink');
    const opened = await job();
    const spill = join(scratch, 'job/spill');
    await mkdir(spill);
    await writeFile(join(spill, 'batches'), '');
    hang();
    const closing = opened.close(true);
    await reached;
    abort();
    passGrace();
    const told = `: the disk with ${spill}, which was to be removed, did not answer`;
    expect(await closing).toMatchObject([{ message: expect.stringContaining(told) }]);
    letGo();
    await free();
  });
});
