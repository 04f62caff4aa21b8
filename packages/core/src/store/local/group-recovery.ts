// Owns what becomes of a group of outputs whose process has died: all of it is published when that was decided, else none of
// it ever is. It goes by what lies on the disk alone.
import { dirname } from 'node:path';
import { ConflictError } from '../../errors/named-errors.js';
import { type Committing, isThere, publish, settleStage, syncPublished } from './commit.js';
import { withCommitLock } from './commit-lock.js';
import type { FileSystem } from './file-system.js';
import { type Ballot, confirm, isDecided } from './group-ballot.js';
import { type Marked, readMark } from './group-mark.js';
import { unlessAborted } from './hold.js';
import type { Leases } from './lease.js';
import { discardReplaced, finishRun, removeStage, syncNames } from './leftovers.js';
import { type IsReplaced, settleManifestAhead } from './manifest-ahead.js';
import { arePartitionsUntouched, rebased } from './rebase.js';
import { factsAt } from './tree.js';
import { type Version, versionAt } from './version.js';

/**
 * Publishes every member that is not published yet, the last one last, then removes their stages; false when the group was
 * not decided, and now never will be. The caller holds the target of one member. The others are held by nobody, or by who
 * waits here for the same group: whoever finds a member's mark comes here before it does anything else.
 *
 * @param signal ends it between two steps; whoever begins there next takes it up
 * @throws ConflictError while another process is at the same group, and when something stands in the way of a member
 */
export async function finishGroup(
  fs: FileSystem,
  leases: Leases,
  marked: Marked,
  signal: AbortSignal,
): Promise<boolean> {
  const { group } = marked;
  const stage = group.places.at(-1);
  if (stage === undefined) return false;
  if ((await factsAt(fs, stage)) === undefined) {
    // Removed last of all, when nothing is decided that is not published; but only who sees its directory knows that it is gone.
    await checkParent(fs, stage, marked);
    return false;
  }
  return inTurn(leases, stage, signal, async () => {
    const lease = await leases.take(stage);
    if (lease === undefined) throw busy(marked);
    try {
      const ballot: Ballot = { fs, stage, id: group.id };
      if (!(await isDecided(ballot))) return false;
      // A power cut must not take back what others are published for.
      await confirm(ballot);
      const members: Marked[] = [];
      for (const place of group.places) {
        const member = await readMark(fs, place);
        if (member === 'torn' || member === 'foreign') throw unreadable(marked, place);
        // Without a mark all is published, and about to be removed; with another one it is another output's.
        if (member === undefined) await checkParent(fs, place, marked);
        else if (member.group.id === group.id) members.push(member);
      }
      for (const member of members) await rollForward(fs, member, signal);
      // Not before all of it is visible: whoever finds a mark knows of the others.
      for (const { place, paths } of members) {
        signal.throwIfAborted();
        await syncNames(fs, place);
        await removeStage(fs, paths);
      }
      return true;
    } finally {
      await lease.release();
    }
  });
}

/** Throws where a stage is not merely absent, but the directory that holds it: a disk that is not mounted, for one. */
async function checkParent(fs: FileSystem, stage: string, { group, place, target }: Marked): Promise<void> {
  const parent = dirname(stage);
  if ((await factsAt(fs, parent)) !== undefined) return;
  const message =
    `${place.path} belongs to the group "${group.name}" of an earlier run, and whether that is to be published is told in ` +
    `${parent}, which is not there. Mount it, if it lies on another disk, or make that directory again if it was removed, ` +
    `and run again; or give up what the earlier run wrote: remove the hidden directories .*.stage-${target.runId}.`;
  throw stopped(message, place, target);
}

function unreadable({ group, place, target }: Marked, stage: string): ConflictError {
  const message =
    `${place.path} belongs to the group "${group.name}" of an earlier run, which is decided, and ${stage} holds a part of it ` +
    `whose mark cannot be read: damaged, or of another version of this program. Nothing was removed. Restore the mark, or run ` +
    `that version; or give up what was staged there: remove that hidden directory.`;
  return stopped(message, place, target);
}

const stopped = (message: string, { path }: Marked['place'], { output }: Marked['target']): ConflictError =>
  new ConflictError(message, { operation: 'finish group', context: { path, output } });

