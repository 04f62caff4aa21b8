import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTurns, type Turns } from './turns.js';

/** A worker with batches to be lent, four at a time, that are done when the test says so. */
function worker(turns: Turns, name: string, log: string[], batches: number) {
  const turn = turns.create();
  const state = { left: batches, lent: 0 };
  const proceed = (): void => {
    while (state.left > 0 && state.lent < 4 && turn.take()) {
      state.left -= 1;
      state.lent += 1;
      log.push(name);
    }
  };
  const leave = turn.join(proceed);
  return {
    state,
    proceed,
    leave,
    turn,
    finish(count = 1) {
      const done = Math.min(count, state.lent);
      if (done === 0) return;
      state.lent -= done;
      proceed();
      turn.done(done);
    },
  };
}

describe('turns', () => {
  it('let everybody have batches when there is no limit', () => {
    const turns = createTurns();
    const log: string[] = [];
    for (const name of ['a', 'b', 'c']) worker(turns, name, log, 2).proceed();
    expect(log.join('')).toBe('aabbcc');
  });

  it('pass on when the one that has it has nothing more at work', () => {
    const turns = createTurns();
    turns.setLimit(1);
    const log: string[] = [];
    const [a, b] = [worker(turns, 'a', log, 3), worker(turns, 'b', log, 3)];
    a.proceed();
    b.proceed();
    expect(log.join('')).toBe('aaa');
    a.finish(2);
    expect(log.join('')).toBe('aaa');
    a.finish();
    expect(log.join('')).toBe('aaabbb');
  });

  it('pass on after some batches, though more are there, when somebody waits', () => {
    const turns = createTurns();
    turns.setLimit(1);
    const log: string[] = [];
    const [a, b] = [worker(turns, 'a', log, 100), worker(turns, 'b', log, 100)];
    a.proceed();
    b.proceed();
    for (let n = 0; n < 40; n += 1) {
      a.finish();
      b.finish();
    }
    expect(log.join('').slice(0, 32)).toBe(`${'a'.repeat(8)}${'b'.repeat(8)}`.repeat(2));
  });

  it('are for all at once when the limit rises, and for fewer soon after it has fallen', () => {
    const turns = createTurns();
    turns.setLimit(1);
    const log: string[] = [];
    const [a, b] = [worker(turns, 'a', log, 100), worker(turns, 'b', log, 100)];
    a.proceed();
    b.proceed();
    turns.setLimit(2);
    expect(log.join('')).toBe('aaaabbbb');
    turns.setLimit(1);
    for (let n = 0; n < 8; n += 1) {
      a.finish();
      b.finish();
    }
    expect(Math.min(a.state.lent, b.state.lent)).toBe(0);
  });

  it('leave nobody waiting who has something, whatever happens', () => {
    const step = fc.record({
      kind: fc.constantFrom('add', 'finish', 'finish', 'limit', 'end'),
      who: fc.nat(3),
      n: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const turns = createTurns();
        turns.setLimit(1);
        let limit = 1;
        const log: string[] = [];
        const all = ['a', 'b', 'c', 'd'].map((name) => worker(turns, name, log, 0));
        for (const { kind, who, n } of steps) {
          const one = all[who];
          if (one === undefined) continue;
          if (kind === 'add') {
            one.state.left += n;
            one.proceed();
          } else if (kind === 'finish') one.finish(n);
          else if (kind === 'limit') {
            limit = n;
            turns.setLimit(n);
          } else {
            // The attempt is lost with what it was lent.
            const { lent } = one.state;
            one.state.left = 0;
            one.state.lent = 0;
            one.turn.done(lent);
          }
          const atWork = all.filter(({ state }) => state.lent > 0).length;
          const waiting = all.filter(({ state }) => state.lent === 0 && state.left > 0).length;
          if (waiting > 0) expect(atWork).toBeGreaterThanOrEqual(Math.min(limit, 4));
        }
        // Those that have something come to their end.
        for (let turn = 0; turn < 2_000; turn += 1) for (const one of all) one.finish();
        expect(all.map(({ state }) => state.left + state.lent)).toEqual([0, 0, 0, 0]);
      }),
    );
  });
});
