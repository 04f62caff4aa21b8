import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AdviceKind, adviceOf, hiddenShareOf, type ReportNumbers } from './advice.js';

const base: ReportNumbers = {
  state: 'completed',
  elapsedMs: 10_000,
  computeMs: 9_000,
  readMs: 100,
  writeMs: 4_000,
  blockedMs: 0,
  heldUpMs: 0,
  tailMs: 100,
  workers: 1,
  cores: 2,
  writesAtOnce: 5,
  retriedMs: 0,
  lostAttempts: 0,
};
/** Writers made the stages wait. */
const waited = { computeMs: 5_000, blockedMs: 5_000 };

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
  it.each<[string, Partial<ReportNumbers>, AdviceKind, string]>([
    [
      'stages took the time',
      {},
      'compute-bound',
      'Compute-bound: writing is hidden; only faster stages (9.0 s) make this run shorter.',
    ],
    [
      'stages took most of it, and sources some',
      { computeMs: 6_000, readMs: 2_000 },
      'compute-bound',
      'Compute-bound: writing is hidden; only faster stages (6.0 s) or sources (2.0 s) make this run shorter.',
    ],
    [
      'sources took most of it',
      { computeMs: 700, readMs: 7_400, elapsedMs: 9_000, writeMs: 1_300 },
      'read-bound',
      'Read-bound: sources were waited for, or decoded, for 7.4 s of 9.0 s; only faster reading makes this run much shorter.',
    ],
    [
      'sources took most of it, and there was hardly any writing',
      { computeMs: 200, readMs: 6_800, elapsedMs: 8_600, writeMs: 100 },
      'read-bound',
      'Read-bound: sources were waited for, or decoded, for 6.8 s of 8.6 s; only faster reading makes this run much shorter.',
    ],
    [
      'several sources were read at once, beside computing',
      { readMs: 20_000 },
      'compute-bound',
      'Compute-bound: writing is hidden; only faster stages (9.0 s) make this run shorter.',
    ],
    [
      'a stage took rows at its own pace',
      { computeMs: 300, heldUpMs: 9_000, writeMs: 200 },
      'compute-bound',
      'Held up by a stage: sources waited 9.0 s of 10.0 s for one that takes rows at its own pace.',
    ],
    [
      'writers made stages wait, and there were writes for another',
      waited,
      'write-bound',
      'Write-bound: the stages waited 5.1 s for writers; add a worker (now 1 on 2 cores).',
    ],
    [
      'writers made stages wait, and there is no core for another',
      { ...waited, workers: 2 },
      'write-bound',
      'Write-bound: the stages waited 5.1 s for writers; write less: a cheaper codec, fewer partitions or columns.',
    ],
    [
      'one write made stages wait',
      { ...waited, writesAtOnce: 1 },
      'write-bound',
      'Write-bound: the stages waited 5.1 s for writers; write less: a cheaper codec, fewer partitions or columns ' +
        '(another worker would have had nothing to do: at most 1 write was under way at once).',
    ],
    [
      'writers made stages wait while their threads were idle, as those of a slow store are',
      { ...waited, writeMs: 10, workers: 2 },
      'write-bound',
      'Write-bound: the stages waited 5.1 s for writers; write less: a cheaper codec, fewer partitions or columns.',
    ],
    [
      'writers made stages wait now and then',
      { tailMs: 1_000 },
      'balanced',
      'Balanced: 9.0 s of computing and 0.1 s of reading hid 75 % of 4.0 s of writing.',
    ],
    [
      'there was hardly any writing',
      { writeMs: 300 },
      'not-worth-it',
      'Writing took 0.3 s of 10.0 s: background writing hardly matters for this run.',
    ],
    [
      'there were no workers',
      { workers: 0, computeMs: 4_000, readMs: 1_000, writeMs: 5_000 },
      'inline',
      'Everything ran on the main thread; workers could hide up to 5.0 s of 10.0 s.',
    ],
    [
      'there were no workers, and hardly anything to hide writing behind',
      { workers: 0, computeMs: 500, readMs: 0, writeMs: 9_500 },
      'inline',
      'Everything ran on the main thread; workers could hide up to 0.5 s of 10.0 s.',
    ],
    [
      'writes were tried again for long',
      { ...waited, retriedMs: 4_000 },
      'retries',
      'Trying again took 4.0 s of 10.0 s: what failed is to be mended first.',
    ],
    [
      'workers crashed',
      { ...waited, retriedMs: 4_000, lostAttempts: 2 },
      'retries',
      'Trying again took 4.0 s of 10.0 s; 2 attempts ended with the worker, which had to be replaced: what failed is to be ' +
        'mended first.',
    ],
    [
      'what was tried again took hardly any of it',
      { retriedMs: 400, lostAttempts: 1 },
      'compute-bound',
      'Compute-bound: writing is hidden; only faster stages (9.0 s) make this run shorter.',
    ],
    [
      'it was over before there was anything to see',
      { elapsedMs: 700, computeMs: 1, blockedMs: 0, tailMs: 690, writeMs: 300 },
      'too-short',
      'The run took 0.7 s: too short to say what it waited for.',
    ],
    [
      'it failed',
      { state: 'failed', elapsedMs: 3_100, writeMs: 0, retriedMs: 2_000 },
      'unfinished',
      'The run failed after 3.1 s: its times give no advice.',
    ],
    [
      'it was cancelled',
      { state: 'cancelled', elapsedMs: 3_100, writeMs: 0 },
      'unfinished',
      'The run was cancelled after 3.1 s: its times give no advice.',
    ],
  ])('says where %s', (_what, change, kind, text) => {
    expect(adviceOf({ ...base, ...change })).toEqual({ kind, text });
  });
});
