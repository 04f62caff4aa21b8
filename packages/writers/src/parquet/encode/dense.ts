// Owns the way from columns with nulls to the values alone, as Parquet stores nothing for a null.
import { pageScratch } from './page-scratch.js';

/** True when row `row` is not null. */
const isSet = (bits: Uint8Array, row: number): boolean =>
  (((bits[row >> 3] as number) >> (row & 7)) & 1) === 1; // one bit per row

/**
 * Copies the values that are not null and returns how many there are.
 * @param words the column: `width` words per row
 * @param into room for `rows` values
 */
export function compactWords(
  words: Int32Array,
  width: 1 | 2,
  validity: Uint8Array,
  from: number,
  rows: number,
  into: Int32Array,
): number {
  let count = 0;
  const end = from + rows;
  // A value under a null is overwritten by the next one, which spares a branch that nobody can foresee.
  if (width === 1) {
    for (let row = from; row < end; row++) {
      into[count] = words[row] as number; // a value per row
      count += ((validity[row >> 3] as number) >> (row & 7)) & 1; // a bit per row
    }
  } else {
    for (let row = from; row < end; row++) {
      into[count * 2] = words[row * 2] as number; // two words per row
      into[count * 2 + 1] = words[row * 2 + 1] as number;
      count += ((validity[row >> 3] as number) >> (row & 7)) & 1; // a bit per row
    }
  }
  return count;
}

/**
 * Copies the bits of rows that are not null and returns how many there are.
 * @param into room for `rows` bits
 */
export function compactBits(
  bits: Uint8Array,
  validity: Uint8Array,
  from: number,
  rows: number,
  into: Uint8Array,
): number {
  into.fill(0, 0, (rows + 7) >> 3);
  let count = 0;
  for (let row = from; row < from + rows; row++) {
    if (!isSet(validity, row)) continue;
    if (isSet(bits, row)) into[count >> 3] = (into[count >> 3] as number) | (1 << (count & 7)); // below the room
    count += 1;
  }
  return count;
}

export interface Strings {
  /** Where each string begins in `bytes`, and where the last ends. */
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Scratch that is used again: what `compactStrings` returns is valid until the next call. */
let denseOffsets = new Int32Array(0);
const denseBytes = pageScratch();

/** To be called when the page is made: what the last call of `compactStrings` returned is not needed any more. */
export function releaseStrings(): void {
  denseBytes.release();
}

/** The strings of rows that are not null. Their bytes are copied only where something lies under a null. */
export function compactStrings(
  offsets: Int32Array,
  bytes: Uint8Array,
  validity: Uint8Array,
  from: number,
  rows: number,
): Strings {
  if (denseOffsets.length <= rows) denseOffsets = new Int32Array(rows + 1);
  const first = offsets[from] as number; // rows + 1 offsets
  let count = 0;
  let gap = 0;
  for (let row = from; row < from + rows; row++) {
    const start = offsets[row] as number; // the same
    const valid = ((validity[row >> 3] as number) >> (row & 7)) & 1; // one bit per row
    denseOffsets[count] = start;
    if (valid === 0) gap |= (offsets[row + 1] as number) - start;
    count += valid;
  }
  denseOffsets[count] = offsets[from + rows] as number; // the same
  if (gap === 0) return { offsets: denseOffsets, bytes, count };

  const size = (offsets[from + rows] as number) - first; // the same
  const into = denseBytes.room(size);
  let at = 0;
  count = 0;
  for (let row = from; row < from + rows; row++) {
    if (!isSet(validity, row)) continue;
    const start = offsets[row] as number; // the same
    const end = offsets[row + 1] as number;
    into.set(bytes.subarray(start, end), at);
    denseOffsets[count] = at;
    at += end - start;
    count += 1;
  }
  denseOffsets[count] = at;
  return { offsets: denseOffsets, bytes: into, count };
}
