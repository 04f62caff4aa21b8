// Owns dictionary columns as plain strings, for files that shall have none.
import { type ColumnData, ValueError } from '@tailrace/core/sink';
import { withoutDictionary } from './null-codes.js';

const most = 2 ** 31 - 1;

/** Strings of `rows` codes; under nulls they are empty. */
export function dictionaryAsText(column: ColumnData, rows: number, name: string): ColumnData {
  const { dictionary, validity, nullCount } = column;
  if (dictionary === null) throw withoutDictionary();
  const codes = column.values as Int32Array; // the buffer of every dictionary column
  const from = dictionary.offsets;
  const offsets = new Int32Array(rows + 1);
  // All indices are in range: one code for each row, one bit, and two offsets for each entry.
  const isNull = (row: number): boolean =>
    validity !== null && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0;
  let bytes = 0;
  for (let row = 0; row < rows; row++) {
    if (nullCount === 0 || !isNull(row)) {
      const code = codes[row] as number;
      bytes += (from[code + 1] as number) - (from[code] as number);
    }
    if (bytes > most) {
      throw new ValueError(
        `Column "${name}" has more than 2 GiB of text in one batch, which is more than Arrow's strings hold; make batches smaller.`,
        { operation: 'encode arrow', context: { column: name } },
      );
    }
    offsets[row + 1] = bytes;
  }
  const values = new Uint8Array(bytes);
  for (let row = 0; row < rows; row++) {
    const at = offsets[row] as number;
    if (at === offsets[row + 1]) continue;
    const start = from[codes[row] as number] as number;
    values.set(dictionary.values.subarray(start, start + (offsets[row + 1] as number) - at), at);
  }
  return { nullCount, validity, values, offsets, dictionary: null };
}
