// Owns how a directory grows: its files are given a second name, by hard link, in the staged directory that replaces it.
import { dirname, join } from 'node:path';
import { ConflictError } from '../../errors/named-errors.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { eachOf } from '../../sink/file/each-of.js';
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { checkAppendable } from '../appendable.js';
import { appendedManifest } from '../manifest.js';
import { partitionsOf, staysBeside } from '../partitions.js';
import type { FileSystem } from './file-system.js';
import { manifestName, type StagePaths } from './place.js';
import { readManifest } from './published-manifest.js';
import { attemptStep, failedWith, storeError } from './store-error.js';
import { factsAt, listTree, makeDirectory, type Tree, treeLanes } from './tree.js';
import type { Version } from './version.js';

export interface Appending {
  readonly fs: FileSystem;
  readonly paths: StagePaths;
  readonly manifest: Manifest;
  /** The version that is extended. */
  readonly base: Version;
  readonly mode: 'append' | 'overwritePartitions';
  /** Files that the new ones stand for: they stay in the version, and are not in the next one. */
  readonly replaces?: StoreTarget['replaces'];
}

/** Somebody has changed the version while its files were linked: look at the target again. */
export type Moved = 'moved';

/**
 * Links the files of a version into the staged directory, which must hold the new files only, and resolves with the
 * manifest of both; in mode `overwritePartitions` without those of the partitions that have new files. Copies no data and
 * does not change the version. Throws PLAN_INVALID or SCHEMA_INVALID when the new files are of another kind than those of
 * its manifest, STORE_FAILED (permanent) where hard links are impossible or a new file has the name of an old one.
 */
export async function linkExisting(appending: Appending): Promise<Manifest | Moved> {
  const { fs, paths, manifest, base, mode } = appending;
  const { output } = manifest;
  const from = base.path;
  if (from === undefined) {
    replacedFiles(appending, undefined, 'the dataset');
    return manifest;
  }
  const listing = { step: 'read', path: from, output };
  const found = await attemptStep(listing, () => readManifest(fs, join(from, manifestName)));
  const previous = typeof found === 'string' ? undefined : found;
  if (previous?.runId !== base.runId) return 'moved';
  // What was known when the output began was checked then; the schema is known only now, and nothing is visible yet.
  if (previous !== undefined) checkAppendable(previous, manifest, from);
  const replaced = mode === 'overwritePartitions' ? partitionsOf(manifest) : new Set<string>();
  const gone = replacedFiles(appending, previous, from);
  const isThere = async (path: string): Promise<boolean> => (await factsAt(fs, path)) !== undefined;
  const tree = await attemptStep(listing, () => walk(fs, from));
  if (tree === undefined) return 'moved';
  let isGone = false;
  try {
    for (const path of tree.directories) {
      if (!staysBeside(replaced, `${path}/`)) continue;
      const made = join(paths.content, path);
      await attemptStep({ step: 'create', path: made, output }, async () => {
        if (await makeDirectory(fs, made)) await keepMode(fs, join(from, path), made);
      });
    }
    const stays = (path: string): boolean => staysBeside(replaced, path) && !gone.has(path);
    const existing = tree.files.filter((path) => path !== manifestName && stays(path));
    await eachOf(existing, treeLanes, async (path) => {
      try {
        await fs.link(join(from, path), join(paths.content, path));
      } catch (error) {
        const isTaken = failedWith(error, 'ENOENT') && (await isThere(dirname(join(paths.content, path))));
        if (isTaken) isGone = true;
        throw linkError(error, join(from, path), output);
      }
    });
    if (!(await isUnchanged(appending, from, tree))) return 'moved';
    return appendedManifest(previous, new Set(existing), manifest);
  } catch (error) {
    // Files of a version that is being replaced vanish under the walk, and may be back by now: that is no failure of the disk.
    if (isGone || !(await isUnchanged(appending, from, tree))) return 'moved';
    throw error;
  }
}

/**
 * The version can be exchanged, and exchanged back, between any two calls: only a walk with the same answer before and after
 * has seen one version.
 */
async function isUnchanged({ fs, base, manifest }: Appending, from: string, before: Tree): Promise<boolean> {
  const looking = { step: 'read', path: from, output: manifest.output };
  return attemptStep(looking, async () => {
    if ((await factsAt(fs, from))?.identity !== base.identity) return false;
    const now = await walk(fs, from);
    return now !== undefined && now.files.toSorted().join('\0') === before.files.toSorted().join('\0');
  });
}

/** The paths of the files that are taken away. Throws ConflictError when one of them is not what it was. */
function replacedFiles(
  { replaces = [], manifest }: Appending,
  previous: Manifest | undefined,
  path: string,
): ReadonlySet<string> {
  const present = new Map((previous?.files ?? []).map((file) => [file.path, file.checksum]));
  for (const file of replaces) {
    if (present.get(file.path) === file.checksum) continue;
    const message =
      `Output "${manifest.output}" was not published: another run has replaced or removed ${file.path} in ${path} since it ` +
      `was read. What is there was left as it is. Run again: it begins with what is there now.`;
    throw new ConflictError(message, {
      operation: 'commit output',
      context: { path, output: manifest.output, file: file.path },
    });
  }
  return new Set(replaces.map((file) => file.path));
}

async function walk(fs: FileSystem, root: string): Promise<Tree | undefined> {
  try {
    return await listTree(fs, root);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Gives a staged directory the permissions of the one that it replaces. */
export async function keepMode(fs: FileSystem, from: string, to: string): Promise<void> {
  const [before, after] = [await factsAt(fs, from), await factsAt(fs, to)];
  if (before?.kind === 'directory' && before.mode !== after?.mode) await fs.chmod(to, before.mode);
}

function linkError(error: unknown, path: string, output: string): TailraceError {
  if (failedWith(error, 'EEXIST', 'ENOTDIR')) {
    const message =
      `Output "${output}" was not published: ${path} is there already, and a new file has the same path. ` +
      `Give new files names of their own, or use mode overwrite.`;
    return new TailraceError(message, {
      code: 'STORE_FAILED',
      operation: 'append',
      status: 'permanent',
      context: { path, output },
      cause: error,
    });
  }
  if (!failedWith(error, 'EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) {
    return storeError(error, { step: 'link', path, output });
  }
  const advice =
    'Files that stay are given a second name by hard link, which is impossible for this one: ' +
    'use mode overwrite, or write to a file system with hard links';
  return storeError(error, { step: 'link', path, output, status: 'permanent', advice });
}
