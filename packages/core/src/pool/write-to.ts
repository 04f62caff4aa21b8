// Owns the operator that writes what passes: batches go on downstream, and the stream completes only when they are
// committed.
import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { Batch } from '../batch/batch.js';
import { batchError } from '../batch/check-batch.js';
import { toTailraceError } from '../errors/tailrace-error.js';
import { subscribeWithin } from '../materialise/subscribe-within.js';
import type { Sink } from '../sink/sink.js';
import type { Pool, SubmitOptions } from './contract.js';

/**
 * Writes every batch to `sink` and passes it on. `complete` is delayed until the output is committed; a failed output
 * errors the stream; unsubscribing cancels the output and removes what was staged.
 */
export function writeTo<R>(
  pool: Pool,
  sink: Sink<NoInfer<R>>,
  options: SubmitOptions = {},
): MonoTypeOperatorFunction<Batch<R>> {
  return (source) =>
    new Observable((subscriber) => {
      const { feed, handle } = pool.open(sink, options);
      let ended = false;
      let isSourceComplete = false;
      handle.done.then(
        () => {
          ended = true;
          // Done before its stream is through: the target was there and is left alone. The batches go on all the same.
          if (isSourceComplete) subscriber.complete();
        },
        (error: unknown) => {
          ended = true;
          subscriber.error(error);
        },
      );
      subscriber.add(() => {
        if (!ended) handle.cancel(`The stream written to ${handle.name} was unsubscribed.`);
      });
      subscribeWithin(source, subscriber, {
        next: (batch) => {
          // What the operators before it have done to the columns. The output fails, and the stream with it.
          const bad = batchError(batch, `The stream written to ${handle.name}`, 'write stream');
          if (bad !== undefined) {
            feed.fail(bad);
            return;
          }
          feed.schema(batch.schema);
          feed.push(batch);
          subscriber.next(batch);
        },
        error: (error: unknown) =>
          feed.fail(
            toTailraceError(error, `The stream written to ${handle.name} failed`, {
              code: 'STAGE_FAILED',
              operation: 'write stream',
              context: { output: handle.name },
            }),
          ),
        complete: () => {
          isSourceComplete = true;
          feed.schema({ fields: [] });
          feed.complete();
          if (ended) subscriber.complete();
        },
      });
    });
}
