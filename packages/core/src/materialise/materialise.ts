// Owns the operator that computes a stage once and gives out its output as a dataset.
import { Observable, type OperatorFunction, Subject, takeUntil } from 'rxjs';
import type { RowOf } from '../batch/batch.js';
import { CancelledError } from '../errors/named-errors.js';
import { createBatchItems } from './batch-items.js';
import { createDataset } from './dataset.js';
import { defaultMemory } from './default-memory.js';
import { flowContext } from './flow-context.js';
import type { Materialised } from './materialised.js';
import type { ToBatchesOptions } from './to-batches.js';

/** When `materialise` gives its handle out, and how rows become columns. */
export interface MaterialiseOptions<R> extends ToBatchesOptions<R> {
  /**
   * When the handle is given out: as soon as there is a first item, or when everything is held. Either way everything is
   * computed once, by one subscription. Default `complete`.
   */
  readonly until?: 'first' | 'complete' | undefined;
}

/**
 * Emits one dataset that holds everything the source emits (rows or batches), then completes with the source. Who receives
 * the handle owns its one reference and must `release()` it.
 *
 * Unsubscribing before the handle is given out cancels the source and frees what was held. Afterwards the handle is the
 * owner: `firstValueFrom(rows$.pipe(materialise({ until: 'first' })))` goes on computing, and the last `release()` cancels.
 * Inside a run, unsubscribing cancels at any time, because the run owns its stages.
 *
 * Errors with the source's error, or VALUE_INVALID or SCHEMA_INVALID at the first row that does not fit its columns.
 * @example const table = await firstValueFrom(rows$.pipe(materialise({ name: 'prices' })));
 */
export function materialise<A>(
  options: MaterialiseOptions<RowOf<A>> = {},
): OperatorFunction<A, Materialised<RowOf<A>>> {
  return (source) =>
    new Observable((subscriber) => {
      const context = flowContext();
      const memory = context?.memory ?? options.memory ?? defaultMemory();
      const name = context?.stage ?? options.name ?? 'dataset';
      const stop = new Subject<void>();
      let given = false;
      let over = false;

      const end = (): void => {
        over = true;
        items.discard();
        stop.next();
      };
      const dataset = createDataset<RowOf<A>>({ memory, name, clock: context?.clock, onReleased: end });
      const { handle } = dataset;
      const items = createBatchItems<A>({
        ...options,
        memory,
        stage: name,
        onSchema: (schema) => dataset.schema(schema),
        onBatch: (batch) => {
          dataset.push(batch);
          batch.release();
        },
      });

      const give = (): void => {
        if (given) return;
        given = true;
        subscriber.next(handle);
      };
      const fail = (error: unknown): void => {
        if (over) return;
        dataset.fail(error);
        if (given) end();
        // Nobody else has it: the release ends everything.
        else handle.release();
        subscriber.error(error);
      };
      subscriber.add(() => {
        if (over || (given && context === undefined)) return;
        dataset.fail(
          new CancelledError(`The dataset "${name}" was cancelled before it was complete.`, {
            operation: 'materialise',
          }),
        );
        if (given) end();
        else handle.release();
      });

      source.pipe(takeUntil(stop)).subscribe({
        next(item) {
          if (over) return;
          try {
            items.push(item);
          } catch (error) {
            fail(error);
            return;
          }
          if (options.until === 'first') give();
        },
        error: fail,
        complete() {
          if (over) return;
          try {
            items.finish();
          } catch (error) {
            fail(error);
            return;
          }
          over = true;
          dataset.complete();
          give();
          subscriber.complete();
        },
      });
    });
}
