// Owns the words between the soak and its program: a job, and what the process holds after it.
import type { SoakFault } from '../support/modules/soak-sink.js';
import type { WriteJob } from './kinds.js';

export interface SoakJob extends WriteJob {
  readonly fault: SoakFault | 'none' | 'cancel';
  /** The kept pool, fed with batches or given a dataset; or a run of a pipeline of its own. */
  readonly way: 'feed' | 'submit' | 'run';
}

/** After a collection of garbage. */
export interface SoakSample {
  readonly rssMiB: number;
  /** Of the main thread: what its objects take. */
  readonly heapMiB: number;
  /** Open file descriptors. */
  readonly files: number;
  readonly threads: number;
  /** What keeps the event loop alive. */
  readonly handles: number;
  /** On the process. */
  readonly listeners: number;
  /** Entries of the directory for spilled batches. */
  readonly scratch: number;
  /** Of the kept pool's budget. */
  readonly heldBytes: number;
  /** Live outputs of the kept pool. */
  readonly outputs: number;
}

export interface SoakResult extends SoakSample {
  /** `done`, the code of an error, or `none` for an error without. */
  readonly outcome: string;
  readonly message: string;
}
