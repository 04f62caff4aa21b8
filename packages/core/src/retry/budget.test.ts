import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlainError } from '../errors/plain-error.js';
import { budgetSpent, type RetryBudget, retriesAllowed, retryLimits, takeRetry } from './budget.js';

const limits = fc.record({
  minRetries: fc.nat(30),
  retriesPerWrite: fc.oneof(
    fc.double({ min: 0, max: 3, noNaN: true }),
    fc.constant(Number.POSITIVE_INFINITY),
  ),
});
const budgetOf = (minRetries: number, retriesPerWrite = 0.2): RetryBudget => ({
  owner: 'output routes',
  scope: 'output',
  limits: { minRetries, retriesPerWrite },
  begun: 0,
  retries: 0,
});

describe('a retry budget', () => {
  it('is 10 retries or one for every five writes, unless it is told otherwise', () => {
    const usual = retryLimits(undefined, { minRetries: 10 });
    expect([0, 1, 50, 54, 55, 1_000].map((begun) => retriesAllowed(usual, begun))).toEqual([
      10, 10, 10, 10, 11, 200,
    ]);
  });

  it('never gives more than it allows, whatever is begun and asked for in whatever order', () => {
    fc.assert(
      fc.property(limits, limits, fc.array(fc.boolean()), (ofOutput, ofRun, steps) => {
        const budgets = [ofOutput, ofRun].map((one) => ({ ...budgetOf(0), limits: one }));
        for (const begins of steps) {
          if (begins) for (const budget of budgets) budget.begun += 1;
          else {
            const before = budgets.map(({ retries }) => retries);
            const spent = takeRetry(budgets);
            const after = budgets.map(({ retries }) => retries);
            // All of them pay, or none.
            expect(after).toEqual(before.map((retries) => retries + (spent === undefined ? 1 : 0)));
          }
          for (const one of budgets)
            expect(one.retries).toBeLessThanOrEqual(retriesAllowed(one.limits, one.begun));
        }
      }),
    );
  });

  it('grows with what is begun, so that retries are given again', () => {
    const budget = budgetOf(1);
    expect(takeRetry([budget])).toBeUndefined();
    expect(takeRetry([budget])).toBe(budget);
    budget.begun = 10;
    expect(takeRetry([budget])).toBeUndefined();
    expect(takeRetry([budget])).toBe(budget);
  });

  it('without a limit never runs out, and with none of a retry gives none', () => {
    const endless = { ...budgetOf(0, Number.POSITIVE_INFINITY), begun: 1, retries: 1e9 };
    expect(takeRetry([endless])).toBeUndefined();
    expect(takeRetry([budgetOf(0, 0)])).toBeDefined();
  });

  it('leaves the error of the attempt its code and status, and says that it is spent', () => {
    const error: PlainError = {
      code: 'STORE_FAILED',
      status: 'temporary',
      operation: 'write to',
      message: 'Could not write.',
      context: { path: '/x' },
      causes: [],
    };
    expect(budgetSpent(error, { ...budgetOf(10), begun: 12, retries: 10 })).toMatchObject({
      code: 'STORE_FAILED',
      status: 'temporary',
      context: { path: '/x', retryBudget: 'output' },
      message: expect.stringMatching(
        /^Could not write\. It was not tried again\. The retry budget of output routes is spent: 10 retries of 12 /,
      ),
    });
  });

  it.each([-1, Number.NaN, '3' as unknown as number])('refuses a limit of %s', (wrong) => {
    expect(() => retryLimits({ minRetries: wrong }, { minRetries: 10 })).toThrow(
      /minRetries of a retryBudget/,
    );
    expect(() => retryLimits({ retriesPerWrite: wrong }, { minRetries: 10 })).toThrow(/retriesPerWrite/);
  });
});
