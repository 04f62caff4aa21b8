// Owns how a directory grows: its files are given a second name, by hard link, in the staged directory that replaces it.
import { join } from 'node:path';
import { TailraceError } from '../../errors/tailrace-error.js';
import { eachOf } from '../../sink/file/each-of.js';
import type { Manifest } from '../../sink/store.js';
import { checkAppendable } from '../appendable.js';
import { appendedManifest } from '../manifest.js';
import type { FileSystem } from './file-system.js';
import { manifestName, type Place, type StagePaths } from './place.js';
import { readManifest } from './published-manifest.js';
import { attemptStep, failedWith, storeError } from './store-error.js';
import { factsAt, listTree, makeDirectory, treeLanes } from './tree.js';

export interface Appending {
  readonly fs: FileSystem;
  readonly place: Place;
  readonly paths: StagePaths;
  readonly manifest: Manifest;
}

/**
 * Links everything of the target into the staged directory, which must hold the new files only, and resolves with the
 * manifest of both. Copies no data and does not change the target. Throws PLAN_INVALID or SCHEMA_INVALID when the new
 * files are of another kind than those of the target's manifest, STORE_FAILED (permanent) where hard links are
 * impossible or a new file has the name of an old one.
 */
export async function linkExisting({ fs, place, paths, manifest }: Appending): Promise<Manifest> {
  const { output } = manifest;
  const listing = { step: 'read', path: place.path, output };
  if ((await attemptStep(listing, () => factsAt(fs, place.path))) === undefined) return manifest;
  const found = await attemptStep(listing, () => readManifest(fs, join(place.path, manifestName)));
  const previous = typeof found === 'string' ? undefined : found;
  // What was known when the output began was checked then; the schema is known only now, and nothing is visible yet.
  if (previous !== undefined) checkAppendable(previous, manifest, place.path);
  const tree = await attemptStep(listing, () => listTree(fs, place.path));
  for (const path of tree.directories) {
    const made = join(paths.content, path);
    await attemptStep({ step: 'create', path: made, output }, async () => {
      if (await makeDirectory(fs, made)) await keepMode(fs, join(place.path, path), made);
    });
  }
  const existing = tree.files.filter((path) => path !== manifestName);
  await eachOf(existing, treeLanes, async (path) => {
    try {
      await fs.link(join(place.path, path), join(paths.content, path));
    } catch (error) {
      throw linkError(error, join(place.path, path), output);
    }
  });
  return appendedManifest(previous, new Set(existing), manifest);
}

/** Gives a staged directory the permissions of the one that it replaces. */
export async function keepMode(fs: FileSystem, from: string, to: string): Promise<void> {
  const [before, after] = [await factsAt(fs, from), await factsAt(fs, to)];
  if (before?.kind === 'directory' && before.mode !== after?.mode) await fs.chmod(to, before.mode);
}

function linkError(error: unknown, path: string, output: string): TailraceError {
  if (failedWith(error, 'EEXIST', 'ENOTDIR')) {
    const message =
      `Output "${output}" was not appended: ${path} is there already, and a new file has the same path. ` +
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
    'Mode append gives existing files a second name by hard link, which is impossible for this one: ' +
    'use mode overwrite, or write to a file system with hard links';
  return storeError(error, { step: 'link', path, output, status: 'permanent', advice });
}
