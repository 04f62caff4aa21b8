// Owns what runs leave beside a target: finishes or takes back a swap that a crash cut in two, then removes the rest.
// Only the holder of the lease may call it, and it touches only directories that bear our mark.
import { basename, join } from 'node:path';
import { ConflictError } from '../../errors/named-errors.js';
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { clearCommitLock } from './commit-lock.js';
import type { Entry, FileSystem } from './file-system.js';
import { isPrivateFileSystem } from './file-system-kind.js';
import { generationsPath } from './generation-names.js';
import { isBallot } from './group-ballot.js';
import { type Marked, readMark } from './group-mark.js';
import { isKeptAside, settleManifestAhead } from './manifest-ahead.js';
import { decodeOwner, type Fate, type Owners } from './owner.js';
import {
  manifestName,
  type Place,
  publishedManifest,
  runIdOfOld,
  runIdOfStage,
  type StagePaths,
  selfTestName,
  stagePaths,
} from './place.js';
import { manifestOf } from './published-manifest.js';
import { isComplete, isPartName } from './settle.js';
import { failedWith } from './store-error.js';
import { contentAt, factsAt, removeFile, removeTree, syncDirectory } from './tree.js';

/** Who asks, and how it is found out who is dead. */
export interface Heir {
  readonly owners: Owners;
  readonly target: StoreTarget;
  /** What becomes of an output that commits together with others: true when all of them are published now. */
  readonly finishGroup: (marked: Marked) => Promise<boolean>;
  /** Ends it between two stages; the next run goes on. */
  readonly signal: AbortSignal;
}

/**
 * Repairs and removes what dead runs left of this target, which is then whole: the old version or the new one. What belongs to
 * a run that may live is left, and told of. Throws ConflictError when such a run is in the middle of an exchange.
 */
export async function repairLeftovers(fs: FileSystem, place: Place, heir: Heir): Promise<readonly string[]> {
  const notes: string[] = [];
  const entries = await entriesOf(fs, place.parent);
  for (const entry of entries) {
    heir.signal.throwIfAborted();
    const runId = runIdOfStage(place, entry.name);
    if (runId === undefined || !entry.isDirectory) continue;
    const paths = stagePaths(place, runId);
    if ((await factsAt(fs, paths.owner)) === undefined) {
      if (!(await removeBare(fs, place, paths, heir.target))) {
        notes.push(
          `${paths.stage} was left as it is: it bears no mark, so that nothing tells whether its run lives. Remove it when that has ended.`,
        );
      }
      continue;
    }
    const { fate, host } = await fateAt(fs, place, paths, heir);
    if (fate === 'gone') {
      const marked = await readMark(fs, paths.stage);
      if (marked === 'foreign') throw foreign(heir.target, paths);
      // A torn one was not synced, and a decision comes after that.
      if (marked !== undefined && marked !== 'torn' && (await heir.finishGroup(marked))) continue;
      await finishRun(fs, place, paths, runId);
      await discardReplaced(fs, paths);
      await syncNames(fs, place);
      await removeStage(fs, paths);
      continue;
    }
    const known = fate === 'alive' ? 'it is at work' : `nothing tells whether it lives: it ran on ${host}`;
    if ((await factsAt(fs, paths.old)) !== undefined && (await contentAt(fs, place.path)) === undefined) {
      throw interrupted(place, heir.target, paths, runId, known);
    }
    notes.push(
      `${paths.stage} of run ${runId} was left, since ${known}. If it is dead, give takeOver: true, or remove the directory.`,
    );
  }
  notes.push(...(await forsaken(fs, place, entries)));
  await clearCommitLock(fs, place);
  return notes;
}

/**
 * What to say of versions that were moved aside and of whose run nothing is left: a power cut may have kept the name of one
 * that was being removed, or something else has taken its place meanwhile. Nothing tells which, so they are left.
 */
