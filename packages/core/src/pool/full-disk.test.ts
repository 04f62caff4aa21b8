import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { defineSchema, utf8 } from '../batch/schema.js';
import type { PlainError } from '../errors/plain-error.js';
import { createBatchBuilder } from '../materialise/batch-builder.js';
import { createMemory } from '../materialise/create-memory.js';
import type { ScratchFs } from '../materialise/scratch.js';
import { none } from '../retry/policies.js';
import type { Clock } from '../time/clock.js';
import { createPool } from './pool.js';
import { fakeWorkers, settle, voidSink } from './pool-fixtures.js';
import type { StartThread } from './thread.js';

/** Threads whose attempts find no room at their first batch, for as long as `disk.full`. */
function threadsWith(disk: { full: boolean }): StartThread {
  const { startThread } = fakeWorkers();
  return (startup, events) => {
    const thread = startThread(startup, events);
    const refused = new Set<string>();
    return {
      ...thread,
      post(message) {
        if (message.type === 'attempt.start' && disk.full) {
          const { attemptId } = message.spec;
          refused.add(attemptId);
          const error: PlainError = {
            code: 'STORE_FAILED',
            status: 'temporary',
            operation: 'write',
            message: 'no room',
            context: { errno: 'ENOSPC' },
            causes: [],
          };
          setImmediate(() =>
            events.message({ type: 'attempt.failed', attemptId, error, busyMs: 0, threadMs: 0 }),
          );
        } else if (!('attemptId' in message) || !refused.has(message.attemptId)) thread.post(message);
      },
    };
  };
}

describe('an open file that waits for room on a full disk', () => {
  it('holds its source when the memory is full, and moves nothing to another disk; then it is written', async () => {
    const timers = new SimulatedClock();
    const clock: Clock = {
      now: () => timers.now(),
      wallTime: () => 0,
      setTimeout: (callback, delayMs) => timers.setTimeout(callback, delayMs),
      // What its own setTimeout has returned.
      clearTimeout: (handle) => timers.clearTimeout(handle as number),
      yield: () => new Promise((resolve) => setImmediate(resolve)),
    };
    const until = async (holds: () => boolean, stepMs = 0): Promise<void> => {
      while (!holds()) {
        timers.increment(stepMs);
        await settle(1);
      }
    };
    const disk = { full: true };
    const spills: unknown[] = [];
    const fs = new Proxy({}, { get: (_, name) => () => spills.push(name) });
    // Nothing is to be asked of it.
    const memory = createMemory({ limitBytes: 4 * 2 ** 20, fs: fs as ScratchFs });
    const pool = createPool({ workers: 1, memory, clock, startThread: threadsWith(disk) });
    // One file is one write, which stays open until its source is through.
    const sink = { ...voidSink<{ text: string }>(), single: true };
    const { feed, handle } = pool.open(sink, { name: 'file', retry: none(), onDiskFull: 'wait' });
    const builder = createBatchBuilder<{ text: string }>({
      memory,
      stage: 'rows',
      schema: defineSchema({ text: utf8() }),
      batchRows: 1_000,
      overflow: 'fail',
      onSchema: (schema) => feed.schema(schema),
      onBatch: (batch) => {
        feed.push(batch);
        batch.release();
      },
    });
    while (!memory.budget.saturated) builder.push({ text: 'a'.repeat(200) });
    const writes = () => pool.stats().outputs[0]?.writes;
    await until(() => writes()?.paused === 1);

    // Many more looks at the memory than a standstill takes to be acted upon, and several at the disk.
    for (let looks = 0; looks < 100; looks += 1) {
      timers.increment(20);
      await settle(3);
    }
    expect(spills).toEqual([]);
    expect(memory.budget.saturated).toBe(true);

    disk.full = false;
    await until(() => writes()?.active === 1, 20);
    builder.finish();
    feed.complete();
    await until(() => handle.state === 'done', 20);
    let over = false;
    const drained = pool.drain().finally(() => {
      over = true;
    });
    await until(() => over, 20);
    await drained;
    expect(memory.budget.usedBytes).toBe(0);
  });
});
