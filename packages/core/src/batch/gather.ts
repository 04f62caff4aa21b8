// Owns the gathering of selected rows from many batches into new ones, column by column. It takes memory of its own,
// charged to no budget: its user bounds it by `bytes`.
import { PlanError } from '../errors/named-errors.js';
import type { BatchData, ColumnData } from './batch-data.js';
import { createGatheredColumn } from './gathered-column.js';
import type { GatheredColumn } from './gathered-values.js';
import type { Schema } from './schema.js';

export interface Gatherer {
  /** Columns kept, in order. */
  readonly schema: Schema;
  /** Rows waiting. */
  readonly rows: number;
  /** Bytes that the waiting rows fill. */
  readonly bytes: number;
  /** Copies the rows with these numbers, in this order; a number may occur more than once. */
  append(data: BatchData, rowIndices: Int32Array | Uint32Array): void;
  /**
   * The waiting rows as a batch, whose memory now belongs to the caller and is not shared between threads; then none
   * wait.
   */
  take(): BatchData;
}

/**
 * Makes a gatherer for batches of one schema.
 * @param columnsToKeep numbers of the columns that the gathered batches have; by default all. Throws PLAN_INVALID for a
 * number that no column has.
 */
export function createGatherer(
  schema: Schema,
  columnsToKeep: readonly number[] = schema.fields.map((_, at) => at),
): Gatherer {
  const kept = columnsToKeep.map((at) => {
    const field = schema.fields[at];
    if (field === undefined) {
      throw new PlanError(
        `There is no column number ${at} to keep; the schema has ${schema.fields.length} columns.`,
        {
          operation: 'gather rows',
        },
      );
    }
    return { at, field, column: createGatheredColumn(field.type) };
  });
  const keptSchema: Schema = { fields: kept.map(({ field }) => field) };
  let rows = 0;
  return {
    schema: keptSchema,
    get rows() {
      return rows;
    },
    get bytes() {
      let bytes = 0;
      for (const { column } of kept) bytes += column.bytes(rows);
      return bytes;
    },
    append(data, rowIndices) {
      for (const { at, column } of kept) {
        // The batch has the schema that the gatherer was made for.
        column.append(data.columns[at] as ColumnData, rowIndices, rows);
      }
      rows += rowIndices.length;
    },
    take() {
      const taken = rows;
      rows = 0;
      let bytes = 0;
      const columns = kept.map(({ column }: { column: GatheredColumn }) => {
        bytes += column.bytes(taken);
        return column.take(taken);
      });
      return { schema: keptSchema, rows: taken, bytes, columns };
    },
  };
}

/** A new batch of some rows of another, in the order given. Charged to no budget. */
export function gather(data: BatchData, rowIndices: Int32Array | Uint32Array): BatchData {
  const gatherer = createGatherer(data.schema);
  gatherer.append(data, rowIndices);
  return gatherer.take();
}
