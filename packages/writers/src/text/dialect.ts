// Owns what distinguishes one text format from another, as those who write cells see it.
import type { Field } from '@tailrace/core/sink';
import type { PutCell } from './column-text.js';
import type { StringBytes, Utf8Source } from './strings.js';
import type { TextTarget } from './text-target.js';

/** What distinguishes one text format from another. */
export interface Dialect extends StringBytes {
  readonly null: Uint8Array;
  /** Put around dates, timestamps and plain strings: `"` or nothing. */
  readonly quote: string;
  /** The empty string as it stands in a cell. */
  readonly empty: string;
  /** Writes UTF-8 bytes `source[from..to)` as a string; touches at most the bytes that `bytesPerByte` and `bytesPerString` allow, or those of `stringBytes`, and
   * the overrun. */
  string(out: TextTarget, at: number, source: Utf8Source, from: number, to: number): number;
  /**
   * Whether strings of these bytes need nothing but `quote`, the empty one perhaps excepted. Quicker than to look at string by
   * string.
   */
  isPlain(source: Utf8Source): boolean;
  /** Bytes of one string, without overrun. Reads it all. */
  stringBytes(source: Utf8Source, from: number, to: number): number;
  /** Writes a 64-bit integer. */
  readonly int64: PutCell<Int64s>;
  /** The text of an unsigned 64-bit integer. */
  uint64(value: bigint, row: number, place: Place): string;
  /** Writes NaN, Infinity or -Infinity. */
  nonFinite(out: TextTarget, at: number, value: number, row: number, place: Place): number;
}

/** A column of 64-bit integers. */
export interface Int64s {
  /** Low word first. */
  readonly words: Int32Array;
  readonly place: Place;
}

/** Where a batch's column stands in its file, for messages. */
export interface Place {
  readonly field: Field;
  /** Rows of the file before the batch. */
  readonly rowsBefore: number;
  /** Within a nested column: its row that is being written, while rows of cells count items. */
  readonly outer?: { readonly row: number };
}
