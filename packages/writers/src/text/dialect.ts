// Owns what distinguishes one text format from another, as those who write cells see it.
import type { DataType, Field } from '@tailrace/core/sink';
import type { PutCell, ValueText } from './column-text.js';
import type { StringBytes, Utf8Source } from './strings.js';
import type { TextTarget } from './text-target.js';

/** What distinguishes one text format from another. */
export interface Dialect extends StringBytes {
  readonly null: Uint8Array;
  /** Put around dates, timestamps and plain strings: `"` or nothing. */
  readonly quote: string;
  /**
   * What stands for ASCII text that is never empty and holds nothing special: in quotes where the format
   * or the null text asks for them.
   */
  plainText(text: string): string;
  /** What bytes are written as. */
  readonly bytesAs: 'base64' | 'hex';
  /** Put around decimals. */
  readonly decimalQuote: string;
  /** Between date and time of a timestamp: `T` or a space; and what stands behind it where its column has a zone. */
  readonly timeMark: string;
  readonly zone: string;
  /** Counts of their unit, as integers, in place of timestamps and dates. */
  readonly counts: { readonly timestamps: boolean; readonly dates: boolean };
  /** What is done to the values of a type that are no strings; undefined for nothing. */
  dress?(type: DataType): Dress | undefined;
  /** The empty string as it stands in a cell. */
  readonly empty: string;
  /**
   * Writes UTF-8 bytes `source[from..to)` as a string; touches at most the bytes that `bytesPerByte` and `bytesPerString`
   * allow, or those of `stringBytes`, and the overrun.
   */
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

/** Something put around values after they were written. */
export interface Dress {
  /** Stands before each value, but not before null. */
  readonly lead: Uint8Array;
  wrap(text: ValueText): ValueText;
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
