import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growthExponent, measuresOf, median, own, pairedRatio, quantile, type Sample } from './statistics.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });
const positive = fc.double({ noNaN: true, min: 1e-3, max: 1e6 });

describe('median and quantile', () => {
  it('takes the value in the middle, or the mean of the two there', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 6])).toBe(5.5);
    expect(median([])).toBeNaN();
  });

  it('interpolates between neighbours, and gives the ends at 0 and 1', () => {
    expect(quantile([10, 20, 30, 40, 50], 0.9)).toBeCloseTo(46, 12);
    expect(quantile([3, 1, 2], 0)).toBe(1);
    expect(quantile([3, 1, 2], 1)).toBe(3);
  });

  it('has as many values above it as below it, in any order of the values', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('pairedRatio', () => {
  it('is not moved by a machine that changes its speed between rounds', () => {
    const speeds = [1, 3, 0.5, 2, 7];
    expect(
      pairedRatio(
        speeds.map((speed) => 10 * speed),
        speeds.map((speed) => 4 * speed),
      ),
    ).toBeCloseTo(2.5, 12);
  });

  it('compares medians where rounds do not pair', () => {
    expect(pairedRatio([2, 4, 6], [2])).toBe(2);
  });
});

describe('measuresOf', () => {
  const sample = (contender: string, metric: string, values: number[]): Sample => ({
    contender,
    metric,
    unit: 's',
    values,
  });

  it('gives every contender its ratio to Tailrace in the same metric', () => {
    const [ours, theirs] = measuresOf([sample(own, 'time', [1, 2, 3]), sample('other', 'time', [2, 4, 6])]);
    expect(ours).toEqual({
      contender: own,
      metric: 'time',
      unit: 's',
      median: 2,
      min: 1,
      max: 3,
      ratioToTailrace: 1,
    });
    expect(theirs).toMatchObject({ median: 4, min: 2, max: 6, ratioToTailrace: 2 });
  });

  it('has no ratio where Tailrace has no figure', () => {
    const [only] = measuresOf([sample('other', 'time', [1])]);
    expect(only?.ratioToTailrace).toBeNull();
  });
});

describe('growthExponent', () => {
  const sizes = [1, 2, 4, 8, 16, 32];

  it('finds the exponent of a power law', () => {
    fc.assert(
      fc.property(positive, fc.double({ noNaN: true, min: 0, max: 3 }), (factor, exponent) => {
        const points = sizes.map((size) => [size, factor * size ** exponent] as const);
        expect(growthExponent(points)).toBeCloseTo(exponent, 9);
      }),
    );
  });

  it('is moved little by one bad point', () => {
    const points = sizes.map((size) => [size, size === 4 ? 40 : size] as const);
    expect(growthExponent(points)).toBeCloseTo(1, 1);
  });

  it('is not a number with a single size', () => {
    expect(
      growthExponent([
        [3, 1],
        [3, 2],
      ]),
    ).toBeNaN();
  });
});
