// Owns what a run has at a target of an object store, and how each thread reaches it. No logic.
import type { Lanes } from './lanes.js';
import type { ObjectClient } from './object-client.js';
import type { Pace } from './pace.js';

/** What a run has at a target: plain data, for every thread. */
export interface ObjectStaging {
  /** Name of its staging place, which no other run has. */
  readonly stage: string;
  /** Number of the version that a dataset began on. */
  readonly base: number;
  /** Tag of what a single file is to replace; undefined when nothing was there. */
  readonly tag: string | undefined;
}

/** How a store of objects is reached: made once in each thread. */
export interface ObjectConnection {
  /** A client for a bucket or container. */
  client(container: string): ObjectClient;
  /** That of everything that is asked of this store in this thread. */
  readonly pace: Pace;
  /** Bytes of a part. */
  readonly partBytes: number;
  /** Through which all parts go that this thread sends. */
  readonly lanes: Lanes;
  /** Whether the store is known to keep to conditions on writes: it is not tested then. */
  readonly isTrusted: boolean;
}
