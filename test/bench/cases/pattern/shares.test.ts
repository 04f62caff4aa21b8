import { describe, expect, it } from 'vitest';
import type { RoundReport } from '../../harness/contender.js';
import { efficiencyOf, medianSeconds, perRound, savedOf, workFor } from './shares.js';

const took = (...rounds: readonly number[]): RoundReport[] =>
  rounds.map((seconds) => ({
    seconds,
    cpuSeconds: 0,
    othersSeconds: 0,
    peakRssBytes: 0,
    startRssBytes: 0,
    figures: {},
  }));

describe('workFor', () => {
  const calibration = { compute: [[100, 1] as const, [300, 2] as const], writeSeconds: 3 };

  it('finds the work at which computing takes what the share leaves', () => {
    // 3 s of writing are half of 6 s: computing must take 3 s, one more than with 300 steps.
    expect(workFor(0.5, calibration)).toBe(500);
    expect(workFor(0.75, calibration)).toBe(100);
  });

  it('never asks for less than no work', () => {
    expect(workFor(0.99, calibration)).toBe(0);
  });
});

describe('savedOf and efficiencyOf', () => {
  it('calls the time of inline nothing saved, and half of it 50 %', () => {
    expect(savedOf(2, 2)).toBe(0);
    expect(savedOf(2, 1)).toBe(50);
  });

  it('is 1 at the ideal and 0 at the time of inline', () => {
    // 7 s and 3 s on two processors: computing is the longer half.
    expect(efficiencyOf(10, 7, 7, 3)).toBe(1);
    expect(efficiencyOf(10, 10, 7, 3)).toBe(0);
    // 2 s and 8 s: both processors are busy for 5 s.
    expect(efficiencyOf(10, 5, 2, 8)).toBe(1);
  });
});

describe('perRound', () => {
  const reports = new Map([
    ['a', took(1, 2, 9)],
    ['b', took(2, 4, 3)],
  ]);

  it('pairs the times of one round, in the order of the names', () => {
    expect(perRound(reports, ['b', 'a'], (b = 0, a = 0) => b / a)).toEqual([2, 2, 1 / 3]);
  });

  it('takes the median of one', () => {
    expect(medianSeconds(reports, 'a')).toBe(2);
  });
});
