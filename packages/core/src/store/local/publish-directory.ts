// Owns the moment in which a staged directory becomes visible, and the way back. It syncs nothing and removes nothing.
import { join } from 'node:path';
import { CancelledError, ConflictError, retold } from '../../errors/named-errors.js';
import { isTailraceError, messageOf, TailraceError } from '../../errors/tailrace-error.js';
import type { StoreTarget } from '../../sink/store.js';
import type { Moved } from './append.js';
import type { FileSystem } from './file-system.js';
import { manifestName, type Place, type StagePaths } from './place.js';
import { manifestOf, readManifest } from './published-manifest.js';
import { attemptStep, failedWith, storeError } from './store-error.js';
import { factsAt } from './tree.js';
import type { Version } from './version.js';

export interface Publishing {
  readonly fs: FileSystem;
  readonly place: Place;
  readonly paths: StagePaths;
  readonly target: StoreTarget;
  /** The version that is replaced; with nothing in it, a version that appears meanwhile is not. */
  readonly base: Version;
  /** Whether nobody waits for it any more, default never. Asked before every exchange: the call before it may have hung. */
  readonly isGivenUp?: (() => boolean) | undefined;
  /** Told of the way back before anything is moved, and of none when nothing was. */
  readonly keepUndo?: ((undo: Undo | undefined) => void) | undefined;
  /** Goes the way back that was kept, unless a look has found the output published meanwhile. Default: the way back itself. */
  readonly takeBack?: (() => Promise<void>) | undefined;
}

/**
 * Takes back what was published; what was there before is visible again. It looks how far it has to go, so that it may be called
 * when nothing was published, and again after it has failed. Throws when it fails.
 */
export type Undo = () => Promise<void>;

/**
 * One rename to a new path, which never replaces anything but an empty directory: rename(2) refuses to. Where a version is
 * replaced two renames, between which the path is absent. Resolves with `moved` when what is at the path is not the version
 * that this run began with. Throws STORE_FAILED, ConflictError when something is in the way, and CancelledError when the output
 * was given up. Each time the target is as it was, unless the error says `visible: 'unknown'`, where some of it may be seen and
 * the way back is kept, or names as `previous` where the version before lies.
 */
export async function publishDirectory(publishing: Publishing): Promise<Undo | Moved> {
  const { fs, place, paths, base, target } = publishing;
  const { output } = target;
  const isSwap = base.path !== undefined;
  const fresh = await identityAt(publishing, paths.content);
  const undo = (): Promise<void> =>
    attemptStep({ step: 'take back', path: place.path, output }, async () => {
      try {
        const isStaged = (await factsAt(fs, paths.content)) !== undefined;
        if (!isStaged && (await isAt(fs, place.path, fresh))) await fs.rename(place.path, paths.content);
      } catch (error) {
        throw isSwap ? notPutBack(publishing, error) : error;
      }
      if (isSwap) await putBack(publishing, undefined);
    });
  if (isSwap && !(await moveAside(publishing))) return 'moved';
  publishing.keepUndo?.(undo);
  try {
    refuseGivenUp(publishing);
    await fs.rename(paths.content, place.path);
  } catch (error) {
    const shown = await isAt(fs, place.path, fresh).catch(() => undefined);
    if (shown === true) return undo;
    if (shown === false && !isSwap && isInTheWay(error)) {
      publishing.keepUndo?.(undefined);
      return 'moved';
    }
    throw await afterFailedMove(publishing, undo, publishError(error, place, output));
  }
  return undo;
}

/** Device and inode of what is staged, by which it is known at the target. */
export function identityAt({ fs, target }: Publishing, path: string): Promise<string | undefined> {
  const step = { step: 'look at', path, output: target.output };
  return attemptStep(step, async () => (await factsAt(fs, path))?.identity);
}

/**
 * Whether something has come to its new name. Asked when the call has failed that gives it: a disk may tell of a fault after the
 * rename, a file system over a network lose the answer, and the look after a commit that was given up may have made the call.
 */
export async function isAt(fs: FileSystem, path: string, identity: string | undefined): Promise<boolean> {
  return identity !== undefined && (await factsAt(fs, path))?.identity === identity;
}

/**
 * What to throw when a call that publishes has failed, and may have happened: takes back what there is. When that fails,
 * too, the way back is kept, for the next try or the abort, and the error says so.
 */
export async function afterFailedMove(
  { place, keepUndo, takeBack }: Publishing,
  undo: Undo,
  error: TailraceError,
): Promise<TailraceError> {
  try {
    await (takeBack ?? undo)();
  } catch (again) {
    return notTakenBack(error, place, again);
  }
  keepUndo?.(undefined);
  return error;
}

