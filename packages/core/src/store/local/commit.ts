// Owns the order of a commit: everything on stable storage first, then visible, then on stable storage as visible.
// `done` may be told when it resolves, and not before.
import { dirname, join } from 'node:path';
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { encodeManifest } from '../manifest.js';
import { keepMode, linkExisting, type Moved } from './append.js';
import type { FileSystem } from './file-system.js';
import type { Held } from './hold.js';
import { rollBack } from './leftovers.js';
import { manifestName, type Place, publishedManifest } from './place.js';
import { type Publishing, publishDirectory, type Undo } from './publish-directory.js';
import { publishFile } from './publish-file.js';
import { generationOf, publishGeneration, showGeneration } from './publish-generation.js';
import { manifestOf } from './published-manifest.js';
import { sealDirectory, settleDirectory, settleFile } from './settle.js';
import { createStagedFile } from './staged-file.js';
import { attemptStep } from './store-error.js';
import { syncStep } from './sync-step.js';
import { listTree, removeFile, syncAncestors, syncDirectories, syncDirectory } from './tree.js';

export interface Committing {
  readonly fs: FileSystem;
  readonly held: Omit<Held, 'lease'>;
  readonly target: StoreTarget;
  readonly manifest: Manifest;
  readonly signal: AbortSignal;
  /** Whether nobody waits for it any more. Default: never. */
  readonly isGivenUp?: (() => boolean) | undefined;
}

/**
 * Puts the stage on stable storage as it will be published. Nothing is visible after it; it may be repeated. Resolves with
 * `moved` when the version that it extends has changed meanwhile.
 */
export async function settleStage({
  fs,
  held,
  target,
  manifest,
  signal,
}: Committing): Promise<Moved | undefined> {
  const { place, paths, madeParents, base } = held;
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
    await attemptStep(step, () => sealDirectory(settling));
    await attemptStep(step, () => settleDirectory(settling));
    signal.throwIfAborted();
    const isExtending = mode === 'append' || mode === 'overwritePartitions';
    const whole = isExtending
      ? await linkExisting({ fs, paths, manifest, base, mode, replaces: target.replaces })
      : manifest;
    if (whole === 'moved') return 'moved';
    if (isExtending && base.path !== undefined) {
      const from = base.path;
      await attemptStep(step, () => keepMode(fs, from, paths.content));
    }
    const follows = target.publish === 'generations' ? base.runId : undefined;
    await writeManifest(
      fs,
      join(paths.content, manifestName),
      follows === undefined ? whole : { ...whole, follows },
    );
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
  return undefined;
}

/** Waits until none is under way any more, then fails with the first failure in their order. */
async function all(steps: readonly (Promise<void> | undefined)[]): Promise<void> {
  for (const result of await Promise.allSettled(steps)) if (result.status === 'rejected') throw result.reason;
}

/**
 * Makes the settled stage visible, or takes the number of its generation. Resolves with the way back, which is open until
 * `syncPublished` has succeeded, or with `moved` when the target is not the version that this run began with.
 */
export function publish(
  { fs, held, target, isGivenUp }: Committing,
  way: Pick<Publishing, 'keepUndo' | 'takeBack'> = {},
): Promise<Undo | Moved> {
  const { place, paths, base } = held;
  const publishing = { fs, place, paths, base, target, isGivenUp, ...way };
  if (target.kind === 'file') return publishFile(publishing);
  return target.publish === 'generations' ? publishGeneration(publishing) : publishDirectory(publishing);
}

/** The renames on stable storage: from here on the output is done. Throws STORE_FAILED (permanent for a failed fsync). */
export async function syncPublished({ fs, held, target }: Committing): Promise<void> {
  const { place } = held;
  if (target.publish === 'generations') await showGeneration({ fs, place, target });
  await syncStep(place.parent, target.output, () => syncDirectory(fs, place.parent));
}

/** Whether a reader can see this run's commit, or could until a later one. */
export async function isThere(fs: FileSystem, place: Place, target: StoreTarget): Promise<boolean> {
  if (target.publish === 'generations') return (await generationOf(fs, place, target)) !== undefined;
  return (await manifestOf(fs, publishedManifest(place, target.kind), target.runId)) !== undefined;
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
