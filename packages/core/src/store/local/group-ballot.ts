// Owns the decision of a group of outputs that commit together: one file in the stage of its last member, whose name is the
// decision. A rename decides, and only one can succeed, whoever tries: the group itself, or who takes it for dead.
import { join } from 'node:path';
import { ConflictError } from '../../errors/named-errors.js';
import { messageOf, TailraceError } from '../../errors/tailrace-error.js';
import type { FileSystem } from './file-system.js';
import { createStagedFile } from './staged-file.js';
import { errnoOf, failedWith, storeError } from './store-error.js';
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

/** True for the name of a ballot on which nothing is decided: one that was opened too late lies in a stage that is given up. */
export function isBallot(name: string): boolean {
  return name.startsWith('.ballot-');
}

/** Nothing is decided yet, and without this file nothing can be. Not durable: lost in a power cut, it counts as refused. */
export async function openBallot(ballot: Ballot, output: string): Promise<void> {
  const { open } = pathsOf(ballot);
  if (await isThere(ballot, open)) return;
  const file = await createStagedFile({ fs: ballot.fs, path: open, root: ballot.stage, output });
  await file.close();
}

/**
 * Decides that the group is published, on stable storage when it resolves. Throws ConflictError when another run has refused
 * it. After an error nothing is decided, unless `decision` is `unknown` in its context. A name that was given is never taken
 * back: others may have seen it, and gone by it.
 */
export async function decide(ballot: Ballot, output: string): Promise<void> {
  const { fs, stage, id } = ballot;
  const { open, decided } = pathsOf(ballot);
  try {
    await fs.rename(open, decided);
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) {
      if (!(await isThere(ballot, open).catch(() => false))) throw unknown(ballot, output, error);
      throw storeError(error, { step: 'decide the group in', path: stage, output });
    }
    // Decided already, by a call whose answer was lost?
    if (!(await isThere(ballot, decided))) throw refused(error);
  }
  try {
    await syncDirectory(fs, stage);
  } catch (error) {
    throw unknown(ballot, output, error);
  }

  function refused(cause: unknown): ConflictError {
    const message =
      `Output "${output}" was not published, nor were those that commit together with it: another run has taken this one ` +
      `for dead, and removed what it had staged. See that no two runs write to one path, and run again.`;
    return new ConflictError(message, { operation: 'decide group', context: { stage, group: id }, cause });
  }
}

function unknown({ stage, id }: Ballot, output: string, cause: unknown): TailraceError {
  const message =
    `Whether output "${output}" is published, with those that commit together with it, is not known: the decision in ${stage} ` +
    `could not be put on the disk: ${errnoOf(cause) ?? messageOf(cause)}. What is decided stays staged, and the next run on ` +
    `one of the paths publishes it. Look at the system log, check the disk, and run again.`;
  return new TailraceError(message, {
    code: 'STORE_FAILED',
    operation: 'decide group',
    status: 'permanent',
    context: { stage, group: id, output, errno: errnoOf(cause), decision: 'unknown' },
    cause,
  });
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
