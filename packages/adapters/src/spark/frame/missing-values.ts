// Owns what can be done with nulls and NaN of a frame.
import { type LiteralValue, literalOf } from '../column/literal.js';
import type { Literal } from '../protocol/expression.js';
import type { Relation } from '../protocol/relation.js';
import type { Derive } from './derive.js';

/** What can be done with nulls and NaN. Each gives another frame. */
export interface MissingValues<F> {
  /** Nulls replaced by a value in the columns of its type; of these alone where some are named. */
  fill(value: LiteralValue, ...columns: string[]): F;
  /** Nulls replaced by the value of each column. */
  fillEach(values: Readonly<Record<string, LiteralValue>>): F;
  /** Rows without a null in these columns, or in any. @param options.atLeast keep rows with so many values */
  drop(options?: { readonly columns?: readonly string[]; readonly atLeast?: number }): F;
  /** Values replaced by others, in these columns or in all of their type. */
  replace(pairs: readonly (readonly [LiteralValue, LiteralValue])[], ...columns: string[]): F;
}

export function createMissing<F>(input: Relation, derive: Derive<F>): MissingValues<F> {
  return {
    fill: (value, ...cols) => derive('fillNa', { input, cols, values: [fillerOf(value)] }),
    fillEach: (values) =>
      derive('fillNa', {
        input,
        cols: Object.keys(values),
        values: Object.values(values).map(fillerOf),
      }),
    drop: ({ columns: cols = [], atLeast: minNonNulls } = {}) =>
      derive('dropNa', { input, cols, ...(minNonNulls === undefined ? {} : { minNonNulls }) }),
    replace: (pairs, ...cols) =>
      derive('replace', {
        input,
        cols,
        replacements: pairs.map(([oldValue, newValue]) => ({
          oldValue: literalOf(oldValue),
          newValue: literalOf(newValue),
        })),
      }),
  };
}

/** Spark fills with 64-bit integers, not with smaller ones. */
function fillerOf(value: LiteralValue): Literal {
  const isWhole = typeof value === 'number' && Number.isSafeInteger(value);
  return literalOf(isWhole ? BigInt(value) : value);
}
