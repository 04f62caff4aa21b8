// Owns dictionary columns as plain strings, for files that shall have none, and how many rows may become strings at once.
import { type BatchData, type ColumnData, gather, ValueError } from '@tailrace/core/sink';
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
        `Column "${name}" has more than 2 GiB of text in one batch, which is more than Arrow's strings hold; ` +
          'make batches smaller.',
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

/**
 * The batch in parts whose strings take at most `maxBytes` each, or are those of one row: a few long entries in many rows may
 * become a thousand times what the batch holds. Usually it is the batch itself.
 * @param columns numbers of the dictionary columns that become strings
 */
export function* partsAsText(
  data: BatchData,
  columns: readonly number[],
  maxBytes: number,
): Generator<BatchData> {
  const lengths = columns.map((at) => lengthsOf(data.columns[at] as ColumnData)); // in range: columns of the batch
  let from = 0;
  let bytes = 0;
  for (let row = 0; row < data.rows; row++) {
    let rowBytes = 0;
    for (const lengthAt of lengths) rowBytes += lengthAt(row);
    if (bytes + rowBytes > maxBytes && row > from) {
      yield rowsOf(data, from, row);
      from = row;
      bytes = 0;
    }
    bytes += rowBytes;
  }
  yield from === 0 ? data : rowsOf(data, from, data.rows);
}

function rowsOf(data: BatchData, from: number, to: number): BatchData {
  return gather(
    data,
    Int32Array.from({ length: to - from }, (_, at) => from + at),
  );
}

/** Bytes of the string in each row. */
function lengthsOf({ dictionary, values, validity, nullCount }: ColumnData): (row: number) => number {
  if (dictionary === null) throw withoutDictionary();
  const { offsets } = dictionary;
  // In range, as above.
  return (row) => {
    if (nullCount > 0 && validity !== null && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0)
      return 0;
    const code = values[row] as number;
    return (offsets[code + 1] as number) - (offsets[code] as number);
  };
}
