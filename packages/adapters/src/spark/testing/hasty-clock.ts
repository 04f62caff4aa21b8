// Owns a clock for tests that waits for nothing: short timers fire in the next turn, long ones when the test says so.
import type { Clock } from '@tailrace/core';

export interface HastyClock extends Clock {
  /** Delays of the short timers so far, in milliseconds. */
  readonly waits: readonly number[];
  /** Fires every timer that is long and not cleared. */
  fireLong(): void;
}

/** @param longMs from which delay on a timer is a long one */
export function hastyClock(longMs = 100_000): HastyClock {
  const waits: number[] = [];
  const long = new Set<() => void>();
  const cleared = new Set<unknown>();
  return {
    waits,
    now: () => 0,
    wallTime: () => 0,
    yield: () => new Promise((resolve) => setImmediate(resolve)),
    setTimeout: (callback, delayMs) => {
      if (delayMs >= longMs) {
        long.add(callback);
        return callback;
      }
      waits.push(delayMs);
      const handle = {};
      setImmediate(() => {
        if (!cleared.has(handle)) callback();
      });
      return handle;
    },
    clearTimeout: (handle) => {
      cleared.add(handle);
      // The handle of a long timer is its callback.
      long.delete(handle as () => void);
    },
    fireLong: () => {
      const due = [...long];
      long.clear();
      for (const callback of due) callback();
    },
  };
}