async function forsaken(fs: FileSystem, place: Place, entries: readonly Entry[]): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { name } of entries) {
    const runId = runIdOfOld(place, name);
    if (runId === undefined) continue;
    const { stage, old } = stagePaths(place, runId);
    if ((await factsAt(fs, stage)) !== undefined || (await factsAt(fs, old)) === undefined) continue;
    notes.push(
      `${old} is a version of ${place.path} that run ${runId} moved aside, perhaps not whole any more. Of that run nothing else is ` +
        'left, and it was left as it is: remove it when nobody needs it.',
    );
  }
  return notes;
}

async function fateAt(
  fs: FileSystem,
  place: Place,
  paths: StagePaths,
  { owners, target }: Heir,
): Promise<{ readonly fate: Fate; readonly host: string }> {
  const owner = decodeOwner(await readOwner(fs, paths));
  if (owner === undefined) {
    // Of another version of this program, or removed meanwhile.
    return { fate: target.takeOver === true ? 'gone' : 'unknown', host: 'an unknown machine' };
  }
  const fate = await owners.fateOf(owner, await isPrivateFileSystem(fs, place.parent));
  return { fate: fate === 'unknown' && target.takeOver === true ? 'gone' : fate, host: owner.host };
}

/** Empty when the stage has been removed meanwhile. */
async function readOwner(fs: FileSystem, paths: StagePaths): Promise<string> {
  try {
    return await fs.readFile(paths.owner);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return '';
    throw error;
  }
}

function interrupted(
  place: Place,
  { output }: StoreTarget,
  { old }: StagePaths,
  runId: string,
  known: string,
): ConflictError {
  const message =
    `Output "${output}" cannot write to ${place.path}: run ${runId} is replacing it at this moment, and ${known}. ` +
    `Run again when it has ended. If it is dead, give takeOver: true; the previous version is whole, at ${old}.`;
  const context = { path: place.path, output, previous: old };
  return new ConflictError(message, { operation: 'begin output', status: 'temporary', context });
}

function foreign({ output }: StoreTarget, { stage, group }: StagePaths): ConflictError {
  const message =
    `Output "${output}" cannot be begun: ${group} was written by another version of this program, and tells whether what an ` +
    `earlier run has staged there is to be published. It was left as it is. Run that version once more; ` +
    `or give up what the earlier run wrote: remove the hidden directory ${stage}.`;
  return new ConflictError(message, { operation: 'begin output', context: { stage, output } });
}

/**
 * Puts on stable storage under which names versions lie. Before staged files are removed: a power cut could otherwise keep
 * their removal, and lose the rename that took them away from the target.
 */
export async function syncNames(fs: FileSystem, place: Place): Promise<void> {
  const generations = generationsPath(place);
  if ((await factsAt(fs, generations)) !== undefined) await syncDirectory(fs, generations);
  await syncDirectory(fs, place.parent);
}

/**
 * Rolls a run that was publishing forward when its new version is complete, else back. Does nothing for one that had
 * not begun to publish, and nothing a second time. The previous version is kept: while the new one is not known to be
 * durable, it may have to come back.
 */
export async function finishRun(
  fs: FileSystem,
  place: Place,
  paths: StagePaths,
  runId: string,
): Promise<void> {
  await finishSwap(fs, place, paths, runId);
  await settleManifestAhead(fs, place, paths, runId, isKeptAside(fs, paths));
  await finishFile(fs, place, paths, runId);
}

async function finishSwap(fs: FileSystem, place: Place, paths: StagePaths, runId: string): Promise<void> {
  if ((await factsAt(fs, paths.old)) === undefined) return;
  if ((await contentAt(fs, place.path)) === undefined) {
    const manifest = await manifestOf(fs, join(paths.content, manifestName), runId);
    const isWhole = manifest !== undefined && (await isComplete(fs, paths.content, manifest));
    await fs.rename(isWhole ? paths.content : paths.old, place.path);
    await syncDirectory(fs, place.parent);
  }
}

/**
 * Marks the previous version as waste once the new one has taken its place: renamed, since half removed it must never be
 * put back. While the new one is still staged, it is somebody else's work that stands at the target: both are kept.
 */
