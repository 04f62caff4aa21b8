// Owns the gathering of small batches into larger ones, as partitions send crumbs and every page, like every call into
// parquet-wasm (about 0.2 ms), costs something whatever its size. It copies, so that nothing keeps the small batches alive.
import type { BatchData, Schema } from '@tailrace/core/sink';
import { columnGatherer } from './column-gatherer.js';
import type { ColumnGatherer } from './gatherer.js';

/** Rows from which a batch goes in as it is. */
const wholeBatchRows = 4096;
const fullRows = 8192;
const fullBytes = 1024 * 1024;

export interface Crumbs {
  add(data: BatchData): void;
  readonly rows: number;
  /** Bytes gathered. */
  readonly bytes: number;
  /** True when it is time to `take`. */
  readonly full: boolean;
  /** What was gathered, valid until the next `add`; begins anew. */
  take(): BatchData;
}

/** @param maxBytes gathered bytes from which it is full, if that comes before the usual size */
export function crumbs(schema: Schema, maxBytes: number = fullBytes): Crumbs {
  const columns: ColumnGatherer[] = schema.fields.map((field) => columnGatherer(field.type));
  let rows = 0;
  let bytes = 0;
  return {
    add(data) {
      data.columns.forEach((column, index) => {
        columns[index]?.add(column, data.rows);
      });
      rows += data.rows;
      bytes = columns.reduce((sum, column) => sum + column.bytes, 0);
    },
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    get full() {
      return rows >= fullRows || bytes >= Math.min(fullBytes, maxBytes);
    },
    take() {
      const taken = { schema, rows, bytes, columns: columns.map((column) => column.take(rows)) };
      rows = 0;
      bytes = 0;
      return taken;
    },
  };
}

/** Takes a batch on to `feed`: a large one as it is, behind what was gathered before it; a small one once enough have come. */
export async function feedThrough(
  gathered: Crumbs,
  data: BatchData,
  feed: (data: BatchData) => Promise<void>,
): Promise<void> {
  if (data.rows >= wholeBatchRows) {
    if (gathered.rows > 0) await feed(gathered.take());
    await feed(data);
  } else {
    gathered.add(data);
    if (gathered.full) await feed(gathered.take());
  }
}
