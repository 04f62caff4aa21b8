// Owns numbers about the columns of a frame.
import type { Relation, Relations } from '../protocol/relation.js';
import type { Derive } from './derive.js';
import type { ActionOptions } from './engine.js';

/** Numbers about the columns of a frame; those that give a frame are computed when it is. `F` is the frame. */
export interface Statistics<F> {
  /** `count`, `mean`, `stddev`, `min`, `max` and what else is asked for: `75%`. A row each, as text. */
  summary(...statistics: string[]): F;
  /** `count`, `mean`, `stddev`, `min` and `max` of columns. */
  describe(...columns: string[]): F;
  /** How often each pair of values comes. */
  crosstab(column: string, other: string): F;
  /** Pearson's correlation of two columns. */
  corr(column: string, other: string, options?: ActionOptions): Promise<number>;
  /** The covariance of two columns, of a sample. */
  cov(column: string, other: string, options?: ActionOptions): Promise<number>;
}

/** Collects the rows of a relation. */
type Collect = <K extends keyof Relations>(
  name: K,
  value: Relations[K],
  options: ActionOptions,
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export function createStatistics<F>(input: Relation, derive: Derive<F>, collect: Collect): Statistics<F> {
  const numberIn = ([row = {}]: readonly Readonly<Record<string, unknown>>[]): number =>
    Number(Object.values(row)[0]);
  return {
    summary: (...statistics) => derive('summary', { input, statistics }),
    describe: (...cols) => derive('describe', { input, cols }),
    crosstab: (col1, col2) => derive('crosstab', { input, col1, col2 }),
    corr: async (col1, col2, options = {}) =>
      numberIn(await collect('corr', { input, col1, col2, method: 'pearson' }, options)),
    cov: async (col1, col2, options = {}) => numberIn(await collect('cov', { input, col1, col2 }, options)),
  };
}
