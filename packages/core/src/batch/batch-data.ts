// Owns the layout of a batch: the buffers of its columns as Arrow has them. Plain data that crosses threads.
import type { Schema } from './schema.js';

/**
 * The buffers of one column, laid out as Arrow has it. Every view lies on shared memory, so posting it to a thread
 * copies nothing. Plain data: structured clone keeps all of it.
 */
export interface ColumnData {
  /** Rows that are null. */
  readonly nullCount: number;
  /** One bit per row, least significant first, 1 = valid; null when no row is null. */
  readonly validity: Uint8Array | null;
  /**
   * Exactly `rows` values long. bool: bits (`ceil(rows / 8)` bytes); int32, date (days), dictionary (codes), time in s or
   * ms: Int32Array; int64, timestamp, duration, time in us or ns: BigInt64Array; other numbers: the array named like
   * them, float16 as bits in a Uint16Array; decimal: Uint32Array, 4 or 8 words for each, the low one first, as two's
   * complement; fixed_binary: the bytes; utf8, binary: all bytes, cut by `offsets`; null and nested types: empty.
   */
  readonly values: ColumnValues;
  /**
   * utf8 and binary: `rows + 1` byte offsets into `values`. list and map: `rows + 1` offsets into the rows of its child.
   * Those of lists begin at 0.
   */
  readonly offsets: Int32Array | null;
  /** dictionary only: the strings the codes stand for. */
  readonly dictionary: DictionaryData | null;
  /**
   * Nested types only: the columns within. list, fixed_list, map: one, of its items; the items of a map are structs of key
   * and value. struct: one for each field.
   */
  readonly children?: readonly ColumnData[];
}

/** The arrays that values may lie in; `ColumnData.values` says which for each type. */
export type ColumnValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** The strings of a dictionary column: one after the other as UTF-8, each once. */
export interface DictionaryData {
  /** How many strings there are. */
  readonly length: number;
  /** `length + 1` byte offsets into `values`. */
  readonly offsets: Int32Array;
  readonly values: Uint8Array;
}

/** A batch without its reference count: plain data, as it crosses threads. */
export interface BatchData {
  readonly schema: Schema;
  readonly rows: number;
  /** Bytes of memory it holds, as charged to the budget (capacity, not just what is filled). */
  readonly bytes: number;
  /** One for each field of `schema`, in the same order. */
  readonly columns: readonly ColumnData[];
}
