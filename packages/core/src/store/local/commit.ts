// Owns the order of a commit: everything on stable storage first, then visible, then on stable storage as visible.
// `done` may be told when it resolves, and not before.
import { dirname, join } from 'node:path';
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { encodeManifest } from '../manifest.js';
import { keepMode, linkExisting } from './append.js';
import type { Held } from './begin.js';
import type { FileSystem } from './file-system.js';
import { rollBack } from './leftovers.js';
import { manifestName } from './place.js';
import { publishDirectory, type Undo } from './publish-directory.js';
import { publishFile } from './publish-file.js';
import { settleDirectory, settleFile } from './settle.js';
import { createStagedFile } from './staged-file.js';
import { attemptStep, type FailedStep, storeError } from './store-error.js';
import { listTree, removeFile, syncAncestors, syncDirectories, syncDirectory } from './tree.js';

export interface Committing {
  readonly fs: FileSystem;
  readonly held: Held;
  readonly target: StoreTarget;
  readonly manifest: Manifest;
  readonly signal: AbortSignal;
}

/** Puts the stage on stable storage as it will be published. Nothing is visible after it; it may be repeated. */
export async function settleStage({ fs, held, target, manifest, signal }: Committing): Promise<void> {
  const { place, paths, madeParents } = held;
  const { output, kind, mode } = target;
  const settling = { fs, place, paths, manifest };
  const step = { step: 'settle', path: paths.stage, output };
  let directories: readonly string[] = [];
  if (kind === 'file') {
    await attemptStep(step, () => settleFile(settling));
    await writeManifest(fs, paths.manifest, manifest);
  } else {
    // A commit before this one may have failed to put the previous version back, and append needs it there.
    await attemptStep(step, () => rollBack(fs, place, paths));
    await attemptStep(step, () => settleDirectory(settling));
    signal.throwIfAborted();
    const whole = mode === 'append' ? await linkExisting(settling) : manifest;
    if (mode === 'append') await attemptStep(step, () => keepMode(fs, place.path, paths.content));
    await writeManifest(fs, join(paths.content, manifestName), whole);
    directories = (await attemptStep(step, () => listTree(fs, paths.content))).directories;
  }
  signal.throwIfAborted();
  await syncStep(paths.stage, output, async () => {
    // None of them has to come before another, and each waits for the disk.
    await all([
      kind === 'directory' ? syncDirectories(fs, paths.content, directories) : undefined,
      syncDirectory(fs, paths.stage),
      // Before the swap, or a power cut could keep the moved old version and lose the directory that replaces it.
      syncDirectory(fs, place.parent),
      syncAncestors(fs, place.parent, madeParents),
    ]);
  });
}

/** Waits until none is under way any more, then fails with the first failure in their order. */
async function all(steps: readonly (Promise<void> | undefined)[]): Promise<void> {
  for (const result of await Promise.allSettled(steps)) if (result.status === 'rejected') throw result.reason;
}

/** Makes the settled stage visible. Resolves with the way back, which is open until `syncPublished` has succeeded. */
export function publish({ fs, held, target }: Committing): Promise<Undo> {
  const { place, paths } = held;
  const publishing = { fs, place, paths, mode: target.mode, output: target.output };
  return target.kind === 'file' ? publishFile(publishing) : publishDirectory(publishing);
}

/** The renames on stable storage: from here on the output is done. Throws STORE_FAILED (permanent). */
export async function syncPublished({ fs, held, target }: Committing): Promise<void> {
  await syncStep(held.place.parent, target.output, () => syncDirectory(fs, held.place.parent));
}

/** A directory whose fsync has failed is not synced again, so that nothing is called durable that is not. */
async function syncStep(path: string, output: string, sync: () => Promise<void>): Promise<void> {
  const failed: FailedStep = { step: 'fsync', path, output };
  try {
    await sync();
  } catch (error) {
    const advice =
      'The output was not published, since nothing shows that it would survive a power cut; ' +
      'look at the system log, check the disk, and run again';
    throw storeError(error, { ...failed, status: 'permanent', advice });
  }
}

async function writeManifest(fs: FileSystem, path: string, manifest: Manifest): Promise<void> {
  const { output } = manifest;
  await attemptStep({ step: 'write', path, output }, () => removeFile(fs, path));
  const file = await createStagedFile({ fs, path, root: dirname(path), output });
  try {
    await file.write(new TextEncoder().encode(encodeManifest(manifest)));
    await file.close();
  } catch (error) {
    await file.abort();
    throw error;
  }
}
