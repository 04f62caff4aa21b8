import { describe, expect, it } from 'vitest';
import { createWarmThreads } from './warm-threads.js';

const rig = (limit = 2) => {
  const timers = new Set<() => void>();
  const ended: string[] = [];
  const warm = createWarmThreads<string>({
    limit,
    keepMs: 10_000,
    startTimer: (callback) => {
      timers.add(callback);
      return () => timers.delete(callback);
    },
  });
  const keep = (thread: string): void => warm.keep(thread, () => ended.push(thread));
  const passTime = (): void => {
    for (const callback of [...timers]) {
      timers.delete(callback);
      callback();
    }
  };
  return { warm, keep, passTime, timers, ended };
};

describe('threads kept warm', () => {
  it('are given out once, the last one first', () => {
    const { warm, keep, timers, ended } = rig();
    keep('a');
    keep('b');
    expect([warm.take(), warm.take(), warm.take()]).toEqual(['b', 'a', undefined]);
    expect([timers.size, ended]).toEqual([0, []]);
  });

  it('are ended when nobody has taken them in time', () => {
    const { warm, keep, passTime, ended } = rig();
    keep('a');
    passTime();
    expect([ended, warm.take()]).toEqual([['a'], undefined]);
  });

  it('are ended at once where there are enough', () => {
    const { warm, keep, ended } = rig(1);
    keep('a');
    keep('b');
    expect([ended, warm.take()]).toEqual([['b'], 'a']);
  });

  it('are forgotten when they die, and their timers with them', () => {
    const { warm, keep, passTime, ended } = rig();
    keep('a');
    warm.forget('a');
    passTime();
    expect([warm.take(), ended]).toEqual([undefined, []]);
  });
});
