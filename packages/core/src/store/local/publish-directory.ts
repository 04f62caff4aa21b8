// Owns the moment in which a staged directory becomes visible, and the way back. It syncs nothing and removes nothing.
import { ConflictError } from '../../errors/named-errors.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { WriteMode } from '../../sink/sink.js';
import type { FileSystem } from './file-system.js';
import type { Place, StagePaths } from './place.js';
import { attemptStep, failedWith, storeError } from './store-error.js';

export interface Publishing {
  readonly fs: FileSystem;
  readonly place: Place;
  readonly paths: StagePaths;
  readonly mode: WriteMode;
  readonly output: string;
}

/** Takes back what was published; what was there before is visible again. Throws when that fails. */
export type Undo = () => Promise<void>;

/**
 * One rename to a new path, which never replaces anything but an empty directory: rename(2) refuses to. With modes
 * overwrite and append two renames, between which the path is absent. Throws ConflictError when something else has
 * appeared at the path, else STORE_FAILED; either way the target is as it was.
 */
export async function publishDirectory(publishing: Publishing): Promise<Undo> {
  const { fs, place, paths, mode, output } = publishing;
  const isSwap = (mode === 'overwrite' || mode === 'append') && (await moveAside(publishing));
  try {
    await fs.rename(paths.content, place.path);
  } catch (error) {
    if (isSwap) await putBack(publishing, error);
    throw publishError(error, place, output);
  }
  return async () => {
    await attemptStep({ step: 'take back', path: place.path, output }, () =>
      fs.rename(place.path, paths.content),
    );
    if (isSwap) await putBack(publishing, undefined);
  };
}

/** ConflictError when something was in the way, else STORE_FAILED. */
export function publishError(error: unknown, place: Place, output: string): TailraceError {
  if (!failedWith(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EISDIR')) {
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

/** False when there is nothing to move. */
async function moveAside({ fs, place, paths, output }: Publishing): Promise<boolean> {
  try {
    await fs.rename(place.path, paths.old);
    return true;
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return false;
    throw storeError(error, { step: 'move aside', path: place.path, output });
  }
}

async function putBack({ fs, place, paths, output }: Publishing, because: unknown): Promise<void> {
  try {
    await fs.rename(paths.old, place.path);
  } catch (error) {
    const message =
      `Output "${output}" was not published, and the previous version of ${place.path} could not be put back. ` +
      `It is whole, at ${paths.old}. If ${place.path} is still absent when this run has cleared up, the next run on that ` +
      `path repairs it: with the new version when that was staged whole, else with the previous one. ` +
      `Or rename the previous one back yourself.`;
    throw new TailraceError(message, {
      code: 'STORE_FAILED',
      operation: 'commit output',
      context: { path: place.path, output, previous: paths.old },
      cause: because ?? error,
    });
  }
}
