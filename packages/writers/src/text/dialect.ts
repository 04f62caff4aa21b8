// Owns what distinguishes one text format from another, as those who write cells see it.
import type { Field } from '@tailrace/core/sink';
import type { StringBytes, Utf8Source } from './strings.js';
import type { TextTarget } from './text-target.js';

/** What distinguishes one text format from another. */
export interface Dialect extends StringBytes {
  readonly null: Uint8Array;
  /** Put around dates and timestamps: `"` or nothing. */
  readonly timeQuote: string;
  /** Writes UTF-8 bytes `source[from..to)` as a string; touches at most the bytes of `widestString`, or of `stringBytes`. */
  string(out: TextTarget, at: number, source: Utf8Source, from: number, to: number): number;
  /** Bytes of one string, without overrun. Reads it all. */
  stringBytes(source: Utf8Source, from: number, to: number): number;
  int64(out: TextTarget, at: number, low: number, high: number, row: number, place: Place): number;
  /** Writes NaN, Infinity or -Infinity. */
  nonFinite(out: TextTarget, at: number, value: number, row: number, place: Place): number;
}

/** Where a batch's column stands in its file, for messages. */
export interface Place {
  readonly field: Field;
  /** Rows of the file before the batch. */
  readonly rowsBefore: number;
}
