// Owns the arithmetic of samples: medians, ratios within a round, and the growth of one quantity with another.
import type { Measure } from './bench-case.js';

/** The name under which our own figures stand in every case. */
export const own = 'Tailrace';

/** What one contender gave for one metric, round by round. */
export interface Sample {
  readonly contender: string;
  readonly metric: string;
  readonly unit: string;
  /** By round, in the order of the rounds. */
  readonly values: readonly number[];
}

/** The value in the middle, or the mean of the two there. NaN without values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which a share `q` (0 to 1) lies, with linear interpolation between neighbours (type 7 of Hyndman and
 * Fan, "Sample Quantiles in Statistical Packages", 1996). NaN without values.
 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * How many times larger `numerator` is. With as many rounds on both sides it is the median of the ratios within a round:
 * a machine that changes its speed between rounds then changes both. Otherwise the ratio of the medians.
 */
export function pairedRatio(numerator: readonly number[], denominator: readonly number[]): number {
  if (numerator.length !== denominator.length) return median(numerator) / median(denominator);
  return median(numerator.map((value, round) => value / (denominator[round] ?? Number.NaN)));
}

/** One measure per sample, with ratios to the sample that `own` has for the same metric and unit. */
export function measuresOf(samples: readonly Sample[]): Measure[] {
  return samples.map(({ contender, metric, unit, values }) => {
    const ours = samples.find(
      (other) => other.contender === own && other.metric === metric && other.unit === unit,
    );
    return {
      contender,
      metric,
      unit,
      median: median(values),
      min: Math.min(...values),
      max: Math.max(...values),
      ratioToTailrace: ours === undefined ? null : pairedRatio(values, ours.values),
    };
  });
}

/**
 * The exponent `b` of `y ~ x^b`: the median of the slopes between all pairs of points, in logarithms. A single bad
 * point moves it little (Theil 1950, Sen 1968). NaN with fewer than two different `x`.
 */
export function growthExponent(points: readonly (readonly [number, number])[]): number {
  const slopes: number[] = [];
  for (const [index, [x, y]] of points.entries()) {
    for (const [otherX, otherY] of points.slice(index + 1)) {
      if (otherX !== x) slopes.push(Math.log(otherY / y) / Math.log(otherX / x));
    }
  }
  return median(slopes);
}
