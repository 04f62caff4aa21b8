// Owns one batch of a write: where it is, in memory or on disk, and how it is handed to a reader.
import { type Batch, batchData } from '../batch/batch.js';
import type { SpilledBatch } from '../materialise/memory.js';
import type { SendBatch } from '../wire/messages.js';

export interface Entry {
  readonly bytes: number;
  batch: Batch<unknown> | undefined;
  spilled: SpilledBatch | undefined;
  /** Lets go of the spilled file. */
  dropSpilled: (() => void) | undefined;
  /** Given to the current reader as memory, which may still read it: must stay in memory. */
  lent: boolean;
  spilling: boolean;
}

/** Whether its memory could be written to disk and let go now. */
export function isMovable(entry: Entry): boolean {
  return entry.batch !== undefined && !entry.lent && !entry.spilling && entry.spilled === undefined;
}

/** The batch as a reader is handed it: memory that must stay from now on, or a file. */
export function lend(entry: Entry): SendBatch['batch'] | undefined {
  if (entry.spilled !== undefined) return { spilled: entry.spilled };
  if (entry.batch === undefined) return undefined;
  entry.lent = true;
  // Not `batch.data`, which marks the memory as seen by user code: it is used again once the write is prepared.
  const { schema: _known, ...data } = batchData(entry.batch);
  return { data };
}