/** Publishes what a member has staged, by the rules of its mode, unless that has happened. */
async function rollForward(fs: FileSystem, marked: Marked, signal: AbortSignal): Promise<void> {
  const { place, paths, target, manifest } = marked;
  signal.throwIfAborted();
  // Decided: what the member was to replace is replaced, also when its second name is lost.
  const isReplaced: IsReplaced = async () => target.mode === 'overwrite' && marked.base?.isVacant === false;
  await settleManifestAhead(fs, place, paths, target.runId, isReplaced);
  await finishRun(fs, place, paths, target.runId);
  // Absent once it was published, also when something else has replaced it since.
  const isStaged = (await factsAt(fs, paths.content)) !== undefined;
  const base = await versionAt(fs, place, target);
  const held = { place, paths, madeParents: [], base, own: undefined, notes: [] };
  const committing: Committing = { fs, held, target, manifest, signal };
  if (await isThere(fs, place, target)) await syncPublished(committing);
  else if (isStaged) {
    await checkUnchanged(fs, marked, base);
    for (let round = 1; !(await isPublished(committing)); round += 1)
      held.base = await rebased(committing, round);
  }
  await discardReplaced(fs, paths);
}

/**
 * Throws ConflictError unless what is at the path of a member may be replaced: the version that it began with, and no other.
 * Mode append goes on from whatever is there.
 */
async function checkUnchanged(fs: FileSystem, marked: Marked, now: Version): Promise<void> {
  const { paths, target, manifest, base } = marked;
  if (now.path === undefined) return;
  // The version before is moved aside already, and this is not the one that was to take its place.
  if ((await factsAt(fs, paths.old)) !== undefined) throw inTheWay(marked, paths.old);
  if (target.mode === 'append') return;
  const isNew = target.mode === 'error' || target.mode === 'ignore';
  if (isNew) throw inTheWay(marked);
  // Of versions without a manifest nothing tells one from the other.
  if (base === undefined || (!base.isVacant && base.runId === now.runId)) return;
  const before = { path: base.isVacant ? undefined : now.path, partitions: base.partitions };
  if (target.mode === 'overwritePartitions' && arePartitionsUntouched(manifest, before, now)) return;
  throw inTheWay(marked);
}

async function isPublished(committing: Committing): Promise<boolean> {
  if ((await settleStage(committing)) === 'moved') return false;
  const { fs, held, target } = committing;
  const { place, paths } = held;
  // Taking a free number needs no lock.
  if (target.publish === 'generations') return isMadeVisible(committing);
  return withCommitLock(fs, place, paths, target, () => isMadeVisible(committing));
}

async function isMadeVisible(committing: Committing): Promise<boolean> {
  const undo = await publish(committing);
  if (undo === 'moved') return false;
  try {
    await syncPublished(committing);
  } catch (error) {
    await undo();
    throw error;
  }
  return true;
}

const turns = new WeakMap<Leases, Map<string, Promise<unknown>>>();

/** Outputs of one run begin side by side, and find the same group: one after the other, each finds less to do. */
async function inTurn<T>(
  leases: Leases,
  stage: string,
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T> {
  const waiting = turns.get(leases) ?? new Map<string, Promise<unknown>>();
  turns.set(leases, waiting);
  const before = waiting.get(stage) ?? Promise.resolve();
  let isRunning = false;
  const start = (): Promise<T> => {
    signal.throwIfAborted();
    isRunning = true;
    return action();
  };
  const turn = before.then(start, start);
  waiting.set(stage, turn);
  const over = turn.then(
    () => undefined,
    () => undefined,
  );
  void over.then(() => {
    if (waiting.get(stage) === turn) waiting.delete(stage);
  });
  const isOver = before.then(
    () => undefined,
    () => undefined,
  );
  await unlessAborted(isOver, signal);
  // Nobody has to wait for another one's turn; what has begun ends in order, since the leases are let go after it.
  if (!isRunning) signal.throwIfAborted();
  return turn;
}

function busy({ group, place, target }: Marked): ConflictError {
  const message =
    `${place.path} belongs to the group "${group.name}" of an earlier run, which another process is finishing now. ` +
    `Run again in a moment.`;
  return new ConflictError(message, {
    operation: 'finish group',
    context: { path: place.path, output: target.output, group: group.name },
  });
}

function inTheWay({ place, paths, target }: Marked, previous?: string): ConflictError {
  const message =
    `Output "${target.output}" of an earlier run was decided to be published to ${place.path}, together with others, and ` +
    `something else has been ${target.mode === 'error' ? 'created' : 'published'} there since. It was left as it is` +
    `${previous === undefined ? '' : `, and so was the version before, at ${previous}`}. Move it away, and run again; ` +
    `or give up what the earlier run wrote: remove the hidden directory ${paths.stage}.`;
  return new ConflictError(message, {
    operation: 'finish group',
    context: { path: place.path, output: target.output },
  });
}
