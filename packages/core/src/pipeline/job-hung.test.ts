// Tests of a job whose disk does not answer any more, once its run is aborted.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemory } from '../materialise/create-memory.js';
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

/** A job whose journal hangs in an fsync from when it is told to, on a clock that stands still. */
function bench() {
  let isHung = false;
  const held = holding((name, path) => isHung && name === 'sync' && path.endsWith('/journal'));
  const timers = new Set<() => void>();
  const clock = {
    ...systemClock,
    setTimeout: (callback: () => void) => {
      timers.add(callback);
      return callback;
    },
    clearTimeout: (handle: unknown) => {
      for (const timer of timers) if (timer === handle) timers.delete(timer);
    },
  };
  const leases = mortalLeases();
  const abort = new AbortController();
  const job = () =>
    openJob({
      graph,
      directory: join(scratch, 'job'),
      durable: false,
      memory: createMemory({ limitBytes: 2 ** 22 }),
      runId: 'run',
      signal: abort.signal,
      clock,
      graceMs: 5_000,
      fs: { ...nodeJournalFileSystem, ...held.fs },
      leases,
    });
  return {
    job,
    leases,
    timers,
    reached: held.reached,
    letGo: held.letGo,
    abort: () => abort.abort(),
    hang: () => {
      isHung = true;
    },
    passGrace: () => {
      for (const timer of [...timers]) timer();
    },
    /** Resolves when another run can have the job. */
    async free(): Promise<void> {
      while (leases.held.size > 0) await systemClock.yield();
    },
  };
}

describe('a job whose journal does not answer when its run is aborted', () => {
  it('is closed when the grace is over, which is told of, and lets go when the call has come back', async () => {
    const { job, leases, hang, reached, abort, passGrace, letGo, free } = bench();
    const opened = await job();
    hang();
    const closing = opened.close(true);
    await reached;
    abort();
    passGrace();
    expect(await closing).toMatchObject([
      {
        code: 'STORE_FAILED',
        operation: 'close journal',
        message: expect.stringContaining('did not answer'),
      },
    ]);
    expect(leases.held.size).toBe(1);
    letGo();
    await free();
  });

  it('is not opened when the grace is over, and lets go when the call has come back', async () => {
    const { job, leases, hang, reached, abort, passGrace, letGo, free } = bench();
    hang();
    const opening = job();
    await reached;
    abort();
    passGrace();
    await expect(opening).rejects.toMatchObject({ code: 'STORE_FAILED', operation: 'open journal' });
    expect(leases.held.size).toBe(1);
    letGo();
    await free();
  });

  it('is waited for as long as nobody aborts, and within the grace', async () => {
    const { job, timers, hang, reached, abort, letGo, leases } = bench();
    const opened = await job();
    hang();
    const closing = opened.close(true);
    await reached;
    expect(timers.size).toBe(0);
    abort();
    expect(timers.size).toBe(1);
    letGo();
    expect(await closing).toEqual([]);
    expect([timers.size, leases.held.size]).toEqual([0, 0]);
  });
});