/** The same error, of an output of which something may still be seen. */
export function notTakenBack(error: TailraceError, { path }: Place, again: unknown): TailraceError {
  const more =
    `What may be seen of it at ${path} could not be taken back: ${messageOf(again)} It is tried again when the output ends. ` +
    'What is there after that, the next run on this path takes for published: resume this one, or look at the path before you run again.';
  const previous = isTailraceError(again) ? again.context.previous : undefined;
  return retold(error, more, { path, visible: 'unknown', previous });
}

/** Throws CancelledError when the output was given up: nothing of it may be shown any more. */
export function refuseGivenUp({ isGivenUp, target }: Pick<Publishing, 'isGivenUp' | 'target'>): void {
  if (isGivenUp?.() !== true) return;
  const { output, path } = target;
  const message = `Output "${output}" was given up while it committed, and is not published to ${path}.`;
  throw new CancelledError(message, { operation: 'commit output', context: { path, output } });
}

/**
 * True when this run's version is at the target although the call that should have brought it there has failed: it hung, and the
 * look after a commit that was given up has brought it there. Throws STORE_FAILED when that cannot be read: then nothing may be
 * moved, neither forward nor back.
 * @param manifest where the manifest is then
 */
async function isShown({ fs, target }: Publishing, manifest: string): Promise<boolean> {
  const step = { step: 'read, to see whether it is published,', path: manifest, output: target.output };
  return (await attemptStep(step, () => manifestOf(fs, manifest, target.runId))) !== undefined;
}

/** ConflictError when something was in the way, else STORE_FAILED; members of the family pass unchanged. */
export function publishError(error: unknown, place: Place, output: string): TailraceError {
  if (!isInTheWay(error)) {
    return storeError(error, { step: 'publish', path: place.path, output });
  }
  const message =
    `Output "${output}" was not published: something else has created ${place.path} since this run began. ` +
    `It was left as it is. Remove it or choose mode overwrite, and run again.`;
  return new ConflictError(message, {
    operation: 'commit output',
    context: { path: place.path, output },
    cause: error,
  });
}

/** True for the errnos of a rename or link that would have replaced something. */
export function isInTheWay(error: unknown): boolean {
  return failedWith(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EISDIR');
}

/**
 * False when what is at the path is not the version that this run began with. Looked at before the rename, so that the path of
 * somebody else's version is not absent even for a moment, and after it, since only then nothing can change it any more.
 */
async function moveAside(publishing: Publishing): Promise<boolean> {
  const { fs, place, paths, base, target } = publishing;
  const step = { step: 'move aside', path: place.path, output: target.output };
  if (!(await attemptStep(step, () => isVersion(fs, place.path, base)))) return false;
  refuseGivenUp(publishing);
  try {
    await fs.rename(place.path, paths.old);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return false;
    throw storeError(error, step);
  }
  let isOurs = false;
  try {
    // The path is absent now: no look before it is back.
    refuseGivenUp(publishing);
    isOurs = await attemptStep(step, () => isVersion(fs, paths.old, base));
  } catch (error) {
    await putBack(publishing, error);
    throw error;
  }
  if (!isOurs) await putBack(publishing, undefined);
  return isOurs;
}

/** The manifest tells a version whose inode number was used before. */
export async function isVersion(fs: FileSystem, path: string, base: Version): Promise<boolean> {
  if ((await factsAt(fs, path))?.identity !== base.identity) return false;
  const manifest = await readManifest(fs, join(path, manifestName));
  return (typeof manifest === 'string' ? undefined : manifest.runId) === base.runId;
}

async function putBack(publishing: Publishing, because: unknown): Promise<void> {
  const { fs, place, paths, target } = publishing;
  const { output } = target;
  let isFinished = false;
  try {
    // Absent when it was put back before, by a call that failed all the same.
    if (because === undefined && (await factsAt(fs, paths.old)) === undefined) return;
    isFinished = await isShown(publishing, join(place.path, manifestName));
    if (!isFinished) await fs.rename(paths.old, place.path);
  } catch (error) {
    throw notPutBack(publishing, because ?? error);
  }
  if (!isFinished) return;
  // Whoever looked after this commit was given up has brought the exchange to its end: nothing is ours to move any more.
  const error = because ?? new Error('the exchange was brought to its end meanwhile');
  throw storeError(error, { step: 'move aside', path: place.path, output });
}

function notPutBack({ place, paths, target: { output } }: Publishing, cause: unknown): TailraceError {
  const message =
    `Output "${output}" was not published, and the previous version of ${place.path} could not be put back. ` +
    `It is whole, at ${paths.old}. If ${place.path} is still absent when this run has cleared up, the next run on that ` +
    `path repairs it: with the new version when that was staged whole, else with the previous one. ` +
    `Or rename the previous one back yourself.`;
  return new TailraceError(message, {
    code: 'STORE_FAILED',
    operation: 'commit output',
    context: { path: place.path, output, previous: paths.old },
    cause,
  });
}
