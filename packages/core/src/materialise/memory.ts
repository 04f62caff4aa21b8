// Owns what a run may hold: the byte budget, the shared memory charged to it, and where batches go when it is full.
import type { Batch } from '../batch/batch.js';
import type { Budget } from '../budget/budget.js';
import type { Slabs } from '../budget/slabs.js';

/** A batch moved to scratch storage, as Arrow IPC. */
export interface SpilledBatch {
  readonly path: string;
  readonly rows: number;
  /** Size on disk in bytes. */
  readonly bytes: number;
  /** `contentBytes` of the batch: where writes are cut must not depend on spilling. */
  readonly contentBytes: number;
}

/** Scratch storage for spilled batches; removed as a whole when the run ends. */
export interface Scratch {
  /** Bytes on disk now. */
  readonly usedBytes: number;
  /** Writes the batch out. Does not release it. Throws STORE_FAILED, or OVERFLOW beyond the scratch limit. */
  spill(batch: Batch<unknown>): Promise<SpilledBatch>;
  /** The same, blocking: for a stage that floods within one synchronous call. */
  spillSync(batch: Batch<unknown>): SpilledBatch;
  /** Reads it back into fresh shared memory charged to the budget, with one reference. */
  load<R>(spilled: SpilledBatch): Promise<Batch<R>>;
  remove(spilled: SpilledBatch): void;
  /** Removes everything. Idempotent. */
  close(): Promise<void>;
}

/** Anything that holds batches and can move them to scratch storage when the budget is full and nothing else gives. */
export interface Spillable {
  readonly name: string;
  /** Bytes that spilling would free now. */
  spillableBytes(): number;
  /** Moves some batches out; resolves with the bytes freed. */
  spill(targetBytes: number): Promise<number>;
  /** The same, blocking, for a stage that floods within one synchronous call. Absent when the holder cannot. */
  spillSync?(targetBytes: number): number;
}

/**
 * What may be held: bytes by one budget, the shared memory charged to it, and where batches go when it is full. Made by
 * `createMemory`.
 */
export interface Memory {
  readonly budget: Budget;
  readonly slabs: Slabs;
  readonly scratch: Scratch;
  /** Registers a holder; returns how to take it off. */
  addSpillable(holder: Spillable): () => void;
  /** Who can move batches to scratch storage now. */
  readonly spillables: ReadonlySet<Spillable>;
}
