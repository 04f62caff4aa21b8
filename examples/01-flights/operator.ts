// Owns the plumbing of an RxJS operator that keeps state between rows. What such an operator computes stands elsewhere.
import { Observable, type OperatorFunction } from 'rxjs';

export interface RowHandler<A> {
  next(row: A): void;
  /** Called after the last row: the place to emit what is left. */
  complete?(): void;
}

/**
 * An operator from a handler, which is made anew for every subscription and emits any number of rows per row taken.
 * What the handler throws becomes the error of the stream.
 */
export function operator<A, B>(handle: (emit: (row: B) => void) => RowHandler<A>): OperatorFunction<A, B> {
  return (rows) =>
    new Observable<B>((subscriber) => {
      const handler = handle((row) => subscriber.next(row));
      return rows.subscribe({
        next(row) {
          // A source that emits while it is being subscribed to cannot be stopped yet.
          if (subscriber.closed) return;
          try {
            handler.next(row);
          } catch (error) {
            subscriber.error(error);
          }
        },
        error: (error) => subscriber.error(error),
        complete() {
          try {
            handler.complete?.();
          } catch (error) {
            subscriber.error(error);
          }
          subscriber.complete();
        },
      });
    });
}