export async function discardReplaced(fs: FileSystem, paths: StagePaths): Promise<void> {
  if ((await factsAt(fs, paths.content)) !== undefined) return;
  try {
    await fs.rename(paths.old, paths.trash);
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error;
  }
}

/** Takes back a swap that stands between its two renames: the previous version returns to the target. */
export async function rollBack(fs: FileSystem, place: Place, paths: StagePaths): Promise<void> {
  if ((await factsAt(fs, paths.old)) === undefined || (await contentAt(fs, place.path)) !== undefined) return;
  await fs.rename(paths.old, place.path);
  await syncDirectory(fs, place.parent);
}

async function finishFile(fs: FileSystem, place: Place, paths: StagePaths, runId: string): Promise<void> {
  const manifest = await manifestOf(fs, paths.manifest, runId);
  if (manifest === undefined || !(await isFilePublished(fs, place, paths, manifest))) return;
  await fs.rename(paths.manifest, publishedManifest(place, 'file'));
  await syncDirectory(fs, place.parent);
}

/** The staged name is gone (renamed into place), or the same file has both names (linked into place). */
async function isFilePublished(
  fs: FileSystem,
  place: Place,
  paths: StagePaths,
  manifest: Manifest,
): Promise<boolean> {
  const [staged, target] = [await factsAt(fs, paths.content), await factsAt(fs, place.path)];
  if (target?.kind !== 'file' || target.bytes !== manifest.files[0]?.bytes) return false;
  return staged === undefined || staged.identity === target.identity;
}

/**
 * Removes a hidden stage directory. The manifest goes first, since without the data it would tell of a publication;
 * the mark goes last, so that a removal that was cut short is taken up by the next run. Absent is as good.
 */
export async function removeStage(fs: FileSystem, paths: StagePaths): Promise<void> {
  if ((await factsAt(fs, paths.stage)) === undefined) return;
  await removeFile(fs, paths.manifest);
  const owner = basename(paths.owner);
  for (const entry of await fs.readdir(paths.stage)) {
    if (entry.name !== owner) await removeTree(fs, join(paths.stage, entry.name));
  }
  await removeFile(fs, paths.owner);
  await removeTree(fs, paths.stage);
}

/** None where there is no directory: another output that has given up may have removed the one that it had made. */
async function entriesOf(fs: FileSystem, path: string): Promise<readonly Entry[]> {
  try {
    return await fs.readdir(path);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return [];
    throw error;
  }
}

/**
 * A stage without a mark. One that is being made has its mark by the time that its directory is removed, or makes it anew. Of one
 * whose removal failed in its last step, a worker that had been given up may have put a file into it since. And a power cut
 * may have kept what was staged and lost the mark, before both were synced: nothing of it can have been published, nor
 * decided. Resolves with whether it is gone.
 */
export async function removeBare(
  fs: FileSystem,
  place: Place,
  paths: StagePaths,
  target: StoreTarget,
): Promise<boolean> {
  const names = (await entriesOf(fs, paths.stage)).map((entry) => entry.name);
  const draft = basename(paths.ownerDraft);
  const late = [paths.work, paths.content, paths.manifest, paths.group];
  const staged = new Set([...late.map((path) => basename(path)), selfTestName]);
  const isUnstaged = (name: string): boolean => name === draft || isPartName(name);
  // A living run makes its mark before all of these, and removes it after them: on this machine they are seen in this order.
  const isStaged = (name: string): boolean => isUnstaged(name) || staged.has(name) || isBallot(name);
  const isForsaken = names.every(isStaged) && (await isOurs());
  if (isForsaken || names.every(isUnstaged)) {
    for (const name of names) await removeTree(fs, join(paths.stage, name));
  }
  try {
    await fs.rmdir(paths.stage);
    return true;
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return true;
    // Not empty and without our mark: not ours to remove.
    if (!failedWith(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    return false;
  }

  async function isOurs(): Promise<boolean> {
    const facts = await factsAt(fs, paths.stage);
    return (
      facts?.mode === 0o700 && (target.takeOver === true || (await isPrivateFileSystem(fs, place.parent)))
    );
  }
}
