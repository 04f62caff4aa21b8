import { afterEach, describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { createMemory } from '../materialise/create-memory.js';
import { none } from '../retry/policies.js';
import type { Clock } from '../time/clock.js';
import { createPoolCore, type PoolCore } from './core.js';
import { fakeWorkers, settle, voidSink } from './pool-fixtures.js';
import type { StartThread } from './thread.js';

let close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const one of close) await one();
  close = [];
});

/** A pool of a machine with `cores`, whose clock the test moves. */
function startPool(cores: number) {
  const timers = new SimulatedClock();
  const clock: Clock = {
    now: () => timers.now(),
    wallTime: () => 0,
    setTimeout: (callback, delayMs) => timers.setTimeout(callback, delayMs),
    // What its own setTimeout has returned.
    clearTimeout: (handle) => timers.clearTimeout(handle as number),
    yield: () => new Promise((resolve) => setImmediate(resolve)),
  };
  const workers = fakeWorkers();
  const threads: string[] = [];
  /** Attempts by the thread that has them. */
  const attempts = new Map<string, string[]>();
  const startThread: StartThread = (startup, events) => {
    threads.push(startup.name);
    const thread = workers.startThread(startup, events);
    return {
      ...thread,
      post(message) {
        if (message.type === 'attempt.start') {
          const others = attempts.get(startup.name) ?? [];
          attempts.set(startup.name, [...others, message.spec.output]);
        }
        thread.post(message);
      },
    };
  };
  workers.answer(false);
  const memory = createMemory({ limitBytes: 2 ** 24 });
  const core: PoolCore = createPoolCore({
    memory,
    workers: 'auto',
    cores,
    threadsGiveWay: true,
    openPerWorker: 16,
    graceMs: 1,
    retryLimits: { minRetries: 100, retriesPerWrite: 0.2 },
    unresponsiveMs: 0,
    workerMemoryBytes: 0,
    bootTimeoutMs: 1e9,
    maxRestarts: 0,
    clock,
    random: () => 0,
    inspect: undefined,
    startThread,
  });
  const actor = createActor(core.machine, { input: core.input, clock });
  core.attach(actor);
  actor.start();
  const write = async (name: string): Promise<void> => {
    const { feed } = core.openOutput({
      name,
      sink: voidSink(),
      runId: 'run',
      retry: none(),
      retryLimits: { minRetries: 10, retriesPerWrite: 0.2 },
      onDiskFull: 'fail',
      diskFullTimeoutMs: 0,
      timeoutMs: 0,
      stallMs: 1e9,
      slow: 'pace',
      writeRows: 1e9,
      writeBytes: 1e9,
      schema: undefined,
    }).record;
    // One write without batches.
    feed.schema({ fields: [] });
    feed.complete();
    await settle();
  };
  close.push(async () => {
    workers.answer(true);
    await settle(100);
    const closing = core.close();
    for (let turn = 0; turn < 10; turn += 1) {
      await settle();
      timers.increment(1);
    }
    await closing;
  });
  const look = async (): Promise<void> => {
    timers.increment(50);
    await settle();
  };
  return { core, write, look, threads, attempts };
}

describe('a pool with automatic workers', () => {
  it('has one thread while one attempt is all there is', async () => {
    const { core, write, look, threads } = startPool(8);
    core.computing(true);
    await write('a');
    for (let n = 0; n < 5; n += 1) await look();
    expect(threads).toEqual(['w1.1']);
    expect(core.workerCount).toBe(1);
  });

  it('starts another thread when two looks have found more to do, and keeps for it what it is to have', async () => {
    const { core, write, look, threads, attempts } = startPool(2);
    core.computing(true);
    for (const name of ['a', 'b', 'c', 'd']) await write(name);
    await look();
    await look();
    expect(threads).toEqual(['w1.1', 'w2.1']);
    expect([...attempts.values()].map(({ length }) => length)).toEqual([2, 2]);
    expect(core.workerCount).toBe(2);
  });

  it('starts it at once when the stages are over', async () => {
    const { core, write, threads } = startPool(2);
    core.computing(true);
    await write('a');
    await write('b');
    expect(threads).toEqual(['w1.1']);
    core.computing(false);
    await settle();
    expect(threads).toEqual(['w1.1', 'w2.1']);
  });
});
