import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlanError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { exponential, fixed, none } from './policies.js';
import type { RetryPolicy } from './policy.js';

const temporary = new TailraceError('the disk is full', { code: 'STORE_FAILED', operation: 'write' });
const permanent = new TailraceError('no such column', { code: 'SCHEMA_INVALID', operation: 'check' });
const unitInterval = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** How often a policy lets one fail, retries being immediate. */
function triesOf(policy: RetryPolicy): number {
  let attempt = 1;
  while (policy(temporary, attempt, () => 0.5).retry) attempt += 1;
  return attempt;
}

describe('none', () => {
  it('gives up at once, whatever failed', () => {
    expect(none()(temporary, 1, () => 0.5)).toEqual({ retry: false });
  });
});

describe('fixed', () => {
  it('waits the same time before every retry', () => {
    const policy = fixed({ attempts: 4, delayMs: 70 });
    expect([1, 2, 3].map((attempt) => policy(temporary, attempt, () => 0.9))).toEqual(
      [70, 70, 70].map((delayMs) => ({ retry: true, delayMs })),
    );
  });

  it('makes as many attempts as it was told, the first one included', () => {
    void fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (attempts) => {
        expect(triesOf(fixed({ attempts, delayMs: 1 }))).toBe(attempts);
      }),
    );
  });
});

describe('exponential', () => {
  it('doubles the bound of its delay from 200 ms, and makes three attempts, by default', () => {
    const policy = exponential();
    const longest = (attempt: number): unknown => policy(temporary, attempt, () => 1);
    expect([1, 2, 3].map(longest)).toEqual([
      { retry: true, delayMs: 200 },
      { retry: true, delayMs: 400 },
      { retry: false },
    ]);
  });

  it('spreads its delays over the whole range from zero to the bound', () => {
    const policy = exponential({ attempts: 5, baseMs: 100 });
    expect(policy(temporary, 3, () => 0)).toEqual({ retry: true, delayMs: 0 });
    expect(policy(temporary, 3, () => 0.25)).toEqual({ retry: true, delayMs: 100 });
  });

  it('never waits longer than its cap, nor longer than the doubled base, nor less than nothing', () => {
    const options = fc.record({
      baseMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      extraMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      attempt: fc.integer({ min: 1, max: 5_000 }),
      jitter: unitInterval,
    });
    void fc.assert(
      fc.property(options, ({ baseMs, extraMs, attempt, jitter }) => {
        const capMs = baseMs + extraMs;
        const decision = exponential({ attempts: 10_000, baseMs, capMs })(temporary, attempt, () => jitter);
        if (!decision.retry) throw new Error('it gave up early');
        expect(decision.delayMs).toBeGreaterThanOrEqual(0);
        expect(decision.delayMs).toBeLessThanOrEqual(capMs);
        expect(decision.delayMs).toBeLessThanOrEqual(baseMs * 2 ** Math.min(attempt - 1, 40));
      }),
    );
  });

  it('makes as many attempts as it was told, the first one included', () => {
    void fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (attempts) => {
        expect(triesOf(exponential({ attempts }))).toBe(attempts);
      }),
    );
  });
});

describe('every policy', () => {
  const policies: [string, RetryPolicy][] = [
    ['none', none()],
    ['fixed', fixed({ attempts: 9, delayMs: 1 })],
    ['exponential', exponential({ attempts: 9 })],
  ];

  it.each(policies)('%s gives up on a permanent error at its first attempt', (_name, policy) => {
    expect(policy(permanent, 1, () => 0.5)).toEqual({ retry: false });
  });

  it.each(policies)('%s decides by the status and never by the text', (_name, policy) => {
    const said = new TailraceError('temporary, try again', {
      code: 'STORE_FAILED',
      operation: 'write',
      status: 'permanent',
    });
    expect(policy(said, 1, () => 0.5)).toEqual({ retry: false });
  });
});

describe('options out of range', () => {
  const wrong: [string, () => unknown, RegExp][] = [
    ['no attempt', () => fixed({ attempts: 0, delayMs: 1 }), /attempts is 0.*at least 1/],
    ['half an attempt', () => exponential({ attempts: 1.5 }), /attempts is 1\.5/],
    ['attempts that are not a number', () => exponential({ attempts: Number.NaN }), /attempts is NaN/],
    ['a negative delay', () => fixed({ attempts: 2, delayMs: -1 }), /delayMs is -1/],
    ['an endless delay', () => exponential({ capMs: Number.POSITIVE_INFINITY }), /capMs is Infinity/],
    ['a delay no timer can hold', () => fixed({ attempts: 2, delayMs: 2 ** 31 }), /delayMs is 2147483648/],
    [
      'a cap below the base',
      () => exponential({ baseMs: 500, capMs: 100 }),
      /capMs \(100\) is below baseMs \(500\)/,
    ],
  ];

  it.each(wrong)('are refused with a PlanError: %s', (_what, make, message) => {
    expect(make).toThrow(PlanError);
    expect(make).toThrow(message);
  });
});
