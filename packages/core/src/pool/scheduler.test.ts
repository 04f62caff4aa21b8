import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScheduler, leastLoaded } from './scheduler.js';
import type { WorkerHost } from './worker-host.js';

function host(slot: string, up = true): WorkerHost & { up: boolean } {
  return {
    slot,
    name: `${slot}.1`,
    up,
    fresh: false,
    load: 0,
    threadMs: 0,
    start: () => {},
    startAttempt: () => {},
    sendBatch: () => {},
    sealAttempt: () => {},
    cancelAttempt: () => {},
    has: () => false,
    warm: () => false,
    stop: async () => {},
    terminate: async () => {},
  };
}
const quarantine = () => {
  const added: WorkerHost[] = [];
  const removed: WorkerHost[] = [];
  return {
    added,
    removed,
    addQuarantine: () => {
      const one = host(`q${added.length + 1}`);
      added.push(one);
      return one;
    },
    removeQuarantine: (gone: WorkerHost) => {
      removed.push(gone);
    },
  };
};
const attempt = (attemptId: string, isolated: boolean, outputId = 'o', bytes = 0) => ({
  attemptId,
  isolated,
  outputId,
  aheadBytes: () => bytes,
});
const never = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the scheduler', () => {
  it('gives the least loaded worker that has room', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ up: fc.boolean(), open: fc.nat(5), aheadBytes: fc.nat(3) }), { maxLength: 8 }),
        (hosts) => {
          const chosen = leastLoaded(hosts, (load) => load, 4);
          const able = hosts.filter(({ up, open }) => up && open < 4);
          expect(chosen !== undefined).toBe(able.length > 0);
          for (const other of able) {
            expect(chosen?.aheadBytes).toBeLessThanOrEqual(other.aheadBytes);
            if (chosen?.aheadBytes === other.aheadBytes) expect(chosen.open).toBeLessThanOrEqual(other.open);
          }
        },
      ),
    );
  });

  it('spreads large and small writes by their bytes, not by their number', async () => {
    const scheduler = createScheduler({
      openPerOutput: () => 9,
      onWanted: () => {},
      openPerWorker: () => 9,
      ...quarantine(),
    });
    for (const slot of ['w1', 'w2']) scheduler.addHost(host(slot));
    const bytes = new Map<string, number>();
    // Every output is cut into a large write and what is left over.
    for (const output of ['a', 'b', 'c', 'd']) {
      for (const [write, size] of [60, 10].entries()) {
        const { slot } = await scheduler.acquire(attempt(`${output}${write}`, false, output, size), never);
        bytes.set(slot, (bytes.get(slot) ?? 0) + size);
      }
    }
    expect([...bytes.values()]).toEqual([140, 140]);
  });

  it('serves attempts in the order in which they asked, as room comes', async () => {
    const scheduler = createScheduler({
      openPerOutput: () => 9,
      onWanted: () => {},
      openPerWorker: () => 1,
      ...quarantine(),
    });
    scheduler.addHost(host('w1'));
    const order: string[] = [];
    for (const id of ['a', 'b', 'c'])
      void scheduler.acquire(attempt(id, false), never).then(() => order.push(id));
    await settle();
    expect(order).toEqual(['a']);
    expect(scheduler.waiting).toBe(2);
    scheduler.release('a');
    await settle();
    scheduler.release('b');
    await settle();
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('gives nothing of a worker that is down, and serves when it is up again', async () => {
    const scheduler = createScheduler({
      openPerOutput: () => 9,
      onWanted: () => {},
      openPerWorker: () => 4,
      ...quarantine(),
    });
    const down = host('w1', false);
    scheduler.addHost(down);
    let served = false;
    void scheduler.acquire(attempt('a', false), never).then(() => {
      served = true;
    });
    await settle();
    expect(served).toBe(false);
    down.up = true;
    scheduler.serve();
    await settle();
    expect(served).toBe(true);
  });

  it('gives suspects a worker of their own, one after the other', async () => {
    const places = quarantine();
    const scheduler = createScheduler({
      openPerOutput: () => 9,
      onWanted: () => {},
      openPerWorker: () => 4,
      ...places,
    });
    scheduler.addHost(host('w1'));
    const first = await scheduler.acquire(attempt('a', true), never);
    let second: WorkerHost | undefined;
    void scheduler.acquire(attempt('b', true), never).then((given) => {
      second = given;
    });
    await settle();
    expect(first.slot).toBe('q1');
    expect(second).toBeUndefined();
    scheduler.release('a');
    await settle();
    expect(places.removed).toEqual([first]);
    expect(second?.slot).toBe('q2');
  });

  it('forgets who has stopped waiting', async () => {
    const scheduler = createScheduler({
      openPerOutput: () => 9,
      onWanted: () => {},
      openPerWorker: () => 1,
      ...quarantine(),
    });
    scheduler.addHost(host('w1'));
    await scheduler.acquire(attempt('a', false), never);
    const impatient = new AbortController();
    const waiting = scheduler.acquire(attempt('b', false), impatient.signal);
    impatient.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(scheduler.waiting).toBe(0);
  });

  it('tells everyone, now and later, when no worker will come any more', async () => {
    const wanted: boolean[] = [];
    const scheduler = createScheduler({
      openPerOutput: () => 9,
      onWanted: (isWanted) => wanted.push(isWanted),
      openPerWorker: () => 1,
      ...quarantine(),
    });
    const waiting = scheduler.acquire(attempt('a', false), never);
    scheduler.breakDown({
      code: 'POOL_BROKEN',
      status: 'permanent',
      operation: 'run workers',
      message: 'all dead',
      context: {},
      causes: [],
    });
    await expect(waiting).rejects.toMatchObject({ code: 'POOL_BROKEN' });
    // Nobody looks for more workers any longer.
    expect(wanted).toEqual([true, false]);
    await expect(scheduler.acquire(attempt('b', false), never)).rejects.toMatchObject({
      code: 'POOL_BROKEN',
    });
  });

  it('keeps room for other outputs when one has many writes waiting', async () => {
    const scheduler = createScheduler({
      openPerOutput: () => 2,
      onWanted: () => {},
      openPerWorker: () => 9,
      ...quarantine(),
    });
    scheduler.addHost(host('w1'));
    const order: string[] = [];
    for (const [id, outputId] of ['a1', 'a2', 'a3', 'b1'].map((name) => [name, name.charAt(0)] as const)) {
      void scheduler.acquire(attempt(id, false, outputId), never).then(() => order.push(id));
    }
    await settle();
    expect(order).toEqual(['a1', 'a2', 'b1']);
    scheduler.release('a1');
    await settle();
    expect(order).toEqual(['a1', 'a2', 'b1', 'a3']);
  });
});
