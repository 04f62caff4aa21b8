// Owns how large a batch is before it is encoded, the measure by which sizes are foretold.
import type { BatchData, ColumnData } from '@tailrace/core/sink';

/** Counts what gathered crumbs count: the entries of dictionaries too. */
export function rawBytesOf(data: BatchData): number {
  return data.columns.reduce((sum, column) => sum + columnBytes(column), 0);
}

function columnBytes({ values, offsets, validity, dictionary, children = [] }: ColumnData): number {
  const own = values.byteLength + (offsets?.byteLength ?? 0) + (validity?.byteLength ?? 0);
  return children.reduce(
    (sum, child) => sum + columnBytes(child),
    own + (dictionary?.values.byteLength ?? 0),
  );
}
