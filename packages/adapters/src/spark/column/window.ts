// Owns windows: which rows belong together, in which order, and how far a function sees from each.
import {
  type Expression,
  type FrameBoundary,
  frameTypes,
  type SortOrder,
  type WindowExpression,
} from '../protocol/expression.js';
import { type ColumnOrName, named, sortOrderOf } from './column.js';
import { literal } from './literal.js';

/**
 * How far a window reaches: a number of rows (or of the unit of the order) before (negative) or behind the row, or without end.
 */
export type WindowEnd = number | 'unbounded' | 'current';

/** A window, built up by its methods. Immutable. */
export class WindowSpec {
  readonly partitionSpec: readonly Expression[];
  readonly orderSpec: readonly SortOrder[];
  readonly frameSpec: WindowExpression['frameSpec'] | undefined;

  constructor(
    partitionSpec: readonly Expression[],
    orderSpec: readonly SortOrder[],
    frameSpec: WindowExpression['frameSpec'] | undefined,
  ) {
    this.partitionSpec = partitionSpec;
    this.orderSpec = orderSpec;
    this.frameSpec = frameSpec;
  }

  /** Rows with the same values of these belong together. */
  partitionBy(...columns: ColumnOrName[]): WindowSpec {
    return new WindowSpec(
      columns.map((column) => named(column).expression),
      this.orderSpec,
      this.frameSpec,
    );
  }

  /** The order of the rows that belong together. */
  orderBy(...columns: ColumnOrName[]): WindowSpec {
    return new WindowSpec(this.partitionSpec, columns.map(sortOrderOf), this.frameSpec);
  }

  /** Both ends are included. */
  rowsBetween(from: WindowEnd, to: WindowEnd): WindowSpec {
    return this.#within(frameTypes.row, from, to);
  }

  /** Like `rowsBetween`, by the value of the one column that the window is ordered by. */
  rangeBetween(from: WindowEnd, to: WindowEnd): WindowSpec {
    return this.#within(frameTypes.range, from, to);
  }

  #within(frameType: number, from: WindowEnd, to: WindowEnd): WindowSpec {
    const frame = { frameType, lower: boundary(from), upper: boundary(to) };
    return new WindowSpec(this.partitionSpec, this.orderSpec, frame);
  }
}

function boundary(end: WindowEnd): FrameBoundary {
  if (end === 'unbounded') return { boundary: { case: 'unbounded', value: true } };
  if (end === 'current' || end === 0) return { boundary: { case: 'currentRow', value: true } };
  return { boundary: { case: 'value', value: literal(end) } };
}

/** A window over all rows: where to begin. `window.partitionBy('k').orderBy('at')`. */
export const window: WindowSpec = new WindowSpec([], [], undefined);
