// Owns the repair of a single file whose manifest a power cut has kept, and not the file: such a manifest tells of rows that
// are not there. The file is renamed first, but a disk need not keep that order while nothing is synced.
import type { Facts, FileSystem } from './file-system.js';
import { type Place, publishedManifest, type StagePaths } from './place.js';
import { manifestOf } from './published-manifest.js';
import { failedWith } from './store-error.js';
import { factsAt, removeFile, syncDirectory } from './tree.js';

/** Whether the version that stands at the target is the one that the run was replacing when it died. */
export type IsReplaced = (target: Facts) => Promise<boolean>;

/**
 * Lets the staged file follow its manifest, where nothing is at the target or what the run was replacing; else takes the
 * manifest back. Does nothing unless the manifest at the target is this run's while its file is still staged.
 */
export async function settleManifestAhead(
  fs: FileSystem,
  place: Place,
  paths: StagePaths,
  runId: string,
  isReplaced: IsReplaced,
): Promise<void> {
  const staged = await factsAt(fs, paths.content);
  if (staged?.kind !== 'file') return;
  const published = publishedManifest(place, 'file');
  const manifest = await manifestOf(fs, published, runId);
  if (manifest === undefined) return;
  const target = await factsAt(fs, place.path);
  // Linked into place.
  if (target?.identity === staged.identity) return;
  const isWhole = staged.bytes === manifest.files[0]?.bytes;
  if (isWhole && (target === undefined || (await isReplaced(target)))) {
    await fs.rename(paths.content, place.path);
  } else {
    await takeBackManifest(fs, paths, published);
  }
  await syncDirectory(fs, place.parent);
}

/** By its second name, which a run gives to what it replaces. */
export function isKeptAside(fs: FileSystem, paths: StagePaths): IsReplaced {
  return async (target) => (await factsAt(fs, paths.previousFile))?.identity === target.identity;
}

/** A file without a manifest is still the file that it was. */
async function takeBackManifest(fs: FileSystem, paths: StagePaths, published: string): Promise<void> {
  try {
    await fs.rename(paths.previousManifest, published);
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error;
    await removeFile(fs, published);
  }
}
