import { describe, expect, it } from 'vitest';
import { growthOf } from './resident.js';

describe('growthOf', () => {
  it('is what a straight line rises over all samples', () => {
    const samples = Array.from({ length: 11 }, (_, at) => ({ ms: at * 50, bytes: 1_000 + at * 7 }));
    expect(growthOf(samples)).toBeCloseTo(70);
  });

  it('is next to nothing for samples that go up and down', () => {
    const samples = Array.from({ length: 1_001 }, (_, at) => ({ ms: at, bytes: 1_000 + (at % 2) * 500 }));
    expect(Math.abs(growthOf(samples))).toBeLessThan(5);
  });

  it('is 0 where there is nothing to compare', () => {
    expect(growthOf([])).toBe(0);
    expect(growthOf([{ ms: 1, bytes: 5 }])).toBe(0);
  });
});
