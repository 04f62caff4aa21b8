// Owns the contract of what stands between a column of a batch and its pages: the values of one page at a time.
import type { ColumnData } from '@tailrace/core/sink';
import type { ByteBuffer } from './byte-buffer.js';
import type { Bounds } from './statistics.js';

/** How the values of a page stand in it when there is no dictionary, or none any more. */
export type PlainForm = 'plain' | 'delta';

/** Of one column of one open file. All is synchronous, and scratch is shared by the thread: nothing outlasts a page. */
export interface Coder {
  /** Rows from `from` on that make a page of about a mebibyte: at least one, at most `rows`. */
  pageRows(column: ColumnData, from: number, rows: number, isCoded: boolean): number;
  /** Takes the values of these rows that are not null; the calls that follow are about them. Returns how many they are. */
  take(column: ColumnData, from: number, rows: number): number;
  /** Appends their codes, the width before them; false, and nothing, when the dictionary would grow too large. */
  appendCodes(out: ByteBuffer): boolean;
  /** Appends the values themselves. */
  appendValues(out: ByteBuffer, form: PlainForm): void;
  /** The values in the form `plain`, where they lie in memory just so. */
  view(): Uint8Array | undefined;
  /** What they lie between; undefined where there is no order. Not to be asked without values. */
  bounds(): Bounds | undefined;
  /** The encoding that `form` stands for. */
  encodingOf(form: PlainForm): number;
  /** The page is made: scratch that has grown beyond the usual goes. */
  release(): void;
  readonly dictionary: CodedDictionary;
}

export interface CodedDictionary {
  /** Entries. */
  readonly size: number;
  readonly bytes: number;
  /** The entries as the dictionary page holds them. */
  plain(): Uint8Array;
  /** Begins anew. */
  clear(): void;
}

/** Bytes of values in a page, about, and rows at most: what a reader has to decode to get at one of them. */
export const pageBytes: number = 1024 * 1024;
export const maxPageRows = 65_536;

/** Largest dictionary of a column chunk: beyond it readers' caches, and codes of 17 bits, cost more than it saves. */
export const maxDictionaryBytes: number = 1024 * 1024;
export const maxDictionaryEntries = 65_536;

/** Scratch: the codes of one page. */
export const codes: Int32Array = new Int32Array(maxPageRows);

export function hasNulls(column: ColumnData): column is ColumnData & { readonly validity: Uint8Array } {
  return column.nullCount > 0 && column.validity !== null;
}
