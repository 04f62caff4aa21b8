// Owns the size of what a batch says: the bytes of its columns, wherever and in how much memory they lie.
import type { BatchData, ColumnData } from './batch-data.js';
import type { DataType } from './data-type.js';
import { innerColumns } from './layout.js';

/**
 * Bytes of the columns of a batch as they are filled, dictionaries included. Unlike `bytes`, which is the memory held for
 * them, it is the same for a batch that was written to scratch storage and read back: cuts by size rest on it.
 */
export function contentBytes(data: BatchData): number {
  return data.schema.fields.reduce((bytes, field, at) => {
    const column = data.columns[at];
    return column === undefined ? bytes : bytes + columnBytes(field.type, column, data.rows);
  }, 0);
}

function columnBytes(type: DataType, column: ColumnData, rows: number): number {
  const { nullCount, values, offsets, dictionary } = column;
  // Whether there is a mask without a null in it differs between batches of the same content.
  const validity = nullCount > 0 ? (rows + 7) >> 3 : 0;
  const own =
    column.children === undefined
      ? offsets === null
        ? values.byteLength
        : textBytes(offsets, rows)
      : offsets === null
        ? 0
        : (rows + 1) * Int32Array.BYTES_PER_ELEMENT;
  const entries = dictionary === null ? 0 : textBytes(dictionary.offsets, dictionary.length);
  return innerColumns(type, column, rows).reduce(
    (bytes, inner) => bytes + columnBytes(inner.field.type, inner.column, inner.rows),
    validity + own + entries,
  );
}

/** The texts and their offsets: views may be longer than what is filled. */
function textBytes(offsets: Int32Array, length: number): number {
  const text = (offsets[length] ?? 0) - (offsets[0] ?? 0);
  return (length + 1) * Int32Array.BYTES_PER_ELEMENT + text;
}
