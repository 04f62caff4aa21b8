// Owns the contract of a source: chunks of items on demand, and able to be opened again.
import type { Schema } from '../batch/schema.js';
import type { StoreOfScheme } from '../sink/file/store-of-scheme.js';

/** Counts of a push source; those of the present are of its latest opening. */
export interface PushStats {
  /** Items received, over all openings. */
  readonly receivedItems: number;
  /** Items dropped, over all openings. */
  readonly droppedItems: number;
  /** Items waiting now, in memory and on disk. */
  readonly heldItems: number;
  /** Bytes waiting in memory now, by the `sizeOf` of the policy. */
  readonly heldBytes: number;
  /** The most bytes that have waited in memory at once, over all openings. */
  readonly peakBytes: number;
  /** Bytes waiting on disk now. */
  readonly spilledBytes: number;
}

/** One reading of a source, from its beginning. */
export interface Opening<out T> extends AsyncIterable<readonly T[]> {
  /** What has come and was dropped since it was opened, for sources that push: another opening may count at the same time. */
  stats?(): Pick<PushStats, 'receivedItems' | 'droppedItems'>;
}

/** Produces chunks of items on demand. */
export interface Source<out T> {
  /** What a person calls it: a path, or `iterable`. */
  readonly name?: string;
  /** Total items, when known beforehand: for progress, and to ask for the end as soon as the last one was taken. */
  readonly totalItems?: number | undefined;
  /**
   * Columns of the items, when known beforehand: used where `flow.source` is given none. Read once, while the pipeline is
   * declared. Without it the columns are inferred from the first rows, and types finer than JavaScript's are lost.
   */
  readonly schema?: Schema<T> | undefined;
  /**
   * Names what the source will give: the same text means the same items in the same order. Asked once at the start of a
   * run that can be resumed, before anything is opened. A source without it is taken to give something else each time.
   */
  fingerprint?(signal: AbortSignal): Promise<string>;
  /**
   * The same source, reading URLs from these stores, too. Asked once at the start of a run, with the stores of the run; a store
   * that it was given for a scheme comes first.
   */
  withStores?(stores: readonly StoreOfScheme[]): Source<T>;
  /** What has come and what was dropped of it, for sources that push: progress and the report tell of it. */
  stats?(): PushStats;
  /**
   * Opens the source from its beginning, each time anew. The next chunk is asked for only when there is credit; chunks
   * of 1,024 to 8,192 items are best. When the iteration is left early, `return()` is called: free resources there.
   */
  open(signal: AbortSignal): Opening<T>;
}
