// Owns what can be told without reading rows: whether some row within known bounds may meet a predicate. In doubt it may.
import {
  type AnyPredicate,
  type Comparable,
  type ComparisonOperator,
  comparable,
  compare,
  holds,
} from './predicate.js';

/** What is known of the values of a column in a file, or in a part of one. */
export interface Bounds {
  /** No value but NaN is less; text may be given by its UTF-8 bytes, cut short. Undefined: not known. */
  readonly min: Comparable | Uint8Array | undefined;
  readonly max: Comparable | Uint8Array | undefined;
  /** Whether there may be nulls, and whether there may be anything else. */
  readonly mayBeNull: boolean;
  readonly mayBeValue: boolean;
  /** Whether there may be NaN, which lies in no bounds. */
  readonly mayBeNaN: boolean;
}

/** @param boundsOf what is known of a column; undefined: nothing */
export function mayMatch(predicate: AnyPredicate, boundsOf: (column: string) => Bounds | undefined): boolean {
  if ('and' in predicate) return predicate.and.every((one) => mayMatch(one, boundsOf));
  if ('or' in predicate) return predicate.or.some((one) => mayMatch(one, boundsOf));
  const { column } = predicate;
  const bounds = boundsOf(column);
  if (bounds === undefined) return true;
  if (predicate.op === 'isNull') return bounds.mayBeNull;
  if (predicate.op === 'isNotNull') return bounds.mayBeValue;
  if (!bounds.mayBeValue) return false;
  if (predicate.op === 'in') {
    return predicate.value.some((value) => mayHold('=', bounds, comparable(value, column), column));
  }
  return mayHold(predicate.op, bounds, comparable(predicate.value, column), column);
}

function mayHold(
  op: ComparisonOperator,
  { min, max, mayBeNaN }: Bounds,
  wanted: Comparable,
  column: string,
): boolean {
  const least = min === undefined ? Number.NaN : order(min, wanted, column);
  const most = max === undefined ? Number.NaN : order(max, wanted, column);
  switch (op) {
    case '=':
      return !(least > 0) && !(most < 0);
    case '!=':
      return mayBeNaN || !(least === 0 && most === 0);
    case '<':
    case '<=':
      return Number.isNaN(least) || holds(op, least);
    case '>':
    case '>=':
      return Number.isNaN(most) || holds(op, most);
  }
}

function order(bound: Comparable | Uint8Array, wanted: Comparable, column: string): number {
  if (!(bound instanceof Uint8Array)) return compare(bound, wanted, column);
  return typeof wanted === 'string' ? Buffer.compare(bound, Buffer.from(wanted)) : Number.NaN;
}
