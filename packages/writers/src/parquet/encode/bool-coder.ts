// Owns the way of booleans into pages: bits, which no dictionary makes smaller.
import type { ColumnData } from '@tailrace/core/sink';
import { type Coder, hasNulls, maxPageRows } from './coder.js';
import { compactBits } from './dense.js';
import { encodings } from './format-numbers.js';
import { appendPlainBits } from './plain.js';
import type { Bounds } from './statistics.js';

/** Scratch: the values of a page that has nulls. */
const dense = new Uint8Array(maxPageRows / 8);

export function boolCoder(): Coder {
  let bits: Uint8Array = dense;
  let start = 0;
  let count = 0;
  return {
    pageRows: (_column, _from, rows) => Math.min(rows, maxPageRows),
    take(column, from, rows) {
      const all = bitsOf(column);
      if (hasNulls(column)) {
        count = compactBits(all, column.validity, from, rows, dense);
        bits = dense;
        start = 0;
      } else {
        count = rows;
        bits = all;
        start = from;
      }
      return count;
    },
    appendCodes: () => false,
    appendValues: (out) => appendPlainBits(out, bits, start, count),
    view: () => undefined,
    bounds(): Bounds {
      const anyTrue = holds(bits, start, count, 1);
      const anyFalse = holds(bits, start, count, 0);
      const bound = (value: boolean): Uint8Array => Uint8Array.of(value ? 1 : 0);
      return { min: bound(!anyFalse), max: bound(anyTrue), minExact: true, maxExact: true };
    },
    encodingOf: () => encodings.plain,
    release: () => undefined,
    dictionary: { size: 0, bytes: 0, plain: () => new Uint8Array(0), clear: () => undefined },
  };
}

function bitsOf({ values }: ColumnData): Uint8Array {
  return values as Uint8Array; // the buffer of every bool column
}

/** Whether one of `count` bits from `start` on is `wanted`; bytes that are all of the other kind are passed over whole. */
function holds(bits: Uint8Array, start: number, count: number, wanted: 0 | 1): boolean {
  const other = wanted === 1 ? 0 : 255;
  const end = start + count;
  for (let at = start; at < end; ) {
    const byte = bits[at >> 3]; // one bit per row: in range
    if ((at & 7) === 0 && at + 8 <= end && byte === other) {
      at += 8;
      continue;
    }
    if ((((byte as number) >> (at & 7)) & 1) === wanted) return true;
    at += 1;
  }
  return false;
}
