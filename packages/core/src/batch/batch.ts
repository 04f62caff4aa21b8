// Owns what a batch is: immutable Arrow-layout columns in shared memory, counted by reference.
import { TailraceError } from '../errors/tailrace-error.js';
import type { BatchData } from './batch-data.js';
import { rowReader } from './row-reader.js';
import type { Schema } from './schema.js';

export type { BatchData, ColumnData, ColumnValues, DictionaryData } from './batch-data.js';

/**
 * An Arrow record batch in shared memory: immutable and reference-counted. One handed to `next` is valid during that
 * call; `retain()` keeps it longer and obliges to `release()`.
 */
export interface Batch<out R> {
  /** The columns of its rows. */
  readonly schema: Schema<R>;
  readonly rows: number;
  /** Bytes of memory held, as charged to the budget. */
  readonly bytes: number;
  /**
   * The columns themselves. Who keeps a view beyond the batch's life must hold a reference. Reading this property marks
   * the memory as seen by user code: it is never used again for other rows. The framework's own code reads `batchData`.
   */
  readonly data: BatchData;
  /** Rows as objects, in order, each made anew. Iterating throws CLOSED once the batch is released. */
  toRows(): Iterable<R>;
  /**
   * Takes one more reference, so that the batch stays when `next` has returned. Gives back the same batch; throws
   * CLOSED after the last release.
   */
  retain(): Batch<R>;
  /** Gives up one reference, once for each `retain`. After the last one the memory may hold other rows. */
  release(): void;
}

/** The row type of a batch, or the type itself. */
export type RowOf<T> = T extends Batch<infer R> ? R : T;

const isBatchMark: unique symbol = Symbol.for('tailrace.batch');
const unmarkedData: unique symbol = Symbol.for('tailrace.batch.data');
const referenceCount: unique symbol = Symbol.for('tailrace.batch.references');

/** Of every batch that was made, by any copy of this library: whether user code has had its columns in hand. */
const registry: unique symbol = Symbol.for('tailrace.batch.made');
// TypeScript knows no property of the global object by a symbol; only this library sets this one.
const shared = globalThis as { [registry]?: WeakMap<object, () => boolean> };
shared[registry] ??= new WeakMap();
const made: WeakMap<object, () => boolean> = shared[registry];

export const wasMade = (batch: Batch<unknown>): boolean => made.has(batch);
export const isUntouched = (batch: Batch<unknown>): boolean => made.get(batch)?.() === false;

interface InternalBatch<out R> extends Batch<R> {
  readonly [isBatchMark]: true;
  readonly [unmarkedData]: BatchData;
  readonly [referenceCount]: () => number;
}

/**
 * Whether something is a batch, also one of another copy of this package. Never throws: a proxy whose traps do is no
 * batch.
 */
export function isBatch(item: unknown): item is Batch<unknown> {
  try {
    return typeof item === 'object' && item !== null && isBatchMark in item;
  } catch {
    return false;
  }
}

/**
 * The columns of a batch, for code that keeps no view of them beyond its reference: unlike `batch.data`, this leaves the
 * memory free to be used again after the last release.
 */
export function batchData(batch: Batch<unknown>): BatchData {
  return unmarkedData in batch ? (batch as InternalBatch<unknown>)[unmarkedData] : batch.data;
}

/** References to a batch now: 1 means that releasing the caller's own would free the memory, 0 that it is freed. */
export function referencesTo(batch: Batch<unknown>): number {
  return referenceCount in batch
    ? (batch as InternalBatch<unknown>)[referenceCount]()
    : Number.POSITIVE_INFINITY;
}

/**
 * Makes a batch with one reference. `onFree` runs once, at the last release; `exposed` tells whether user code has
 * seen the columns, so that their memory must not be used for other rows.
 */
export function createBatch<R>(data: BatchData, onFree: (exposed: boolean) => void): Batch<R> {
  let references = 1;
  let exposed = false;
  const ensureAlive = (operation: string): void => {
    if (references > 0) return;
    throw new TailraceError(
      'This batch was already released; call retain() before keeping it beyond next().',
      {
        code: 'CLOSED',
        operation,
      },
    );
  };
  const batch: InternalBatch<R> = {
    [isBatchMark]: true,
    [unmarkedData]: data,
    [referenceCount]: () => references,
    // The schema in the data is untyped because it crosses threads; its row type is the caller's.
    schema: data.schema as Schema<R>,
    rows: data.rows,
    bytes: data.bytes,
    get data() {
      ensureAlive('read batch');
      exposed = true;
      return data;
    },
    toRows() {
      const ensureReadable = (): void => ensureAlive('read batch');
      ensureReadable();
      return rowReader<R>(data, ensureReadable);
    },
    retain() {
      ensureAlive('retain batch');
      references += 1;
      return batch;
    },
    release() {
      ensureAlive('release batch');
      references -= 1;
      if (references === 0) onFree(exposed);
    },
  };
  made.set(batch, () => exposed);
  return batch;
}
