import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adviceOf, hiddenShareOf, type ReportNumbers } from './report.js';

const base: ReportNumbers = {
  elapsedMs: 10_000,
  computeMs: 9_000,
  writeMs: 4_000,
  blockedMs: 0,
  tailMs: 100,
  workers: 1,
  cores: 2,
};

describe('the share of writing that was hidden', () => {
  it('is all that did not make the stages wait', () => {
    expect(hiddenShareOf(base)).toBeCloseTo(0.975);
    expect(hiddenShareOf({ ...base, blockedMs: 900 })).toBeCloseTo(0.75);
  });

  it('is nothing without workers, and always a share', () => {
    expect(hiddenShareOf({ ...base, workers: 0 })).toBe(0);
    const ms = fc.double({ min: 0, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(ms, ms, ms, (writeMs, blockedMs, tailMs) => {
        const share = hiddenShareOf({ ...base, writeMs, blockedMs, tailMs });
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the advice', () => {
  it.each([
    ['compute-bound', {}],
    ['balanced', { tailMs: 1_000 }],
    ['write-bound', { blockedMs: 4_000 }],
    ['not-worth-it', { writeMs: 300 }],
    ['inline', { workers: 0 }],
  ] as const)('is %s', (kind, change) => {
    expect(adviceOf({ ...base, ...change }).kind).toBe(kind);
  });

  it('names another worker only while there are cores for it', () => {
    expect(adviceOf({ ...base, blockedMs: 4_000 }).text).toContain('add a worker (now 1 on 2 cores)');
    expect(adviceOf({ ...base, blockedMs: 4_000, workers: 2 }).text).toContain('write less');
  });
});
