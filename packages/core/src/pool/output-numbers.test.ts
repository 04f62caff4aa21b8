import { describe, expect, it } from 'vitest';
import { countBegun, createNumbers } from './output-numbers.js';

describe('what an output counts of attempts', () => {
  it('is nothing lost while each write is tried once', () => {
    const numbers = createNumbers(0);
    countBegun(numbers, 0, 100);
    countBegun(numbers, 1, 300);
    expect(numbers).toMatchObject({ attempts: 2, firstAttemptAt: 100, retriedMs: 0 });
  });

  it('is the time from an attempt that failed to the next one, once for writes that are tried again beside each other', () => {
    const numbers = createNumbers(0);
    countBegun(numbers, 0, 100);
    countBegun(numbers, 1, 200);
    countBegun(numbers, 0, 1_100);
    expect(numbers.retriedMs).toBe(1_000);
    countBegun(numbers, 1, 1_500);
    expect(numbers.retriedMs).toBe(1_400);
    countBegun(numbers, 0, 2_000);
    expect(numbers).toMatchObject({ attempts: 5, firstAttemptAt: 100, retriedMs: 1_900 });
  });
});
