// Owns a target that this process holds: whether it is committing, done or given up, and the way back until it is done.
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

/** A held target, from its begin to its end, and what went wrong with it. */
export interface Hold extends Held {
  readonly target: StoreTarget;
  /** A failure after which committing again could claim what is not so: thrown again. */
  failure?: TailraceError;
  /** The way back from a publication that is not known to be durable. */
  undo?: Undo;
  /** That way being gone, since the last publication. */
  takingBack?: Promise<void>;
  /** Settles when nothing is being published any more: the way back is known then. */
  publishing?: Promise<unknown>;
  /** While a commit is under way: settles with it, and never rejects. */
  committing?: Promise<void>;
  /** The disk has not taken what was taken back: what is staged is left to the next run, and its error has said so. */
  isLeft?: boolean;
  /** Visible and durable: nothing takes it back any more. */
  isDone?: boolean;
  /** Given up before it was done, also by a commit that is still under way. */
  isAborted?: boolean;
  /** The group that it commits together with. */
  group?: Group;
  /** Of the last member of a group: nobody else finishes the group meanwhile. */
  groupLease?: Lease;
  /** Its abort has removed what it had staged. */
  isCleared?: boolean;
  /** Directories made by members of its group whose abort was over before its own: removed with its own. */
  inherited?: readonly string[];
  /** Its group has made the stage as it will be published. */
  isSettled?: boolean;
  /** Tidying up after it is done: once, whoever found that it is. */
  ending?: Promise<void>;
}

/** Once, however many ask and wait for it: the abort of a commit that hangs, and that commit when it fails at last. */
export async function takeBack(hold: Hold): Promise<void> {
  const { undo } = hold;
  if (undo !== undefined) {
    delete hold.undo;
    hold.takingBack = undo().catch((error: unknown) => {
      if (hold.isDone !== true) hold.undo = undo;
      throw error;
    });
  }
  await hold.takingBack;
}

/**
 * Whether a way back is under way, or has come to its end: what a look finds now is not there any more when it answers. After
 * a way back that failed this is false, and the look goes by what there is.
 */
export function isBeingTakenBack({ takingBack, undo }: Hold): boolean {
  return takingBack !== undefined && undo === undefined;
}

/** In the moment in which nobody has given it up: an abort that comes later finds it done. */
export function settleDone(hold: Hold): void {
  hold.isDone = true;
  delete hold.undo;
  delete hold.takingBack;
}

/** Waits for what is only tidying, but not longer than somebody wants to wait: it goes on by itself. */
export async function unlessAborted(tidying: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop);
  });
  if (signal.aborted) stop();
  await Promise.race([tidying, aborted]);
  signal.removeEventListener('abort', stop);
}

/** Remembers a failure that is permanent, so that a further commit cannot get past it. */
export async function failingForGood<T>(
  hold: Hold,
  action: () => Promise<T>,
  isFinal: (error: TailraceError) => boolean = ({ status }) => status === 'permanent',
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof TailraceError && isFinal(error)) hold.failure = error;
    throw error;
  }
}
