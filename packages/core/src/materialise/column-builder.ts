// Owns the contract of a column that is being built, and which builder serves which type.
import type { ColumnData } from '../batch/batch.js';
import type { Field } from '../batch/schema.js';
import type { Slabs } from '../budget/slabs.js';
import { BoolColumn, DateColumn, Float64Column, Int32Column } from './fixed-columns.js';
import type { Place } from './region.js';
import type { RowSite } from './row-site.js';
import { DictionaryColumn, Utf8Column } from './text-columns.js';
import { Int64Column, TimestampColumn } from './wide-columns.js';

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

/** Makes the builder of a column. `site` is where its errors say a value came from. */
export function createColumnBuilder(field: Field, slabs: Slabs, site: RowSite): ColumnBuilder {
  const { type } = field;
  switch (type.kind) {
    case 'bool':
      return new BoolColumn(field, slabs, site);
    case 'int32':
      return new Int32Column(field, slabs, site);
    case 'float64':
      return new Float64Column(field, slabs, site);
    case 'date':
      return new DateColumn(field, slabs, site);
    case 'int64':
      return new Int64Column(field, slabs, site);
    case 'timestamp':
      return new TimestampColumn(field, type, slabs, site);
    case 'utf8':
      return new Utf8Column(field, slabs, site);
    case 'dictionary':
      return new DictionaryColumn(field, slabs, site);
  }
}
