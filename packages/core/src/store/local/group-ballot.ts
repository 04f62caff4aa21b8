// Owns the decision of a group of outputs that commit together: one file in the stage of its last member, whose name is the
// decision. A rename decides, and only one can succeed, whoever tries: the group itself, or who takes it for dead.
import { join } from 'node:path';
import { ConflictError } from '../../errors/named-errors.js';
import type { FileSystem } from './file-system.js';
import { createStagedFile } from './staged-file.js';
import { attemptStep, failedWith } from './store-error.js';
import { syncStep } from './sync-step.js';
import { factsAt, syncDirectory } from './tree.js';

export interface Ballot {
  readonly fs: FileSystem;
  /** The stage directory of the last member. */
  readonly stage: string;
  /** Of the group: the stage may have been made anew for another group since. */
  readonly id: string;
}

const pathsOf = ({ stage, id }: Ballot) => ({
  open: join(stage, `.ballot-${id}`),
  decided: join(stage, `.decided-${id}`),
  refused: join(stage, `.refused-${id}`),
});

/** Nothing is decided yet, and without this file nothing can be. Not durable: lost in a power cut, it counts as refused. */
export async function openBallot(ballot: Ballot, output: string): Promise<void> {
  const { open } = pathsOf(ballot);
  if (await isThere(ballot, open)) return;
  const file = await createStagedFile({ fs: ballot.fs, path: open, root: ballot.stage, output });
  await file.close();
}

/**
 * Decides that the group is published, on stable storage when it resolves. Throws ConflictError when another run has refused
 * it; after any error nothing is decided, unless the disk took the decision and could not take it back.
 */
export async function decide(ballot: Ballot, output: string): Promise<void> {
  const { fs, stage, id } = ballot;
  const { open, decided } = pathsOf(ballot);
  const step = { step: 'decide the group in', path: stage, output };
  try {
    await fs.rename(open, decided);
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) await attemptStep(step, () => Promise.reject(error));
    const message =
      `Output "${output}" was not published, nor were those that commit together with it: another run has taken this one ` +
      `for dead, and removed what it had staged. See that no two runs write to one path, and run again.`;
    throw new ConflictError(message, {
      operation: 'decide group',
      context: { stage, group: id },
      cause: error,
    });
  }
  try {
    await syncStep(stage, output, () => syncDirectory(fs, stage));
  } catch (error) {
    await attemptStep({ ...step, step: 'take back the decision in' }, () => fs.rename(decided, open));
    throw error;
  }
}

/** True when the group is decided; if it was not, it never will be. Durable only after `confirm`. */
export async function isDecided(ballot: Ballot): Promise<boolean> {
  const { open, decided, refused } = pathsOf(ballot);
  try {
    await ballot.fs.rename(open, refused);
    return false;
  } catch (error) {
    if (!failedWith(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
  return isThere(ballot, decided);
}

/** Puts a decision that was found on stable storage, before anything is done because of it. */
export async function confirm({ fs, stage }: Ballot): Promise<void> {
  await syncDirectory(fs, stage);
}

async function isThere({ fs }: Ballot, path: string): Promise<boolean> {
  return (await factsAt(fs, path)) !== undefined;
}
