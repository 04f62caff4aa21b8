// Owns the way of columns that come with a dictionary into pages: codes of the batch become codes of the column chunk,
// entry by entry, so that no row is looked up by its string.
import type { ColumnData, DictionaryData } from '@tailrace/core/sink';
import { bitsFor } from './bit-packing.js';
import { type Coder, codes, hasNulls, maxPageRows, pageBytes } from './coder.js';
import { compactWords } from './dense.js';
import { pageScratch } from './page-scratch.js';
import { appendHybrid } from './run-length.js';
import {
  appendStrings,
  boundsOfUsed,
  chunkStrings,
  noStrings,
  type StringRun,
  stringEncoding,
  usedEntries,
} from './string-values.js';

/** Scratch: codes of the batch without nulls; strings of a page. */
const dense = new Int32Array(maxPageRows);
const offsets = new Int32Array(maxPageRows + 1);
const text = pageScratch();

const noEntries: DictionaryData = { length: 0, offsets: new Int32Array(1), values: new Uint8Array(0) };

export function entryCoder(): Coder {
  const dictionary = chunkStrings();
  /** The batch's dictionary, and by its codes those of the chunk + 1; 0 is not known yet. */
  let entries = noEntries;
  let known = new Int32Array(0);
  let batchCodes: Int32Array = dense;
  let count = 0;
  let used: Uint8Array = new Uint8Array(0);

  /** Gives the entries of this page that are new to the chunk their codes there, all or none. */
  const learn = (): boolean => {
    const fresh: number[] = [];
    for (let code = 0; code < entries.length; code++) {
      if (used[code] === 1 && known[code] === 0) fresh.push(code);
    }
    if (fresh.length === 0) return true;
    const run = runOf(entries, fresh, fresh.length);
    if (!dictionary.entries().codes(run.offsets, run.bytes, 0, run.count, codes)) return false;
    for (const [at, code] of fresh.entries()) known[code] = (codes[at] as number) + 1; // as many codes
    return true;
  };

  return {
    pageRows(column, from, rows, isCoded) {
      const most = Math.min(rows, maxPageRows);
      return isCoded ? most : rowsWithin(column, from, most);
    },
    take(column, from, rows) {
      if (column.dictionary !== entries) {
        entries = entriesOf(column);
        known = new Int32Array(entries.length);
      }
      const all = column.values as Int32Array; // the buffer of every dictionary column
      if (hasNulls(column)) {
        count = compactWords(all, 1, column.validity, from, rows, dense);
        batchCodes = dense;
      } else {
        count = rows;
        batchCodes = all.subarray(from, from + rows);
      }
      used = usedEntries(batchCodes, count, entries.length);
      return count;
    },
    appendCodes(out) {
      if (!learn()) return false;
      for (let i = 0; i < count; i++) codes[i] = (known[batchCodes[i] as number] as number) - 1; // count codes
      const width = bitsFor(dictionary.size - 1);
      out.appendByte(width);
      appendHybrid(out, codes, 0, count, width);
      return true;
    },
    appendValues: (out, form) => appendStrings(out, runOf(entries, batchCodes, count), form),
    view: () => undefined,
    bounds() {
      const ends = entries.offsets;
      const start = (code: number): number => ends[code] as number; // one more offset than entries
      const end = (code: number): number => ends[code + 1] as number;
      return boundsOfUsed(used, entries.length, entries.values, start, end);
    },
    encodingOf: stringEncoding,
    release: () => text.release(),
    dictionary: {
      get size() {
        return dictionary.size;
      },
      get bytes() {
        return dictionary.bytes;
      },
      plain: () => dictionary.plain(),
      clear() {
        dictionary.clear();
        entries = noEntries;
      },
    },
  };
}

function entriesOf({ dictionary }: ColumnData): DictionaryData {
  return dictionary ?? noEntries;
}

/** Rows from `from` on whose strings take `pageBytes` at most together; at least one. Few entries may have most rows. */
function rowsWithin(column: ColumnData, from: number, rows: number): number {
  const { offsets } = entriesOf(column);
  const all = column.values as Int32Array; // the buffer of every dictionary column
  const validity = hasNulls(column) ? column.validity : null;
  let bytes = 0;
  for (let row = from; row < from + rows; row++) {
    // The code under a null is no code.
    if (validity !== null && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue; // a bit per row
    const code = all[row] as number; // a code per row
    bytes += (offsets[code + 1] as number) - (offsets[code] as number); // one more offset than entries
    if (bytes > pageBytes) return Math.max(1, row - from);
  }
  return rows;
}

/** The strings of `count` codes, one after the other; scratch that is valid until the next call. */
function runOf(from: DictionaryData, of: ArrayLike<number>, count: number): StringRun {
  if (count === 0) return noStrings;
  let size = 0;
  for (let i = 0; i < count; i++) {
    const code = of[i] as number; // count codes
    offsets[i] = size;
    size += (from.offsets[code + 1] as number) - (from.offsets[code] as number); // one more offset than entries
  }
  offsets[count] = size;
  const bytes = text.room(size);
  for (let i = 0; i < count; i++) {
    const code = of[i] as number; // the same
    const start = from.offsets[code] as number;
    const end = from.offsets[code + 1] as number;
    const to = offsets[i] as number;
    if (end - start > longString) bytes.set(from.values.subarray(start, end), to);
    else for (let at = start; at < end; at++) bytes[to + at - start] = from.values[at] as number;
  }
  return { offsets, bytes, first: 0, count };
}

/** From this length on a call of `set` copies faster than a loop. */
const longString = 48;
