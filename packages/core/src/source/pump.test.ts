import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTailraceError } from '../errors/tailrace-error.js';
import { type PumpTimes, pump, timesUntil } from './pump.js';
import type { Source } from './source.js';
import { handClock, handCredit, settled } from './test-rig.js';

interface Spied {
  readonly source: Source<number>;
  asked: number;
  returned: number;
}

/** Chunks of consecutive numbers, counting what is asked for and whether the source was closed. */
function chunksOf(sizes: readonly number[]): Spied {
  const spied: Spied = {
    asked: 0,
    returned: 0,
    source: {
      name: 'numbers',
      open() {
        let chunk = 0;
        let item = 0;
        return {
          [Symbol.asyncIterator]: () => ({
            async next() {
              spied.asked += 1;
              const size = sizes[chunk++];
              if (size === undefined) return { done: true, value: undefined };
              return { done: false, value: Array.from({ length: size }, () => item++) };
            },
            async return() {
              spied.returned += 1;
              return { done: true, value: undefined };
            },
          }),
        };
      },
    },
  };
  return spied;
}

const never = new AbortController().signal;
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('pump', () => {
  it('delivers every item in order and does not close a source that has ended', async () => {
    const spied = chunksOf([3, 0, 2]);
    const items: number[] = [];
    await pump(spied.source, {
      next: (item) => items.push(item),
      downstream: handCredit(),
      clock: handClock(),
      signal: never,
    });
    expect(items).toEqual([0, 1, 2, 3, 4]);
    expect(spied.returned).toBe(0);
  });

  it('asks for nothing until downstream is open', async () => {
    const spied = chunksOf([1]);
    const credit = handCredit(false);
    const running = pump(spied.source, {
      next: () => {},
      downstream: credit,
      clock: handClock(),
      signal: never,
    });
    await settled();
    expect(spied.asked).toBe(0);
    credit.set(true);
    await running;
    expect(spied.asked).toBe(2);
  });

  it('asks for the end while downstream is closed once all items have come that the source says to have', async () => {
    const { source } = chunksOf([2, 1]);
    const credit = handCredit();
    const run = (totalItems: number | undefined): Promise<void> =>
      pump({ ...source, totalItems }, { next, downstream: credit, clock: handClock(), signal: never });
    const next = (item: number): void => {
      if (item === 2) credit.set(false);
    };
    await run(3);
    credit.set(true);
    const ends: string[] = [];
    const unknown = run(undefined).then(() => ends.push('ended'));
    await settled();
    expect(ends).toEqual([]);
    credit.set(true);
    await unknown;
  });

  it('delivers nothing to a closed downstream of a source that has more than it says', async () => {
    const { source } = chunksOf([2, 1]);
    const credit = handCredit();
    const items: number[] = [];
    const running = pump(
      { ...source, totalItems: 2 },
      {
        next(item) {
          items.push(item);
          credit.set(item !== 1);
        },
        downstream: credit,
        clock: handClock(),
        signal: never,
      },
    );
    await settled();
    expect(items).toEqual([0, 1]);
    credit.set(true);
    await running;
    expect(items).toEqual([0, 1, 2]);
  });

  it('pauses within a chunk at the item after which downstream closed, and goes on there', async () => {
    const spied = chunksOf([10, 10]);
    const credit = handCredit();
    const items: number[] = [];
    const running = pump(spied.source, {
      next(item) {
        items.push(item);
        if (item === 3) credit.set(false);
      },
      downstream: credit,
      clock: handClock(),
      signal: never,
    });
    await settled();
    expect(items).toEqual([0, 1, 2, 3]);
    expect(spied.asked).toBe(1);
    credit.set(true);
    await running;
    expect(items).toEqual(range(20));
  });

  it('never has more than the credit delivered and one chunk asked for ahead of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 30 }),
        async (sizes, credits) => {
          const spied = chunksOf(sizes);
          const credit = handCredit();
          const items: number[] = [];
          let outstanding = 0;
          let worst = 0;
          const running = pump(spied.source, {
            next(item) {
              items.push(item);
              outstanding += 1;
              worst = Math.max(worst, outstanding);
              if (outstanding < credits) return;
              credit.set(false);
              queueMicrotask(() => {
                outstanding = 0;
                credit.set(true);
              });
            },
            downstream: credit,
            clock: handClock(),
            signal: never,
          });
          await running;
          const total = sizes.reduce((sum, size) => sum + size, 0);
          expect(items).toEqual(range(total));
          expect(worst).toBeLessThanOrEqual(credits);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the event loop its turn after 5 ms of delivering', async () => {
    const clock = handClock();
    await pump(chunksOf([4_000]).source, {
      next: () => clock.advance(1),
      downstream: handCredit(),
      clock,
      signal: never,
    });
    // Every item takes 1 ms, so a turn of 5 ms is over at the latest a few items after the fifth.
    expect(clock.yields).toBeGreaterThanOrEqual(500);
    expect(clock.yields).toBeLessThanOrEqual(800);
  });

  it('yields between chunks of a source that always answers at once', async () => {
    const clock = handClock();
    await pump(chunksOf(range(200).map(() => 1)).source, {
      next: () => clock.advance(1),
      downstream: handCredit(),
      clock,
      signal: never,
    });
    expect(clock.yields).toBeGreaterThanOrEqual(20);
  });

  it('counts time spent in next, time spent reading and time blocked apart, that of a wait under way included', async () => {
    const clock = handClock();
    const credit = handCredit();
    const times: PumpTimes = { busyMs: 0, readMs: 0, blockedMs: 0, heldUpMs: 0, wait: undefined };
    let isHeldUp = false;
    const source: Source<number> = {
      async *open() {
        clock.advance(5);
        yield [1, 2, 3];
      },
    };
    const running = pump(source, {
      next(item) {
        clock.advance(1);
        if (item !== 3) credit.set(false);
      },
      downstream: credit,
      clock,
      signal: never,
      times,
      isHeldUp: () => isHeldUp,
    });
    await settled();
    clock.advance(40);
    // The first item is handed on in a turn that is over, and its chunk is not.
    expect(timesUntil(times, clock.now())).toEqual({ busyMs: 1, readMs: 5, blockedMs: 40, heldUpMs: 0 });
    clock.advance(60);
    isHeldUp = true;
    credit.set(true);
    await settled();
    clock.advance(10);
    expect(timesUntil(times, clock.now())).toEqual({ busyMs: 2, readMs: 5, blockedMs: 110, heldUpMs: 10 });
    credit.set(true);
    await running;
    expect(times).toEqual({ busyMs: 3, readMs: 5, blockedMs: 110, heldUpMs: 10, wait: undefined });
  });

  it('counts what a source takes for a chunk while it is waited for', async () => {
    const clock = handClock();
    const times: PumpTimes = { busyMs: 0, readMs: 0, blockedMs: 0, heldUpMs: 0, wait: undefined };
    const asked = new AbortController();
    const source: Source<number> = {
      open: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }),
    };
    const options = { next: () => {}, downstream: handCredit(), clock, signal: asked.signal, times };
    const running = pump(source, options).catch((error: unknown) => error);
    await settled();
    clock.advance(7_000);
    expect(timesUntil(times, clock.now()).readMs).toBe(7_000);
    asked.abort(new Error('enough'));
    await running;
    expect(times).toMatchObject({ readMs: 7_000, wait: undefined });
  });

  it('turns an error of the source into SOURCE_FAILED with name and cause', async () => {
    const cause = new Error('connection reset');
    const source: Source<number> = {
      name: 'orders',
      async *open() {
        yield [1];
        throw cause;
      },
    };
    const failure = await pump(source, {
      next: () => {},
      downstream: handCredit(),
      clock: handClock(),
      signal: never,
    }).catch((error: unknown) => error);
    expect(isTailraceError(failure)).toBe(true);
    expect(failure).toMatchObject({ code: 'SOURCE_FAILED', context: { source: 'orders' }, cause });
    expect(String(failure)).toContain('connection reset');
  });

  it('turns an error of open itself into SOURCE_FAILED', async () => {
    const source: Source<number> = {
      name: 'closed door',
      open() {
        throw new Error('no such host');
      },
    };
    const options = { next: () => {}, downstream: handCredit(), clock: handClock(), signal: never };
    await expect(pump(source, options)).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      operation: 'open source',
    });
  });

  it('stops and closes the source when next throws, and rejects with that very error', async () => {
    const spied = chunksOf([5, 5]);
    const thrown = new Error('from the stage');
    const items: number[] = [];
    const running = pump(spied.source, {
      next(item) {
        items.push(item);
        if (item === 2) throw thrown;
      },
      downstream: handCredit(),
      clock: handClock(),
      signal: never,
    });
    await expect(running).rejects.toBe(thrown);
    expect(items).toEqual([0, 1, 2]);
    expect(spied.returned).toBe(1);
  });

  it('ends in the middle of a chunk when aborted, and closes the source', async () => {
    const spied = chunksOf([100]);
    const controller = new AbortController();
    const reason = new Error('enough');
    const items: number[] = [];
    const running = pump(spied.source, {
      next(item) {
        items.push(item);
        if (item === 9) controller.abort(reason);
      },
      downstream: handCredit(),
      clock: handClock(),
      signal: controller.signal,
    });
    await expect(running).rejects.toBe(reason);
    expect(items).toHaveLength(10);
    expect(spied.returned).toBe(1);
  });

  it('ends at once when aborted while paused', async () => {
    const spied = chunksOf([1]);
    const controller = new AbortController();
    const running = pump(spied.source, {
      next: () => {},
      downstream: handCredit(false),
      clock: handClock(),
      signal: controller.signal,
    });
    const failed = expect(running).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await failed;
    expect(spied.returned).toBe(1);
  });

  it('does not wait for a source that never answers once aborted', async () => {
    const controller = new AbortController();
    let returned = false;
    const source: Source<number> = {
      open: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: () => {
            returned = true;
            return new Promise<never>(() => {});
          },
        }),
      }),
    };
    const running = pump(source, {
      next: () => {},
      downstream: handCredit(),
      clock: handClock(),
      signal: controller.signal,
    });
    const failed = expect(running).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await failed;
    expect(returned).toBe(true);
  });

  it('opens nothing when the signal is already aborted', async () => {
    const source: Source<number> = {
      open() {
        throw new Error('opened');
      },
    };
    const options = { next: () => {}, downstream: handCredit(), clock: handClock() };
    await expect(
      pump(source, { ...options, signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
  });

  it('reports a failure to close without hiding the error that led there', async () => {
    const reported: string[] = [];
    const source: Source<number> = {
      name: 'sticky',
      async *open() {
        try {
          yield [1, 2];
        } finally {
          await Promise.reject(new Error('cannot close'));
        }
      },
    };
    const running = pump(source, {
      next() {
        throw new Error('first');
      },
      downstream: handCredit(),
      clock: handClock(),
      signal: never,
      onLeaveError: (error) => reported.push(`${error.code}: ${error.message}`),
    });
    await expect(running).rejects.toThrow('first');
    expect(reported).toEqual(["SOURCE_FAILED: Source 'sticky' failed (close source): cannot close"]);
  });
});
