// Owns the moment in which a staged single file becomes visible, its manifest right after it, and the way back.
import type { Moved } from './append.js';
import type { FileSystem } from './file-system.js';
import { publishedManifest } from './place.js';
import {
  afterFailedMove,
  identityAt,
  isAt,
  type Publishing,
  publishError,
  refuseGivenUp,
  type Undo,
} from './publish-directory.js';
import { readManifest } from './published-manifest.js';
import { attemptStep, failedWith } from './store-error.js';
import { factsAt, removeFile } from './tree.js';

/**
 * Renames over the version that is replaced; where there was none, links, which never replaces anything. A crash between
 * file and manifest is finished by the next run on this path. Resolves with `moved` when what is at the path is not the
 * version that this run began with. Throws ConflictError when something has appeared there, CancelledError when the output was
 * given up, else STORE_FAILED. Each time the target is as it was, unless the error says `visible: 'unknown'`: then some of
 * it may be seen, and the way back is kept.
 */
export async function publishFile(publishing: Publishing): Promise<Undo | Moved> {
  const { fs, place, paths, base, target } = publishing;
  const { output } = target;
  const manifest = publishedManifest(place, 'file');
  const step = { step: 'publish', path: place.path, output };
  const isReplacing = base.path !== undefined;
  if (isReplacing && !(await attemptStep(step, () => isVersion(publishing)))) return 'moved';
  const beforeManifest = await attemptStep(step, () => keep(fs, manifest, paths.previousManifest));
  const before = isReplacing
    ? await attemptStep(step, () => keep(fs, place.path, paths.previousFile))
    : 'absent';
  const fresh = await identityAt(publishing, paths.content);
  const freshManifest = await identityAt(publishing, paths.manifest);

  const undoFile = async (): Promise<void> => {
    const isStaged = (await factsAt(fs, paths.content)) !== undefined;
    if (before === 'absent') {
      await (isStaged ? fs.unlink(place.path) : fs.rename(place.path, paths.content));
      return;
    }
    if (!isStaged) await fs.link(place.path, paths.content);
    await fs.rename(paths.previousFile, place.path);
  };
  const undoManifest = async (): Promise<void> => {
    const isShownNow = await isAt(fs, manifest, freshManifest);
    if (isShownNow && (await factsAt(fs, paths.manifest)) === undefined)
      await fs.rename(manifest, paths.manifest);
    // Gone when this is tried again; and where the manifest was never replaced, it is the one before that stands there.
    const isKept = beforeManifest === 'kept' && (await factsAt(fs, paths.previousManifest)) !== undefined;
    if (isKept && (await factsAt(fs, manifest)) === undefined)
      await fs.rename(paths.previousManifest, manifest);
  };
  const undo = (): Promise<void> =>
    attemptStep({ step: 'take back', path: place.path, output }, async () => {
      const isVisible = await isAt(fs, place.path, fresh);
      // Before anything is moved: a file keeps its manifest.
      if (isVisible && before === 'impossible')
        throw new Error('the previous version has no second name to come back from');
      await undoManifest();
      if (isVisible) await undoFile();
    });

  refuseGivenUp(publishing);
  publishing.keepUndo?.(undo);
  try {
    if (isReplacing) await fs.rename(paths.content, place.path);
    else await linkNew(publishing);
  } catch (error) {
    const isVisible = await isAt(fs, place.path, fresh).catch(() => false);
    if (!isVisible) throw await afterFailedMove(publishing, undo, publishError(error, place, output));
  }
  try {
    // What cannot be taken back gets its manifest.
    if (before !== 'impossible') refuseGivenUp(publishing);
    await fs.rename(paths.manifest, manifest);
  } catch (error) {
    // A look after the commit may have renamed it.
    const isVisible = await isAt(fs, manifest, freshManifest).catch(() => false);
    if (!isVisible) throw await afterFailedMove(publishing, undo, publishError(error, place, output));
  }
  return undo;
}

/** The manifest tells a version whose inode number was used before; a file that another program made may have none. */
async function isVersion({ fs, place, base }: Publishing): Promise<boolean> {
  if ((await factsAt(fs, place.path))?.identity !== base.identity) return false;
  const manifest = await readManifest(fs, publishedManifest(place, 'file'));
  return (typeof manifest === 'string' ? undefined : manifest.runId) === base.runId;
}

/**
 * Gives a file that is about to be replaced a second name, from which it can come back. Without hard links there is no
 * way back after a failed fsync of the directory; publishing itself needs none.
 */
async function keep(fs: FileSystem, path: string, as: string): Promise<'kept' | 'absent' | 'impossible'> {
  await removeFile(fs, as);
  try {
    await fs.link(path, as);
    return 'kept';
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return 'absent';
    if (isWithoutLinks(error)) return 'impossible';
    throw error;
  }
}

async function linkNew(publishing: Publishing): Promise<void> {
  const { fs, place, paths } = publishing;
  try {
    await fs.link(paths.content, place.path);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    // The lease keeps other runs away; against other programs this look is the best that such a file system allows.
    if ((await factsAt(fs, place.path)) !== undefined) {
      throw Object.assign(new Error(`${place.path} exists`), { code: 'EEXIST' });
    }
    refuseGivenUp(publishing);
    await fs.rename(paths.content, place.path);
  }
}

function isWithoutLinks(error: unknown): boolean {
  return failedWith(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS');
}
