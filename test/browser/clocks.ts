// Owns the clocks that runs are given so that what a page shows of them does not depend on how fast the machine is.
import { type Clock, systemClock } from '@tailrace/core';

/**
 * On it long timers, such as those before retries, begin only when they are let go: however late a page has its turn, it shows
 * what waits for them.
 */
export function patientClock(): { readonly clock: Clock; readonly release: () => void } {
  let isHeld = true;
  const held = new Map<object, () => unknown>();
  const clock: Clock = {
    ...systemClock,
    setTimeout(callback, delayMs) {
      const handle: { timer?: unknown } = {};
      const start = (): void => {
        handle.timer = systemClock.setTimeout(callback, delayMs);
      };
      if (isHeld && delayMs > 200) held.set(handle, start);
      else start();
      return handle;
    },
    clearTimeout(handle) {
      // Every handle of this clock is one of those above.
      const { timer } = (handle ?? {}) as { readonly timer?: unknown };
      if (timer === undefined) held.delete(handle as object);
      else systemClock.clearTimeout(timer);
    },
  };
  return {
    clock,
    release() {
      isHeld = false;
      for (const start of held.values()) start();
      held.clear();
    },
  };
}

/**
 * It stands still within a turn of the event loop, so that who looks at it first does not matter, and tells whole
 * milliseconds.
 */
export function stillClock(): Clock {
  let moment: number | undefined;
  const now = (): number => {
    if (moment === undefined) {
      moment = Math.floor(systemClock.now());
      setImmediate(() => {
        moment = undefined;
      });
    }
    return moment;
  };
  const origin = Math.floor(systemClock.wallTime() - systemClock.now());
  return { ...systemClock, now, wallTime: () => origin + now() };
}
