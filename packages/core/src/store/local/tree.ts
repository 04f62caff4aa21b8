// Owns what is done to whole directory trees: list, make, remove and sync. It knows nothing of targets or manifests.
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { eachOf } from '../../sink/file/each-of.js';
import type { Facts, FileSystem } from './file-system.js';
import { shareSyncs } from './shared-sync.js';
import { failedWith } from './store-error.js';

/** System calls of one tree under way at a time: enough to overlap waiting, few beside the pool's own I/O. */
export const treeLanes = 8;

export interface Tree {
  /** Paths relative to the root, with `/`; every directory after the one that holds it. Without the root itself. */
  readonly directories: readonly string[];
  /** Everything else, links included. */
  readonly files: readonly string[];
}

/** Everything below `root`, which must be a directory. Links are listed, not followed. */
export async function listTree(fs: FileSystem, root: string): Promise<Tree> {
  const directories: string[] = [];
  const files: string[] = [];
  const pending = [''];
  for (let at = pending.shift(); at !== undefined; at = pending.shift()) {
    for (const entry of await fs.readdir(join(root, at))) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      (entry.isDirectory ? directories : files).push(path);
      if (entry.isDirectory) pending.push(path);
    }
  }
  return { directories, files };
}

/** Removes what lies at `path`, whatever it is; absent is as good. Links are removed, not followed. */
export async function removeTree(fs: FileSystem, path: string): Promise<void> {
  // Again when something was created meanwhile: a worker that was told to stop may still finish a call.
  for (let round = 1; ; round += 1) {
    try {
      await removeOnce(fs, path);
      return;
    } catch (error) {
      if (round === 3 || !failedWith(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    }
  }
}

async function removeOnce(fs: FileSystem, path: string): Promise<void> {
  const facts = await factsAt(fs, path);
  if (facts === undefined) return;
  if (facts.kind !== 'directory') {
    await removeFile(fs, path);
    return;
  }
  const tree = await listTree(fs, path);
  await eachOf(tree.files, treeLanes, (file) => removeFile(fs, join(path, file)));
  for (const directory of tree.directories.toReversed()) await fs.rmdir(join(path, directory));
  await fs.rmdir(path);
}

/** Absent is as good. */
export async function removeFile(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.unlink(path);
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error;
  }
}

/** What lies at a path, or undefined when nothing does. */
export async function factsAt(fs: FileSystem, path: string): Promise<Facts | undefined> {
  try {
    return await fs.lstat(path);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * What lies at a path; undefined when nothing does but perhaps an empty directory, which rename(2) replaces. Looks again when a
 * directory goes between the two calls that this takes: another run may exchange it at any moment.
 */
export async function contentAt(fs: FileSystem, path: string): Promise<Facts | undefined> {
  for (let round = 1; ; round += 1) {
    const facts = await factsAt(fs, path);
    if (facts?.kind !== 'directory') return facts;
    try {
      return (await fs.readdir(path)).length === 0 ? undefined : facts;
    } catch (error) {
      if (round === 5 || !failedWith(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
}

/**
 * Makes the directories that are missing on the way to `path`, and says which, outermost first. When it fails, those
 * that it had made are gone again, unless something else is in them by now.
 */
export async function makeDirectories(fs: FileSystem, path: string): Promise<string[]> {
  // Several rounds: another output that gives up at this moment may remove a directory that both need.
  for (let round = 1; ; round += 1) {
    const made: string[] = [];
    try {
      await makeMissing(fs, path, made);
      return made;
    } catch (error) {
      await removeEmptyDirectories(fs, made);
      if (round === 5 || !failedWith(error, 'ENOENT')) throw error;
    }
  }
}

/** Removes directories that were made, given outermost first, as far as nothing else is in them by now. */
export async function removeEmptyDirectories(fs: FileSystem, made: readonly string[]): Promise<void> {
  for (const path of made.toReversed()) {
    try {
      await fs.rmdir(path);
    } catch {
      // In use by another output, or gone: either way not ours any more.
      return;
    }
  }
}

async function makeMissing(fs: FileSystem, path: string, made: string[]): Promise<void> {
  if ((await factsAt(fs, path)) !== undefined) return;
  await makeMissing(fs, dirname(path), made);
  if (await makeDirectory(fs, path)) made.push(path);
}

/** Makes one directory; false when it was there. */
export async function makeDirectory(fs: FileSystem, path: string): Promise<boolean> {
  try {
    await fs.mkdir(path);
    return true;
  } catch (error) {
    if (failedWith(error, 'EEXIST')) return false;
    throw error;
  }
}

const sharedSyncs = new WeakMap<FileSystem, (path: string) => Promise<void>>();

/**
 * Puts a directory's entries on stable storage. Windows opens no directories; its file systems journal their entries.
 */
export async function syncDirectory(fs: FileSystem, path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const sync = sharedSyncs.get(fs) ?? shareSyncs((one) => syncNow(fs, one));
  sharedSyncs.set(fs, sync);
  await sync(path);
}

async function syncNow(fs: FileSystem, path: string): Promise<void> {
  const directory = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Puts the name of `path`, and of every directory above it, on stable storage. All of them, whoever made them: one may
 * have been made a moment ago by another output that has not committed yet, or by a run that died before it synced
 * anything, and nothing shows that. On a directory that is durable already it costs next to nothing.
 *
 * Ends at the edge of the file system, since what is mounted was there before. Directories that this user may not open
 * or whose file system knows no fsync are passed over, unless an entry of `made` lies in them: they are the system's.
 * @param made directories that this output made itself
 */
export async function syncAncestors(fs: FileSystem, path: string, made: readonly string[]): Promise<void> {
  const holdOurs = new Set(made.map((directory) => dirname(directory)));
  const { device } = await fs.lstat(path);
  for (let at = path; at !== dirname(at); ) {
    at = dirname(at);
    if ((await fs.lstat(at)).device !== device) return;
    try {
      await syncDirectory(fs, at);
    } catch (error) {
      if (holdOurs.has(at) || !failedWith(error, 'EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EROFS'))
        throw error;
    }
  }
}

/** Syncs every directory below `root`, then `root`. */
export async function syncDirectories(
  fs: FileSystem,
  root: string,
  directories: readonly string[],
): Promise<void> {
  await eachOf(directories.toReversed(), treeLanes, (path) => syncDirectory(fs, join(root, path)));
  await syncDirectory(fs, root);
}
