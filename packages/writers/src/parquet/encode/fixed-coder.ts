// Owns the way of values of one number of bytes into pages: decimals, half floats, bytes of one width. They get no dictionary
// and no bounds.
import type { ColumnData } from '@tailrace/core/sink';
import { type Coder, hasNulls, maxPageRows, pageBytes } from './coder.js';
import { encodings } from './format-numbers.js';

/** @param width bytes of a value */
export function fixedCoder(width: number): Coder {
  let bytes: Uint8Array = new Uint8Array(0);
  return {
    pageRows: (_column, _from, rows) =>
      Math.min(rows, maxPageRows, Math.max(1, Math.floor(pageBytes / width))),
    take(column, from, rows) {
      const all = bytesOf(column).subarray(from * width, (from + rows) * width);
      bytes = hasNulls(column) ? compacted(all, width, column.validity, from, rows) : all;
      return bytes.length / width;
    },
    appendCodes: () => false,
    appendValues: (out) => out.appendBytes(bytes),
    view: () => bytes,
    bounds: () => undefined,
    encodingOf: () => encodings.plain,
    release() {
      bytes = new Uint8Array(0);
    },
    dictionary: { size: 0, bytes: 0, plain: () => new Uint8Array(0), clear: () => undefined },
  };
}

function bytesOf({ values }: ColumnData): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** The values of rows that are not null, one after the other. */
function compacted(
  all: Uint8Array,
  width: number,
  validity: Uint8Array,
  from: number,
  rows: number,
): Uint8Array {
  const made = new Uint8Array(rows * width);
  let end = 0;
  for (let at = 0; at < rows; at++) {
    const row = from + at;
    if ((((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue; // a bit per row
    made.set(all.subarray(at * width, (at + 1) * width), end);
    end += width;
  }
  return made.subarray(0, end);
}
