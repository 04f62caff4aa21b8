// Owns shared memory: hands out slabs charged to the budget and takes back those that no user code can see.
import type { Budget, Reservation } from './budget.js';

/** A piece of shared memory, charged to the budget until it is freed. */
export interface Slab {
  readonly buffer: SharedArrayBuffer;
  /** Size in bytes: one of the few that `slabBytes` gives, at least 4 KiB. */
  readonly bytes: number;
  readonly reservation: Reservation;
  /** Gives the memory back: to be used again when `recycle` is true, to the collector otherwise. Idempotent. */
  free(recycle: boolean): void;
}

export interface Slabs {
  readonly budget: Budget;
  /** At least `bytes` of shared memory. Recycled slabs are NOT zeroed. */
  acquire(bytes: number): Slab;
  /** Bytes that lie idle, waiting to be used again; at most the budget's limit less what is in use. */
  readonly idleBytes: number;
}
