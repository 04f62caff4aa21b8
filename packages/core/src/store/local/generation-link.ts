// Owns the link at a target that is published by generations: it leads to the newest one. And which old ones are removed.
import { join } from 'node:path';
import { ConflictError } from '../../errors/named-errors.js';
import type { StoreTarget } from '../../sink/store.js';
import type { FileSystem } from './file-system.js';
import { generationPath, generationsPath, linkText, listGenerations } from './generation-names.js';
import type { Place, StagePaths } from './place.js';
import { failedWith } from './store-error.js';
import { factsAt, removeFile } from './tree.js';

/** What stays unless the target says otherwise, for readers that have resolved the path: see `StoreTarget`. */
const kept = { generations: 2, ms: 3_600_000 } as const;
/** How long a link that is being made may lie there, in milliseconds: its run is gone by then. */
const halfMadeMs = 3_600_000;

type Linking = Pick<StoreTarget, 'runId' | 'output'>;

/**
 * Points the path to the newest generation; again when another one is the newest meanwhile: one that has appeared, or the one
 * before, when the commit was given up in this moment and its generation is taken back. Nothing when there is none.
 * Resolves with whether the path was changed.
 */
export async function pointToNewest(fs: FileSystem, place: Place, target: Linking): Promise<boolean> {
  let isChanged = false;
  let linked: number | undefined;
  let newest = (await listGenerations(fs, place)).at(-1);
  while (newest !== undefined && newest !== linked) {
    linked = newest;
    if (await linkGeneration(fs, place, linked, target)) isChanged = true;
    newest = (await listGenerations(fs, place)).at(-1);
  }
  if (newest === undefined && linked !== undefined) await removeLink(fs, place);
  return isChanged;
}

/** A path that leads to no generation is better absent. */
export async function removeLink(fs: FileSystem, place: Place): Promise<void> {
  if ((await factsAt(fs, place.path))?.kind === 'link') await removeFile(fs, place.path);
}

/**
 * After a generation was taken back while its own commit was still linking it: the path leads to the newest one that is left, or
 * nowhere. Does nothing where a plain directory is back that was adopted.
 */
export async function relink(fs: FileSystem, place: Place, target: Linking): Promise<void> {
  const kind = (await factsAt(fs, place.path))?.kind;
  if (kind !== undefined && kind !== 'link') return;
  const newest = (await listGenerations(fs, place)).at(-1);
  if (newest === undefined) await removeLink(fs, place);
  else await pointToNewest(fs, place, target);
}

/**
 * Points the path to one generation, by a rename that never leaves it absent; false when it led there already. Throws
 * ConflictError when there is something else than a link or an empty directory.
 */
export async function linkGeneration(
  fs: FileSystem,
  place: Place,
  generation: number,
  { runId, output }: Linking,
): Promise<boolean> {
  const text = linkText(place, generation);
  const facts = await factsAt(fs, place.path);
  if (facts?.kind === 'link' && (await fs.readlink(place.path)) === text) return false;
  if (facts !== undefined && facts.kind !== 'link' && !(await isRemoved(fs, place.path))) {
    const message =
      `Output "${output}" was not published: something else has created ${place.path} since this run began. ` +
      `It was left as it is. Remove it, and run again.`;
    throw new ConflictError(message, {
      operation: 'commit output',
      context: { path: place.path, output },
    });
  }
  const made = join(generationsPath(place), `.link-${runId}`);
  await removeFile(fs, made);
  await fs.symlink(text, made);
  await fs.rename(made, place.path);
  return true;
}

/** An empty directory makes room: a link cannot be renamed over it. */
async function isRemoved(fs: FileSystem, path: string): Promise<boolean> {
  try {
    await fs.rmdir(path);
    return true;
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return true;
    if (failedWith(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) return false;
    throw error;
  }
}

/**
 * Moves old generations into the stage, with which they are removed: all but the newest ones, some time after their successor
 * has appeared; oldest first, so that no number is missing between two. And links that dead runs left half made.
 * @param now wall time in milliseconds since 1970-01-01T00:00Z, as the file system's
 */
export async function collectGenerations(
  fs: FileSystem,
  place: Place,
  paths: StagePaths,
  { keepGenerations = kept.generations, keepGenerationsMs = kept.ms }: StoreTarget,
  now: number,
): Promise<void> {
  const generations = await listGenerations(fs, place);
  const isOver = (path: string): Promise<boolean> => isOlder(fs, path, now, keepGenerationsMs);
  for (const [at, generation] of generations.slice(0, -keepGenerations).entries()) {
    const successor = generations[at + 1];
    if (successor === undefined || !(await isOver(generationPath(place, successor)))) break;
    await fs.rename(generationPath(place, generation), join(paths.stage, `.generation-${generation}`));
  }
  const folder = generationsPath(place);
  for (const { name } of await fs.readdir(folder)) {
    const path = join(folder, name);
    if (name.startsWith('.link-') && (await isOlder(fs, path, now, halfMadeMs))) await removeFile(fs, path);
  }
}

async function isOlder(fs: FileSystem, path: string, now: number, ms: number): Promise<boolean> {
  const facts = await factsAt(fs, path);
  // With 0 also when the clock of the file system runs ahead.
  return facts !== undefined && (ms === 0 || now - facts.modifiedMs > ms);
}
