// Owns the handle of a dataset: a stage's output, computed once and held.
import type { Observable } from 'rxjs';
import type { Batch } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';

/** Marks datasets at run time, so that a bare Observable given from JavaScript is told apart. */
export const materialisedMark: unique symbol = Symbol.for('tailrace.materialised');

/** Where a dataset has the way in for `unhurriedBatches`; a symbol, because it is no part of the interface of users. */
export const unhurriedMark: unique symbol = Symbol.for('tailrace.materialised.unhurried');

/**
 * The batches of a dataset for a reader of the framework's own that is sure to release what it retains, but not how soon:
 * an output whose target is slow. Unlike `batches()`, it waits for room without end.
 */
export function unhurriedBatches<R>(data: Materialised<R>): Observable<Batch<R>> {
  return unhurriedMark in data ? (data as UnhurriedMaterialised<R>)[unhurriedMark]() : data.batches();
}

/** A dataset as this package makes it. */
export interface UnhurriedMaterialised<out R> extends Materialised<R> {
  readonly [unhurriedMark]: () => Observable<Batch<R>>;
}

/**
 * A stage's output, computed once by one subscription and held in shared memory (or spilled), readable any number of
 * times until its last release. Readers that come before it is complete get what there is, then the rest as it comes.
 */
export interface Materialised<out R> {
  readonly [materialisedMark]: true;
  /** Undefined until the first row is known, when the schema was not declared. */
  readonly schema: Schema<R> | undefined;
  /** Rows so far; all of them once `completed` has resolved. */
  readonly rowCount: number;
  /** Bytes held in memory now. */
  readonly heldBytes: number;
  /** Rows made from the columns, in order, anew for every subscriber. */
  rows(): Observable<R>;
  /** Batches in order; each is valid during `next` unless retained. */
  batches(): Observable<Batch<R>>;
  /** Resolves when everything is held; rejects with the error of the stage. */
  readonly completed: Promise<void>;
  /** Takes one more reference, for another owner; throws CLOSED after the last release. */
  retain(): Materialised<R>;
  /** Gives up one reference; after the last, batches are freed and readers get an error. */
  release(): void;
}
