// Owns the size of what a batch says: the bytes of its columns, wherever and in how much memory they lie.
import type { BatchData, ColumnData } from './batch-data.js';

/**
 * Bytes of the columns of a batch as they are filled, dictionaries included. Unlike `bytes`, which is the memory held for
 * them, it is the same for a batch that was written to scratch storage and read back: cuts by size rest on it.
 */
export function contentBytes(data: BatchData): number {
  let bytes = 0;
  for (const column of data.columns) bytes += columnBytes(column, data.rows);
  return bytes;
}

function columnBytes({ nullCount, values, offsets, dictionary }: ColumnData, rows: number): number {
  // Whether there is a mask without a null in it differs between batches of the same content.
  const validity = nullCount > 0 ? (rows + 7) >> 3 : 0;
  const codes = offsets === null ? values.byteLength : textBytes(offsets, rows);
  return validity + codes + (dictionary === null ? 0 : textBytes(dictionary.offsets, dictionary.length));
}

/** The texts and their offsets: views may be longer than what is filled. */
function textBytes(offsets: Int32Array, length: number): number {
  const text = (offsets[length] ?? 0) - (offsets[0] ?? 0);
  return (length + 1) * Int32Array.BYTES_PER_ELEMENT + text;
}
