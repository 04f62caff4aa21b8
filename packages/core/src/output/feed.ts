// Owns the way into an output: where sealed batches enter it, one after the other, on the main thread.
import type { Batch } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import type { SpilledBatch } from '../materialise/memory.js';

/** One output as its producer sees it. After `complete` or `fail`, and once `closed`, calls are ignored. */
export interface OutputFeed {
  readonly name: string;
  /** Who has the rows of the items that it takes, when it is no output of rows: see `Sink.takesFrom`. */
  readonly takesFrom?: string | undefined;
  readonly runId?: string | undefined;
  /** Tells the schema as soon as it is known; at the latest before the first `push` or `complete`. */
  schema(schema: Schema): void;
  /** Hands over a batch; the feed retains it for itself, the caller keeps its own reference. */
  push(batch: Batch<unknown>): void;
  /**
   * Hands over, in order with `push`, a batch that went to scratch storage because a stage emitted more than the budget
   * holds in one synchronous call. The feed calls `release` once, when it will not read the file again (also when it
   * is closed already); the file is removed after the last consumer's release.
   */
  pushSpilled(spilled: SpilledBatch, release: () => void): void;
  /** So many rows more were refused. 0, before anything else: some may be. Not called for a stage that fails of the first. */
  refused?(rows: number): void;
  /**
   * No more batches: the output seals its last write and commits when all are prepared.
   * @param came rows that came to the stage, those included that were refused
   */
  complete(came?: number): void;
  /** The producer failed: the output aborts with this error. */
  fail(error: TailraceError): void;
  /** True once the output takes nothing more (failed, cancelled or complete): its producer may detach. */
  readonly closed: boolean;
  /** Called once when `closed` turns true. */
  onClosed(listener: () => void): void;
}
