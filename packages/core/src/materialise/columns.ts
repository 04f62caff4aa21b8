// Owns the set of column builders of one schema: rows go in one by one, sealed batches come out.
import { type Batch, type BatchData, createBatch } from '../batch/batch.js';
import { aligned } from '../batch/pack.js';
import type { Schema } from '../batch/schema.js';
import { slabBytes } from '../budget/create-slabs.js';
import type { Slab, Slabs } from '../budget/slabs.js';
import { createColumnBuilder } from './create-column-builder.js';
import type { Place } from './region.js';
import type { RowSite } from './row-site.js';
import { createRowWriter } from './row-writer.js';

const firstCapacity = 512;
const growth = 4;

/** The columns of the batch that is being built. Resource: shared memory, given back by `free`. */
export interface Columns {
  readonly rows: number;
  /** Bytes filled, null bitmaps not counted: what batches are cut by, so that a rerun cuts the same. */
  readonly filledBytes: number;
  /** Writes a row, whole or, when it throws, not at all. */
  append(item: unknown): void;
  /** The rows so far as a batch with one reference; then there are none. Not called without rows. */
  seal<R>(): Batch<R>;
  free(): void;
}

/** @param maxRows rows that a batch never exceeds; `seal` is called before that */
export function createColumns(schema: Schema, slabs: Slabs, site: RowSite, maxRows: number): Columns {
  const builders = schema.fields.map((field) => createColumnBuilder(field, slabs, site));
  const texts = builders.filter(
    ({ field }) => field.type.kind === 'utf8' || field.type.kind === 'dictionary',
  );
  const rowBytes = builders.reduce((sum, builder) => sum + builder.rowBytes, 0);
  const write = createRowWriter(builders, site);
  let rows = 0;
  let capacity = 0;
  /** Batches of a stage are alike: the next one starts as large as the last one became. */
  let startCapacity = Math.min(firstCapacity, maxRows);

  const reserve = (): void => {
    const next = rows === 0 ? startCapacity : Math.min(capacity * growth, maxRows);
    for (const builder of builders) builder.reserve(next, rows);
    capacity = next;
  };

  return {
    get rows() {
      return rows;
    },
    get filledBytes() {
      let bytes = rows * rowBytes;
      for (const text of texts) bytes += text.textBytes;
      return bytes;
    },
    append(item) {
      if (rows === capacity) reserve();
      try {
        write(item, rows);
      } catch (error) {
        for (const builder of builders) builder.undo(rows);
        throw error;
      }
      rows += 1;
    },
    seal<R>(): Batch<R> {
      const sealedRows = rows;
      const usedBytes = builders.reduce((sum, builder) => sum + builder.sealedBytes(sealedRows), 0);
      const chargedBytes = builders.reduce((sum, builder) => sum + builder.chargedBytes, 0);
      const taken: Slab[] = [];
      const place =
        slabBytes(usedBytes) * 2 <= chargedBytes ? packInto(slabs, usedBytes, taken) : keep(slabs, taken);
      const columns = builders.map((builder) => builder.seal(sealedRows, place));
      startCapacity = Math.max(startCapacity, capacity);
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
      for (const builder of builders) builder.free();
      rows = 0;
      capacity = 0;
    },
  };
}

/** Buffers stay where they were written; one that fills half of its slab or less moves to a slab that fits. */
function keep(slabs: Slabs, taken: Slab[]): Place {
  return (region, usedBytes) => {
    if (slabBytes(usedBytes) < region.bytes) return packInto(slabs, usedBytes, taken)(region, usedBytes);
    const slab = region.take() ?? slabs.acquire(usedBytes);
    taken.push(slab);
    return { buffer: slab.buffer, byteOffset: 0 };
  };
}

/** All buffers move to one slab of `totalBytes`: for a small batch, whose columns would waste most of theirs. */
function packInto(slabs: Slabs, totalBytes: number, taken: Slab[]): Place {
  const slab = slabs.acquire(totalBytes);
  taken.push(slab);
  const target = new Uint8Array(slab.buffer);
  let next = 0;
  return (region, usedBytes) => {
    const byteOffset = next;
    region.copyTo(target.subarray(byteOffset), usedBytes);
    next += aligned(usedBytes);
    return { buffer: slab.buffer, byteOffset };
  };
}
