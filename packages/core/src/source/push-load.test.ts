import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { TailraceError } from '../errors/tailrace-error.js';
import { systemClock } from '../time/clock.js';
import { fromObservable } from './from-observable.js';
import { buffer, dropNewest, dropOldest, fail, type OverflowPolicy, spill } from './overflow.js';
import type { PushStats } from './source.js';

/** A producer and a consumer on one clock that is moved by hand, millisecond by millisecond. */
interface Load {
  /** Items that come in each millisecond; one after the other, so that no two are the same. */
  readonly perMs: number;
  readonly forMs: number;
  /** Milliseconds that the consumer works at one item. */
  readonly msPerItem: number;
}

interface Outcome {
  readonly taken: readonly number[];
  readonly dropped: readonly number[];
  readonly stats: PushStats;
  /** When the source failed, and of what. */
  readonly failure: { readonly atMs: number; readonly error: TailraceError } | undefined;
}

const itemBytes = 100;

async function underLoad(
  policy: OverflowPolicy<number>,
  { perMs, forMs, msPerItem }: Load,
): Promise<Outcome> {
  const subject = new Subject<number>();
  const dropped: number[] = [];
  // Nothing waits for a turn of the event loop: only the hand moves time.
  const clock = { ...systemClock, yield: () => Promise.resolve() };
  const source = fromObservable(subject, { overflow: policy, clock, onDrop: (item) => dropped.push(item) });
  const iterator = source.open(new AbortController().signal)[Symbol.asyncIterator]();
  const taken: number[] = [];
  let next = 0;
  let freeAt = 0;
  let failure: Outcome['failure'];
  const take = async (atMs: number): Promise<boolean> => {
    try {
      const result = await iterator.next();
      if (result.done === true) return false;
      taken.push(...result.value);
      freeAt = atMs + result.value.length * msPerItem;
      return true;
    } catch (error) {
      // What the source throws is of the family.
      failure = { atMs, error: error as TailraceError };
      return false;
    }
  };
  let waiting: Promise<boolean> | undefined = take(0);
  for (let ms = 0; ms < forMs; ms += 1) {
    for (let count = 0; count < perMs; count += 1) subject.next(next++);
    await waiting;
    waiting = undefined;
    if (failure === undefined && ms >= freeAt && source.stats().heldItems > 0) await take(ms);
  }
  subject.complete();
  while (await take(forMs));
  return { taken, dropped, stats: source.stats(), failure };
}

const limit = { bytes: 50_000, sizeOf: () => itemBytes };
const fast: Load = { perMs: 50, forMs: 400, msPerItem: 0.1 };
const total = fast.perMs * fast.forMs;
const sorted = (items: readonly number[]): number[] => [...items].sort((a, b) => a - b);

const failing: OverflowPolicy<number> = fail();

describe('a push source whose consumer is five times too slow', () => {
  it('dropOldest: holds no more than its bytes, counts what it drops, and ends with the newest', async () => {
    const { taken, dropped, stats, failure } = await underLoad(dropOldest(limit), fast);
    expect(failure).toBeUndefined();
    expect(stats).toMatchObject({ receivedItems: total, droppedItems: dropped.length, heldItems: 0 });
    expect(dropped.length).toBeGreaterThan(total / 2);
    expect(stats.peakBytes).toBeLessThanOrEqual(limit.bytes);
    expect(taken).toEqual(sorted(taken));
    expect(sorted([...taken, ...dropped])).toEqual(Array.from({ length: total }, (_, at) => at));
    // The last 500 items are those that were held at the end.
    expect(taken.slice(-500)).toEqual(Array.from({ length: 500 }, (_, at) => total - 500 + at));
  });

  it('dropNewest: keeps what came first, and counts what it drops', async () => {
    const { taken, dropped, stats } = await underLoad(dropNewest(limit), fast);
    expect(stats).toMatchObject({ receivedItems: total, droppedItems: dropped.length });
    expect(stats.peakBytes).toBeLessThanOrEqual(limit.bytes);
    expect(sorted([...taken, ...dropped])).toEqual(Array.from({ length: total }, (_, at) => at));
    expect(taken.slice(0, 500)).toEqual(Array.from({ length: 500 }, (_, at) => at));
    expect(dropped.length).toBeGreaterThan(total / 2);
  });

  it.each([
    ['buffer', buffer<number>(limit), 500],
    ['fail', failing, 1_024],
  ])('%s: fails as soon as more waits than it may hold, with nothing dropped', async (kind, policy, held) => {
    const { taken, dropped, stats, failure } = await underLoad(policy, fast);
    expect(failure?.error).toMatchObject({ code: 'OVERFLOW', context: { policy: kind, heldItems: held } });
    expect(dropped).toEqual([]);
    // The one item too many was received, and no other after it.
    expect(stats).toMatchObject({ receivedItems: taken.length + held + 1, droppedItems: 0, heldItems: 0 });
  });

  it('spill: loses nothing, in order, with no more in memory than its limit and one chunk that is being gathered', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tailrace-load-'));
    try {
      const { taken, stats } = await underLoad(spill({ ...limit, directory }), fast);
      expect(taken).toEqual(Array.from({ length: total }, (_, at) => at));
      expect(stats).toMatchObject({ receivedItems: total, droppedItems: 0, heldItems: 0, spilledBytes: 0 });
      expect(stats.peakBytes).toBeLessThanOrEqual(limit.bytes + 1_024 * itemBytes);
      expect(readdirSync(directory)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('whatever the rates, every item is taken or counted as dropped, and the limit holds', async () => {
    const loads = fc.record({
      perMs: fc.integer({ min: 1, max: 300 }),
      forMs: fc.integer({ min: 1, max: 40 }),
      msPerItem: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    const bytes = fc.integer({ min: itemBytes, max: 100_000 });
    await fc.assert(
      fc.asyncProperty(loads, bytes, fc.boolean(), async (load, most, oldest) => {
        const options = { bytes: most, sizeOf: () => itemBytes };
        const outcome = await underLoad(oldest ? dropOldest(options) : dropNewest(options), load);
        const { taken, dropped, stats } = outcome;
        const came = load.perMs * load.forMs;
        expect(sorted([...taken, ...dropped])).toEqual(Array.from({ length: came }, (_, at) => at));
        expect(stats).toMatchObject({ receivedItems: came, droppedItems: dropped.length, heldItems: 0 });
        expect(stats.peakBytes).toBeLessThanOrEqual(most);
      }),
      { numRuns: 60 },
    );
  });

  it('a calm producer loses nothing with any policy', async () => {
    for (const policy of [buffer<number>(limit), dropOldest<number>(limit), dropNewest<number>(limit)]) {
      const { taken, dropped } = await underLoad(policy, { perMs: 5, forMs: 200, msPerItem: 0.1 });
      expect([taken.length, dropped]).toEqual([1_000, []]);
    }
  });
});
