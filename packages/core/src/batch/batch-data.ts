// Owns the layout of a batch: the buffers of its columns as Arrow has them. Plain data that crosses threads.
import type { Schema } from './schema.js';

/**
 * The buffers of one column, laid out as Arrow has it. Every view lies on shared memory, so posting it to a thread
 * copies nothing. Plain data: structured clone keeps all of it.
 */
export interface ColumnData {
  readonly nullCount: number;
  /** One bit per row, least significant first, 1 = valid; null when no row is null. */
  readonly validity: Uint8Array | null;
  /**
   * bool: bits in a Uint8Array; int32, date (days), dictionary (codes): Int32Array; int64, timestamp: BigInt64Array;
   * float64: Float64Array; utf8: the UTF-8 bytes. Exactly `rows` values long (bits: `ceil(rows / 8)` bytes).
   */
  readonly values: Uint8Array | Int32Array | BigInt64Array | Float64Array;
  /** utf8 only: `rows + 1` byte offsets into `values`. */
  readonly offsets: Int32Array | null;
  /** dictionary only: the strings the codes stand for. */
  readonly dictionary: DictionaryData | null;
}

export interface DictionaryData {
  readonly length: number;
  readonly offsets: Int32Array;
  readonly values: Uint8Array;
}

/** A batch as it crosses threads. */
export interface BatchData {
  readonly schema: Schema;
  readonly rows: number;
  /** Bytes of memory it holds, as charged to the budget (capacity, not just what is filled). */
  readonly bytes: number;
  readonly columns: readonly ColumnData[];
}
