// Owns what a run knows of a target that it holds.
import { TailraceError } from '../../errors/tailrace-error.js';
import type { Group } from '../../sink/group.js';
import type { StoreTarget } from '../../sink/store.js';
import type { Lease } from './lease.js';
import type { Place, StagePaths } from './place.js';
import type { Undo } from './publish-directory.js';
import type { Version } from './version.js';

/** A target that is held, with its hidden directory made. */
export interface Held {
  readonly lease: Lease;
  readonly place: Place;
  readonly paths: StagePaths;
  /** Directories made on the way to the target, outermost first. */
  readonly madeParents: readonly string[];
  /** What this run replaces or extends; a newer one once a commit has gone on from that. */
  base: Version;
  /** The generation that an earlier process of this run has published already. */
  readonly own: number | undefined;
  /** What a person should know of the target. */
  readonly notes: readonly string[];
}

/** What the store knows of it besides, from its begin to its end. */
export interface Hold extends Held {
  /** A failure after which committing again could claim what is not so: thrown again. */
  failure?: TailraceError;
  /** The way back from a publication that is not known to be durable. */
  undo?: Undo;
  /** Given up, also by a commit that is still under way. */
  isAborted?: boolean;
  /** The group that it commits together with. */
  group?: Group;
  /** Of its last member: nobody else finishes the group meanwhile. */
  groupLease?: Lease;
  /** The stage is as it will be published. */
  isSettled?: boolean;
  /** Visible and durable; set while the rest of its group is not. */
  finished?: StoreTarget;
}

/** Remembers a permanent failure, so that a further commit cannot get past it. */
export async function failingForGood(hold: Hold, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof TailraceError && error.status === 'permanent') hold.failure = error;
    throw error;
  }
}
