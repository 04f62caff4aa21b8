// Owns the commit of a target that this process holds: again from a newer version until it is published, and taken back when
// nothing shows that it is durable, or when nobody waits for it any more.
import { retold } from '../../errors/named-errors.js';
import { isTailraceError, type TailraceError } from '../../errors/tailrace-error.js';
import { type Committing, publish, settleStage, syncPublished } from './commit.js';
import { withCommitLock } from './commit-lock.js';
import type { FileSystem } from './file-system.js';
import { relink } from './generation-link.js';
import { failingForGood, type Hold, settleDone, takeBack } from './hold.js';
import { syncNames } from './leftovers.js';
import { notTakenBack, refuseGivenUp, type Undo } from './publish-directory.js';
import { rebased } from './rebase.js';
import { isFailedSync, syncStep } from './sync-step.js';

/** Resolves when it is visible and durable. Whoever lets go of the target waits for `hold.committing` before. */
export async function commitHeld(hold: Hold, committing: Committing): Promise<void> {
  const work = published(hold, committing);
  const ended = work.then(
    () => undefined,
    () => undefined,
  );
  hold.committing = ended;
  try {
    await work;
  } finally {
    delete hold.committing;
  }
}

async function published(hold: Hold, committing: Committing): Promise<void> {
  // What the commit before this one could not take back: it is staged again then.
  await takeBack(hold);
  if (hold.own === undefined) {
    for (let round = 1; !(await isPublished(hold, committing)); round += 1) {
      await failingForGood(hold, async () => {
        hold.base = await rebased(committing, round);
      });
    }
    return;
  }
  // Already there: this run id has published before, and its answer was lost.
  await failingForGood(hold, () => syncPublished(committing));
  settleDone(hold);
}

/** False when the target is not what this run began with: nothing has changed then. */
async function isPublished(hold: Hold, committing: Committing): Promise<boolean> {
  let isSettled = hold.isSettled === true;
  // By a group; after another round it has to be done again.
  delete hold.isSettled;
  await failingForGood(hold, async () => {
    isSettled ||= (await settleStage(committing)) !== 'moved';
  });
  committing.signal.throwIfAborted();
  if (!isSettled) return false;
  // Taking a free number needs no lock.
  if (committing.target.publish === 'generations') return isMadeVisible(hold, committing);
  const { place, paths } = hold;
  return withCommitLock(committing.fs, place, paths, committing.target, () =>
    isMadeVisible(hold, committing),
  );
}

async function isMadeVisible(hold: Hold, committing: Committing): Promise<boolean> {
  delete hold.isLeft;
  delete hold.takingBack;
  const publishing = show(hold, committing);
  hold.publishing = publishing.catch(() => undefined);
  if (!(await publishing)) return false;
  try {
    refuseGivenUp(committing);
    await failingForGood(hold, () => syncPublished(committing));
    refuseGivenUp(committing);
    settleDone(hold);
  } catch (error) {
    throw await takenBack(committing.fs, hold, error);
  }
  return true;
}

async function show(hold: Hold, committing: Committing): Promise<boolean> {
  const keepUndo = (undo: Undo | undefined): void => {
    if (undo === undefined || hold.isDone) delete hold.undo;
    else hold.undo = undo;
  };
  const goBack = (): Promise<void> => takeBack(hold);
  // Of other failures a look may find it published all the same.
  const undo = await failingForGood(
    hold,
    () => publish(committing, { keepUndo, takeBack: goBack }),
    isFailedSync,
  );
  if (undo === 'moved') return false;
  // From here on an abort takes it back too: a commit that hangs in its last fsync is not waited for. Nobody does once the look
  // after it has found it whole.
  keepUndo(undo);
  return true;
}

/** Takes back what is visible, and resolves with the error of the commit, which says so when that fails. */
async function takenBack(fs: FileSystem, hold: Hold, error: unknown): Promise<unknown> {
  try {
    await takeBack(hold);
  } catch (again) {
    return isTailraceError(error) ? told(hold, error, notTakenBack(error, hold.place, again)) : again;
  }
  return afterTakingBack(fs, hold, error);
}

/**
 * The error of a commit, which also says so when the disk does not take what was taken back: a power cut could then show what was
 * published, and whatever is removed of it by then would be missing. So the stage is left.
 */
async function afterTakingBack(fs: FileSystem, hold: Hold, error: unknown): Promise<unknown> {
  const { place, paths, target } = hold;
  try {
    // The abort may have taken it back between the link that this commit made last and its look whether that is right.
    if (target.publish === 'generations') await relink(fs, place, target);
    await syncStep(place.parent, target.output, () => syncNames(fs, place));
    return error;
  } catch (unsynced) {
    // A further commit would sync the same directories once more, and go by that.
    if (isTailraceError(unsynced)) hold.failure ??= unsynced;
    // Said below, where the error can say it; else the abort tries again, and tells of it.
    if (isTailraceError(error)) hold.isLeft = true;
  }
  if (!isTailraceError(error)) return error;
  const more =
    `Nor could it be put on the disk that this was taken back: what was staged stays in ${paths.stage}, ` +
    `and the next run on this path removes it.`;
  return told(hold, error, retold(error, more, { left: paths.stage }));
}

function told(hold: Hold, error: TailraceError, more: TailraceError): TailraceError {
  if (hold.failure === error) hold.failure = more;
  return more;
}
