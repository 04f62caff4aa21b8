import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLaneSums } from './lane-sums.js';
import type { LaneMessage } from './message.js';

const change = (at: number, id: string, doing: string | null): LaneMessage => ({
  type: '@tailrace.lane',
  at,
  id,
  lane: 'w1',
  name: id,
  doing,
});

/** Milliseconds by what was done, as a page reads them; what goes on at the end counts until then. */
function timesOf(messages: readonly LaneMessage[], end: number): Record<string, number> {
  const open = new Map<string, LaneMessage>();
  const times: Record<string, number> = {};
  const close = (id: string, at: number): void => {
    const before = open.get(id);
    if (before?.doing != null) times[before.doing] = (times[before.doing] ?? 0) + at - before.at;
    open.delete(id);
  };
  for (const message of messages) {
    close(message.id, message.at);
    if (message.doing !== null) open.set(message.id, message);
  }
  for (const id of [...open.keys()]) close(id, end);
  for (const [doing, ms] of Object.entries(times)) if (ms === 0) delete times[doing];
  return times;
}

describe('lanes', () => {
  it('of two runs are two, though they are called the same', () => {
    const sums = createLaneSums({ burst: 2, changes: 1 });
    const of = (run: string, at: number, doing: string | null): LaneMessage => ({
      ...change(at, `${run}1`, doing),
      run,
    });
    for (let at = 0; at < 20; at += 2) {
      sums.add(of('a', at, 'encode'));
      sums.add(of('a', at + 1, null));
    }
    expect(sums.summed).toBe(1);
    expect(sums.add(of('b', 20, 'encode'))).toHaveLength(1);
    expect(new Set(sums.end(100).map(({ run, id }) => `${run}: ${id}`))).toEqual(new Set(['a: a w1 sum 0']));
  });

  it('tell every change while there are few, but no end of what had not begun', () => {
    const sums = createLaneSums({ burst: 4 });
    expect(sums.add(change(0, 'a', null))).toEqual([]);
    expect(sums.add(change(1, 'a', 'encode'))).toHaveLength(1);
    expect(sums.add(change(2, 'a', null))).toHaveLength(1);
    expect(sums.add(change(3, 'a', null))).toEqual([]);
    expect(sums.summed).toBe(0);
  });

  it('that change too often tell sums, and every change again when they have become quiet', () => {
    const sums = createLaneSums({ burst: 0, changes: 4 });
    const told: LaneMessage[] = [];
    for (let at = 0; at < 90; at += 10) {
      told.push(...sums.add(change(at, 'a', 'encode')), ...sums.add(change(at + 6, 'a', 'flush')));
    }
    expect(sums.summed).toBe(1);
    expect(told.length).toBeLessThan(6);
    told.push(...sums.end(100));
    expect(told.at(-1)).toMatchObject({ name: 'sum of 18 changes', doing: null });
    told.push(...sums.add(change(150, 'a', 'encode')), ...sums.end(200));
    expect(sums.summed).toBe(0);
    expect(told.at(-1)).toEqual(change(200, 'a', 'encode'));
    expect(timesOf(told, 200)).toEqual({ encode: 9 * 6 + 50, flush: 8 * 4 + 14 + 50 });
  });

  it('of outputs that have ended are forgotten, however many there are', () => {
    const sums = createLaneSums();
    for (let n = 0; n < 20_000; n += 1) {
      const lane = `o~${n}`;
      sums.add({ ...change(n, 'a', 'backoff'), lane });
      sums.add({ ...change(n + 0.5, 'a', null), lane });
    }
    // Those of the last second, and as many again.
    expect(sums.size).toBeLessThan(2_100);
  });

  it('that were quiet, or are those of another run, may change often at once again', () => {
    const sums = createLaneSums({ burst: 6, changes: 2 });
    const burst = (at: number): number => {
      for (let n = 0; n < 3; n += 1)
        for (const doing of ['encode', null]) sums.add(change(at + n, 'a', doing));
      return sums.summed;
    };
    expect(burst(0)).toBe(0);
    expect(burst(5_000)).toBe(0);
    sums.begin();
    expect(burst(5_010)).toBe(0);
    expect(burst(5_020)).toBe(1);
  });

  it('lose nothing of how long was spent on what, however it comes', () => {
    const moves = fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 40 }),
        id: fc.constantFrom('a', 'b', 'c'),
        doing: fc.constantFrom('encode', 'flush', null),
      }),
    );
    fc.assert(
      fc.property(moves, fc.nat(8), fc.integer({ min: 1, max: 8 }), (all, burst, changes) => {
        const sums = createLaneSums({ burst, changes });
        const told: LaneMessage[] = [];
        const given: LaneMessage[] = [];
        let at = 0;
        let ended = 0;
        for (const { wait, id, doing } of all) {
          at += wait;
          for (; ended + 100 <= at; ended += 100) told.push(...sums.end(ended + 100));
          given.push(change(at, id, doing));
          told.push(...sums.add(change(at, id, doing)));
        }
        const end = at + 100;
        told.push(...sums.end(end));
        expect(timesOf(told, end)).toEqual(timesOf(given, end));
      }),
    );
  });
});
