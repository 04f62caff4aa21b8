import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyModel, reduce } from '../model/model.js';
import { recorded, wallTime } from '../testing/recorded.js';
import { createForeignTimes } from './foreign-times.js';

const now = wallTime();

describe('the time of a message of another app', () => {
  it('is what its sender says, if that is about now, and otherwise when it came', () => {
    const { at } = createForeignTimes(wallTime);
    expect(at('app1', now - 3_000)).toBe(now - 3_000);
    expect(at('app1', undefined)).toBe(now);
    expect(at('app1', 1)).toBe(now);
    expect(at('app2', 999_999_999_999_999)).toBe(now);
  });

  it('keeps the distances that a sender says whose clock is wrong, until its connection ends', () => {
    let clock = now;
    const times = createForeignTimes(() => clock);
    const hour = 3_600_000;
    expect(times.at('app1', now - hour)).toBe(now);
    clock += 1_000;
    expect(times.at('app1', now - hour + 400)).toBe(now + 400);
    // Of another connection nothing is known yet.
    expect(times.at('app2', now + 400)).toBe(now + 400);
    times.end('app1');
    expect(times.at('app1', now - hour + 400)).toBe(clock);
  });

  it('is never later than now, and never much earlier, whatever is said', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 2 ** 31 }), fc.maxSafeNat())), (steps) => {
        let clock = now;
        const times = createForeignTimes(() => clock);
        for (const [later, said] of steps) {
          clock += later;
          const at = times.at('app1', said);
          expect(at).toBeLessThanOrEqual(clock);
          expect(at).toBeGreaterThanOrEqual(clock - 10_000);
        }
      }),
    );
  });

  it('leaves the timeline of everything else as it is', () => {
    const { stream, told } = recorded();
    for (const createdAt of ['999999999999999', '1', String(now)]) {
      const actor = { type: '@xstate.actor', sessionId: `x:${createdAt}`, createdAt, definition: '{}' };
      stream.foreign(JSON.stringify(actor), 'app1');
    }
    const { from, to, actors } = reduce(emptyModel, told);
    expect([actors.size, from, to]).toEqual([3, now, now]);
  });
});

describe('an event of another app', () => {
  const say = (stream: ReturnType<typeof recorded>['stream'], type: string, more: object = {}): void =>
    stream.foreign(JSON.stringify({ type, sessionId: 'x:1', definition: '{}', ...more }), 'app1');

  it('is told of an actor that lives, and of nobody else', () => {
    const { stream, told } = recorded();
    say(stream, '@xstate.event', { event: { type: 'early' } });
    expect(told).toEqual([]);
    say(stream, '@xstate.actor');
    say(stream, '@xstate.event', { event: { type: 'turn' } });
    say(stream, '@xstate.snapshot', { snapshot: { status: 'done' } });
    say(stream, '@xstate.event', { event: { type: 'late' } });
    expect(told.map(({ type }) => type)).toEqual(['@xstate.actor', '@xstate.event', '@xstate.snapshot']);
  });
});
