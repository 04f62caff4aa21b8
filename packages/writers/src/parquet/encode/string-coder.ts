// Owns the way of strings into pages: bytes and offsets, as they lie in the batch.
import type { ColumnData } from '@tailrace/core/sink';
import { bitsFor } from './bit-packing.js';
import { type Coder, codes, hasNulls, maxPageRows, pageBytes } from './coder.js';
import { compactStrings, releaseStrings } from './dense.js';
import { appendHybrid } from './run-length.js';
import {
  appendStrings,
  boundsOfRun,
  boundsOfUsed,
  chunkStrings,
  noStrings,
  stringEncoding,
  usedEntries,
} from './string-values.js';

export function stringCoder(): Coder {
  let run = noStrings;
  let isCoded = false;
  const dictionary = chunkStrings();
  return {
    pageRows(column, from, rows, coded) {
      const most = Math.min(rows, maxPageRows);
      return coded ? most : rowsWithin(offsetsOf(column), from, most);
    },
    take(column, from, rows) {
      const offsets = offsetsOf(column);
      const bytes = column.values as Uint8Array; // the buffer of every utf8 column
      isCoded = false;
      run = hasNulls(column)
        ? { ...compactStrings(offsets, bytes, column.validity, from, rows), first: 0 }
        : { offsets, bytes, first: from, count: rows };
      return run.count;
    },
    appendCodes(out) {
      if (!dictionary.entries().codes(run.offsets, run.bytes, run.first, run.count, codes)) return false;
      isCoded = true;
      const width = bitsFor(dictionary.size - 1);
      out.appendByte(width);
      appendHybrid(out, codes, 0, run.count, width);
      return true;
    },
    appendValues: (out, form) => appendStrings(out, run, form),
    view: () => undefined,
    bounds() {
      const { size } = dictionary;
      // Entries are compared slower than rows, as they do not lie in order.
      if (!isCoded || size * 8 > run.count) return boundsOfRun(run);
      const entries = dictionary.entries();
      const text = entries.plain();
      const view = new DataView(text.buffer, text.byteOffset, text.length);
      const start = (code: number): number => entries.start(code);
      const end = (code: number): number => start(code) + view.getInt32(start(code) - 4, true);
      return boundsOfUsed(usedEntries(codes, run.count, size), size, text, start, end);
    },
    encodingOf: stringEncoding,
    release() {
      run = noStrings;
      releaseStrings();
    },
    dictionary,
  };
}

function offsetsOf({ offsets }: ColumnData): Int32Array {
  return offsets as Int32Array; // utf8 columns have offsets
}

/** Rows from `from` on whose strings take `pageBytes` at most together; at least one. */
function rowsWithin(offsets: Int32Array, from: number, rows: number): number {
  const limit = (offsets[from] as number) + pageBytes; // one more offset than rows
  if ((offsets[from + rows] as number) <= limit) return rows;
  let fits = 0;
  let tooMany = rows;
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if ((offsets[from + middle] as number) <= limit) fits = middle;
    else tooMany = middle;
  }
  return Math.max(1, fits);
}
