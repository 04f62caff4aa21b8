import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import type { Clock } from '../time/clock.js';
import { createLiveness } from './liveness.js';

function start(limitMs: number) {
  const simulated = new SimulatedClock();
  const clock: Clock = {
    now: () => simulated.now(),
    wallTime: () => 0,
    setTimeout: (callback, delayMs) => simulated.setTimeout(callback, delayMs),
    // What it returned itself.
    clearTimeout: (handle) => simulated.clearTimeout(handle as number),
    yield: async () => {},
  };
  const seen = { asked: 0, silent: 0 };
  const liveness = createLiveness({
    clock,
    limitMs,
    ask: () => (seen.asked += 1),
    onSilent: () => (seen.silent += 1),
  });
  /** Lets time pass in steps, as timers do that are set one after the other. */
  const pass = (ms: number): void => {
    for (let step = 0; step < ms; step += 10) simulated.increment(10);
  };
  return { liveness, seen, pass };
}

describe('a thread that is watched', () => {
  it('is given up once, after it has been asked several times without a word', () => {
    const { liveness, seen, pass } = start(400);
    liveness.watch(true);
    pass(490);
    expect(seen).toEqual({ asked: 4, silent: 0 });
    pass(20);
    expect(seen).toEqual({ asked: 4, silent: 1 });
    pass(10_000);
    expect(seen).toEqual({ asked: 4, silent: 1 });
  });

  it('is left alone for as long as it says something', () => {
    const { liveness, seen, pass } = start(400);
    liveness.watch(true);
    for (let round = 0; round < 100; round += 1) {
      pass(300);
      liveness.heard();
    }
    expect(seen.silent).toBe(0);
  });

  it('is not asked while it has nothing to do, and has all its time again when it has', () => {
    const { liveness, seen, pass } = start(400);
    liveness.watch(true);
    pass(300);
    liveness.watch(false);
    pass(10_000);
    expect(seen).toEqual({ asked: 3, silent: 0 });
    liveness.watch(true);
    pass(490);
    expect(seen.silent).toBe(0);
  });

  it('is never given up without a limit', () => {
    const { liveness, seen, pass } = start(0);
    liveness.watch(true);
    pass(100_000);
    expect(seen).toEqual({ asked: 0, silent: 0 });
  });
});
