// Owns the contract of a column that is being built.
import type { ColumnData } from '../batch/batch.js';
import type { Field } from '../batch/schema.js';
import type { FrameViews, Part } from './frame.js';
import type { Place } from './place.js';

/**
 * Writes the values of one column into shared memory, row by row in ascending order: what takes the same room in every
 * row into its parts of the frame, text into memory of its own, given back by `free`. After a `write` that threw, and
 * for the columns written before it in the same row, `undo` makes the row unwritten; then the same row number is written
 * again.
 *
 * Generated code (`fast-path.ts`) writes the usual values itself, to the same places, and leaves all others to `write`.
 */
export interface ColumnBuilder {
  readonly field: Field;
  /** Bytes that every row takes, text and null bitmap not counted. */
  readonly rowBytes: number;
  /** Its places in the frame. */
  readonly parts: readonly Part[];
  /** Bytes of text in the first `rows` rows, all that are written. */
  textBytes(rows: number): number;
  /** Bytes charged to the budget now, besides the frame. */
  readonly chargedBytes: number;
  /** The frame is new: it has room for `rows` rows, the first `filled` of which stay. Before the first write of a batch. */
  reserved(views: FrameViews, rows: number, filled: number): void;
  /** Throws a ValueError for a value that does not fit; null and undefined are null. */
  write(value: unknown, row: number): void;
  /** Writes what lies under the null of a column around it: a null where there may be one, else a zero that nobody reads. */
  blank(row: number): void;
  undo(row: number): void;
  /** Bytes that `rows` rows fill, padded as they would lie in one piece of memory. */
  sealedBytes(rows: number): number;
  /** The column of a batch, its memory where `place` says; then the builder is empty. */
  seal(rows: number, place: Place): ColumnData;
  free(): void;
}
