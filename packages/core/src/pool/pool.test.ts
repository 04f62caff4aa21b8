import { firstValueFrom, range } from 'rxjs';
import { map } from 'rxjs/operators';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { materialise } from '../materialise/materialise.js';
import type { Clock } from '../time/clock.js';
import { createPool } from './pool.js';
import type { StartThread } from './thread.js';

/** A clock that moves only when the test says so. */
function testClock(): Clock & { increment(ms: number): void } {
  const timers = new SimulatedClock();
  let time = 0;
  return {
    now: () => time,
    wallTime: () => 0,
    setTimeout: (callback, delayMs) => timers.setTimeout(callback, delayMs),
    // Handles of a SimulatedClock are numbers.
    clearTimeout: (handle) => timers.clearTimeout(handle as number),
    yield: () => new Promise((resolve) => setImmediate(resolve)),
    increment(ms) {
      time += ms;
      timers.increment(ms);
    },
  };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));
const sinkModule = `data:text/javascript,export default {
  name: 'void',
  begin: async () => ({ skip: false, staging: null }),
  open: async () => ({ write() {}, prepare: async () => ({ rows: 0, bytes: 0, files: [] }), abort: async () => {} }),
  commit: async () => ({ rows: 0, bytes: 0, files: 0 }),
  abort: async () => {},
}`;
const sink = {
  name: 'void',
  module: { url: sinkModule, options: {} },
  location: undefined,
  target: 'nowhere',
  single: false,
  requires: [],
  reserveBytes: 0,
};

describe('a pool whose workers cannot start', () => {
  it('starts them again with growing pauses, then is broken and fails what waits, naming the cause', async () => {
    const clock = testClock();
    let starts = 0;
    const startThread: StartThread = (_, events) => {
      starts += 1;
      setImmediate(() =>
        events.ended({
          code: 'WORKER_LOST',
          status: 'temporary',
          operation: 'run worker',
          message: 'no such entry',
          context: {},
          causes: [],
        }),
      );
      return { post: () => {}, terminate: async () => {}, keepAlive: () => {} };
    };
    const pool = createPool({ workers: 1, maxRestarts: 3, clock, startThread });
    const data = await firstValueFrom(
      range(0, 5).pipe(
        map((n) => ({ n })),
        materialise({ memory: pool.memory }),
      ),
    );
    const { done } = pool.submit(data, sink);
    data.release();
    for (let turn = 0; turn < 20; turn += 1) {
      await settle();
      clock.increment(5_000);
    }
    await expect(done).rejects.toMatchObject({
      code: 'POOL_BROKEN',
      message: expect.stringContaining('no such entry'),
    });
    expect(starts).toBe(4);
    expect(pool.stats().state).toBe('broken');
    const drained = pool.drain();
    await settle();
    clock.increment(0);
    await expect(drained).rejects.toThrow(/1 of 1 outputs failed/);
    expect(pool.memory.budget.usedBytes).toBe(0);
  });
});
