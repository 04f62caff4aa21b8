// Owns how many rows of a batch are compressed at once: what becomes of its buffers is held until their
// message can say how long they are.
import { type BatchData, type ColumnData, gather } from '@tailrace/core/sink';

/**
 * The batch itself where it takes at most half of `maxBytes`, else copies of its rows, in order, of a third at
 * most or of one row: the copy, its compressed buffers, and the one that is being compressed are held
 * together. Dictionaries are not divided.
 */
export function* partsWithin(data: BatchData, maxBytes: number): Generator<BatchData> {
  if (data.rows <= 1 || rowBytes(data) <= maxBytes / 2) yield data;
  else yield* divided(data, maxBytes / 3);
}

function* divided(data: BatchData, mostBytes: number): Generator<BatchData> {
  const rows = Math.max(1, Math.floor((data.rows * mostBytes) / rowBytes(data)));
  for (let from = 0; from < data.rows; from += rows) {
    const length = Math.min(rows, data.rows - from);
    const part = gather(
      data,
      Int32Array.from({ length }, (_, at) => from + at),
    );
    // Long rows may stand side by side.
    if (length > 1 && rowBytes(part) > mostBytes) yield* divided(part, mostBytes);
    else yield part;
  }
}

/** Of the buffers, without the dictionaries, of which every part has what it uses: at most the whole. */
function rowBytes({ columns }: BatchData): number {
  return columns.reduce((bytes, column) => bytes + columnBytes(column), 0);
}

function columnBytes({ validity, values, offsets, children = [] }: ColumnData): number {
  const own = values.byteLength + (validity?.byteLength ?? 0) + (offsets?.byteLength ?? 0);
  return children.reduce((bytes, column) => bytes + columnBytes(column), own);
}
