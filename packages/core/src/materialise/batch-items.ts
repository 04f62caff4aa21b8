// Owns the two kinds of items that a stage may emit, rows and batches, as one stream of batches.
import { type Batch, isBatch, type RowOf } from '../batch/batch.js';
import { batchError } from '../batch/check-batch.js';
import { hasRowsElsewhere, rowsElsewhere } from '../batch/rows-elsewhere.js';
import { describeSchema, type Schema, sameColumns } from '../batch/schema.js';
import { PlanError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { type BatchBuilder, type BatchBuilderOptions, createBatchBuilder } from './batch-builder.js';

/** Takes rows, which it builds into batches, and batches, which it passes on after what was built before them. */
export interface BatchItems<A> extends Pick<BatchBuilder<unknown>, 'finish' | 'discard'> {
  /**
   * Throws as `BatchBuilder.push`, SCHEMA_INVALID for a batch whose columns are not those of the ones before, and a PlanError
   * for an item that only names rows which are elsewhere.
   */
  push(item: A): void;
}

/** Makes it. `onBatch` is given one reference, to be released, for a batch that was passed on as well. */
export function createBatchItems<A>(options: BatchBuilderOptions<RowOf<A>>): BatchItems<A> {
  const { stage } = options;
  let known: Schema<RowOf<A>> | undefined;
  const onSchema = (schema: Schema<RowOf<A>>): void => {
    // The builder of a stage that emits batches has seen no row and knows of no columns.
    if (known !== undefined) return;
    known = schema;
    options.onSchema(schema);
  };
  const builder = createBatchBuilder<RowOf<A>>({ ...options, onSchema });
  return {
    push(item) {
      if (!isBatch(item)) {
        if (builder.rows() === 0 && hasRowsElsewhere(item))
          throw rowsAreElsewhere(stage, item[rowsElsewhere]);
        // What is no batch is a row; the conditional type says the same, but only for a type that is known.
        builder.push(item as RowOf<A>);
        return;
      }
      const bad = batchError(item, `Stage "${stage}"`, 'materialise batches');
      if (bad !== undefined) throw bad;
      builder.flush();
      const batch = item as Batch<RowOf<A>>;
      onSchema(options.schema ?? batch.schema);
      if (known !== undefined && !sameColumns(known, batch.schema))
        throw otherColumns(stage, known, batch.schema);
      options.onBatch(batch.retain());
    },
    finish: () => builder.finish(),
    discard: () => builder.discard(),
  };
}

function otherColumns(stage: string, known: Schema, came: Schema): TailraceError {
  return new TailraceError(
    `Stage "${stage}" emitted a batch of other columns than before: ${describeSchema(came)} after ${describeSchema(known)}. ` +
      'All batches of a stage have one schema: bring them to it before, or use two stages.',
    { code: 'SCHEMA_INVALID', operation: 'materialise batches', context: { stage } },
  );
}

function rowsAreElsewhere(stage: string, place: string): PlanError {
  return new PlanError(
    `Stage "${stage}" makes columns of rows, and its items only name rows that ${place} has: names would be kept in place of ` +
      `rows. Hand the items to a sink that has ${place} write them, or fetch the rows in a stage before it.`,
    { operation: 'materialise batches', context: { stage } },
  );
}
