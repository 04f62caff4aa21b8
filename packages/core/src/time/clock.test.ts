import { describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.js';

describe('a timer of the system', () => {
  it('waits its longest when it is given more than Node takes, which would fire at once', () => {
    const timer = vi.spyOn(globalThis, 'setTimeout');
    try {
      for (const delayMs of [2 ** 31, Number.POSITIVE_INFINITY]) {
        systemClock.clearTimeout(systemClock.setTimeout(() => {}, delayMs));
        expect(timer.mock.lastCall?.[1]).toBe(2 ** 31 - 1);
      }
    } finally {
      timer.mockRestore();
    }
  });
});
