// Owns the contract of what one column of several batches is copied into.
import type { ColumnData } from '@tailrace/core/sink';

export interface ColumnGatherer {
  add(column: ColumnData, rows: number): void;
  readonly bytes: number;
  /** Views of what was gathered, valid until the next `add`; begins anew. */
  take(rows: number): ColumnData;
}

/** What the types differ in; nulls are common to all. */
export interface ValueGatherer {
  add(column: ColumnData, rows: number): void;
  readonly bytes: number;
  take(rows: number): Pick<ColumnData, 'values' | 'offsets' | 'dictionary' | 'children'>;
}
