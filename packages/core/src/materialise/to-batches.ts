// Owns the operator that turns rows into batches as they come, holding no more than the one that is being built.
import { Observable, type OperatorFunction } from 'rxjs';
import type { Batch, RowOf } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import type { BatchOptions } from './batch-builder.js';
import { createBatchItems } from './batch-items.js';
import { defaultMemory } from './default-memory.js';
import { flowContext } from './flow-context.js';
import type { Memory } from './memory.js';
import type { Overflow } from './relieve.js';
import { subscribeWithin } from './subscribe-within.js';

/** How `toBatches` makes columns of rows, and what memory it takes for them. */
export interface ToBatchesOptions<R> extends BatchOptions {
  /** Columns of the rows; without it they are inferred from the first rows, and enforced from then on. */
  readonly schema?: Schema<R> | undefined;
  /** What batches are charged to outside a run; inside, the run's own. Default: 256 MiB shared by the process. */
  readonly memory?: Memory | undefined;
  /** Name for messages outside a run. Default `batches`. */
  readonly name?: string | undefined;
  /** When more is held than the budget allows: other holders spill, or this stage fails. Default `spill`. */
  readonly overflow?: Overflow | undefined;
}

/**
 * Emits rows as batches, each valid during `next` unless it is retained. Batches among the items pass through. Errors with
 * VALUE_INVALID or SCHEMA_INVALID at the first row that does not fit.
 * @example rows$.pipe(toBatches({ batchRows: 8_192 }))
 */
export function toBatches<A>(options: ToBatchesOptions<RowOf<A>> = {}): OperatorFunction<A, Batch<RowOf<A>>> {
  return (source) =>
    new Observable((subscriber) => {
      const context = flowContext();
      const items = createBatchItems<A>({
        ...options,
        memory: context?.memory ?? options.memory ?? defaultMemory(),
        stage: context?.stage ?? options.name ?? 'batches',
        // Batches of several such operators may meet in one stage, and have to be alike.
        findRepeats: false,
        onSchema: () => undefined,
        onBatch: (batch) => {
          subscriber.next(batch);
          batch.release();
        },
      });
      subscriber.add(() => items.discard());
      const guarded = (work: () => void): void => {
        try {
          work();
        } catch (error) {
          subscriber.error(error);
        }
      };
      subscribeWithin(source, subscriber, {
        next: (item) => guarded(() => items.push(item)),
        error: (error: unknown) => subscriber.error(error),
        complete: () =>
          guarded(() => {
            items.finish();
            subscriber.complete();
          }),
      });
    });
}
