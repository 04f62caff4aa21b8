// Owns the contract of a column that is being built.
import type { ColumnData } from '../batch/batch.js';
import type { Field } from '../batch/schema.js';
import type { Place } from './region.js';

/**
 * Writes the values of one column into shared memory, row by row in ascending order. Resource: its slabs, given back by
 * `free`. After a `write` that threw, and for the columns written before it in the same row, `undo` makes the row
 * unwritten; then the same row number is written again.
 */
export interface ColumnBuilder {
  readonly field: Field;
  /** Bytes that every row takes, text and null bitmap not counted. */
  readonly rowBytes: number;
  /** Bytes of text so far. */
  readonly textBytes: number;
  /** Bytes charged to the budget now. */
  readonly chargedBytes: number;
  /** Room for `rows` rows; the first `filled` rows stay. Called before the first write of a batch. */
  reserve(rows: number, filled: number): void;
  /** Throws a ValueError for a value that does not fit; null and undefined are null. */
  write(value: unknown, row: number): void;
  undo(row: number): void;
  /** Bytes that `rows` rows fill, padded as they would lie in one piece of memory. */
  sealedBytes(rows: number): number;
  /** The column of a batch, its memory where `place` says; then the builder is empty. */
  seal(rows: number, place: Place): ColumnData;
  free(): void;
}
