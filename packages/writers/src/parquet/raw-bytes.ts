// Owns how large a batch is before it is encoded, the measure by which sizes are foretold.
import type { BatchData } from '@tailrace/core/sink';

/** Counts what gathered crumbs count: the entries of dictionaries too. */
export function rawBytesOf(data: BatchData): number {
  let bytes = 0;
  for (const { values, offsets, validity, dictionary } of data.columns) {
    bytes += values.byteLength + (offsets?.byteLength ?? 0) + (validity?.byteLength ?? 0);
    bytes += dictionary?.values.byteLength ?? 0;
  }
  return bytes;
}
