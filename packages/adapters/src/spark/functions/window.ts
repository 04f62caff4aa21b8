// Owns Spark's functions of rows in a window.
import { type Column, call, named } from '../column/column.js';
import type { LiteralValue } from '../column/literal.js';
import { type ColumnOf, of0 } from './shapes.js';

/** The number of the row in its partition, from 1. */
export const rowNumber: () => Column<number> = of0('row_number');
/** The rank, with gaps behind equals. */
export const rank: () => Column<number> = of0('rank');
/** The rank, without gaps. */
export const denseRank: () => Column<number> = of0('dense_rank');
/** The rank from 0 to 1. */
export const percentRank: () => Column<number> = of0('percent_rank');
/** The share of rows that come no later. */
export const cumeDist: () => Column<number> = of0('cume_dist');

/** In which of so many equal parts the row is, from 1. */
export const ntile = (parts: number): Column<number> => call('ntile', parts);
/** The value so many rows earlier. */
export const lag = <T = unknown>(
  column: ColumnOf<T>,
  rows = 1,
  otherwise: LiteralValue = null,
): Column<T | null> => call('lag', named(column), rows, otherwise);
/** The value so many rows later. */
export const lead = <T = unknown>(
  column: ColumnOf<T>,
  rows = 1,
  otherwise: LiteralValue = null,
): Column<T | null> => call('lead', named(column), rows, otherwise);
/** The value of the `at`th row of the window, from 1. */
export const nthValue = <T = unknown>(
  column: ColumnOf<T>,
  at: number,
  ignoreNulls = false,
): Column<T | null> => call('nth_value', named(column), at, ignoreNulls);
