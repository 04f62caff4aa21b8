// Owns the set of column builders of one schema: rows go in one by one, sealed batches come out.
import { type Batch, type BatchData, createBatch } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import type { Slab, Slabs } from '../budget/slabs.js';
import { createColumnBuilder } from './create-column-builder.js';
import { Frame } from './frame.js';
import { placeFor } from './place.js';
import { type RowSite, unreadableRow } from './row-site.js';
import { type ColumnPolicies, createRowWriter } from './row-writer.js';

const firstCapacity = 512;
const growth = 4;

/** When a batch is full: at one of these. */
export interface BatchLimits {
  readonly rows: number;
  /** Of what is filled, null bitmaps not counted: batches are cut by it, so that a rerun cuts the same. */
  readonly bytes: number;
}

/** The columns of the batch that is being built. Resource: shared memory, given back by `free`. */
export interface Columns {
  /** Not `get`: an object with accessors is a slow one, and this one is asked for every row. */
  isEmpty(): boolean;
  /** Writes a row, whole or, when it throws, not at all. True when the batch is full now, and must be sealed. */
  append(item: unknown): boolean;
  /** The rows so far as a batch with one reference; then there are none. Not called without rows. */
  seal<R>(): Batch<R>;
  free(): void;
}

/** @param generated whether code may be generated for the schema; by default where the host allows it */
export function createColumns(
  schema: Schema,
  slabs: Slabs,
  site: RowSite,
  limits: BatchLimits,
  generated?: boolean,
  policies: ColumnPolicies = {},
): Columns {
  const builders = schema.fields.map((field) => createColumnBuilder(field, slabs, site));
  const frame = new Frame(
    slabs,
    builders.flatMap((builder) => builder.parts),
  );
  const rowBytes = builders.reduce((sum, builder) => sum + builder.rowBytes, 0);
  const writer = createRowWriter(builders, site, generated, policies);
  const { write } = writer;
  const maxBytes = limits.bytes;
  const maxRows = Math.min(limits.rows, Math.max(1, Math.ceil(maxBytes / rowBytes)));
  let rows = 0;
  let capacity = 0;
  /** Batches of a stage are alike: the next one starts as large as the last one became. */
  let startCapacity = Math.min(firstCapacity, maxRows);
  /** What the last batch had in the frame beyond its parts. */
  let spareBytes = 0;

  const reserve = (): void => {
    const next = rows === 0 ? startCapacity : Math.min(capacity * growth, maxRows);
    frame.reserve(next, rows, spareBytes);
    for (const builder of builders) builder.reserved(frame.views, next, rows);
    writer.moved(frame.views);
    // Last, so that a row after a failure finds no room that is not there.
    capacity = next;
  };

  return {
    isEmpty: () => rows === 0,
    append(item) {
      if (rows === capacity) reserve();
      let textBytes: number;
      try {
        textBytes = write(item, rows);
      } catch (error) {
        for (const builder of builders) builder.undo(rows);
        // A text that was refused may have moved its column before.
        writer.moved(frame.views);
        throw unreadableRow(site, error);
      }
      rows += 1;
      return rows >= maxRows || rows * rowBytes + textBytes >= maxBytes;
    },
    seal<R>(): Batch<R> {
      const sealedRows = rows;
      const usedBytes = builders.reduce((sum, builder) => sum + builder.sealedBytes(sealedRows), 0);
      const chargedBytes = builders.reduce((sum, builder) => sum + builder.chargedBytes, frame.chargedBytes);
      const taken: Slab[] = [];
      const place = placeFor(slabs, frame, usedBytes, chargedBytes, taken);
      const columns = builders.map((builder) => builder.seal(sealedRows, place));
      frame.free();
      startCapacity = Math.max(startCapacity, capacity);
      spareBytes = place.smallTextBytes;
      rows = 0;
      capacity = 0;
      const bytes = taken.reduce((sum, slab) => sum + slab.bytes, 0);
      for (const slab of taken) slab.reservation.assign('batch');
      const data: BatchData = { schema, rows: sealedRows, bytes, columns };
      return createBatch<R>(data, (exposed) => {
        for (const slab of taken) slab.free(!exposed);
      });
    },
    free() {
      frame.free();
      for (const builder of builders) builder.free();
      rows = 0;
      capacity = 0;
    },
  };
}
