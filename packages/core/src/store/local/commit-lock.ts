// Owns the lock under which a target is exchanged by several calls: a directory beside it, which comes into being by a rename
// that fails while another run has it. Unlike the lease it is seen wherever the files are.
import { join } from 'node:path';
import { ConflictError } from '../../errors/named-errors.js';
import type { StoreTarget } from '../../sink/store.js';
import type { FileSystem } from './file-system.js';
import { type Place, type StagePaths, stagePaths } from './place.js';
import { isInTheWay } from './publish-directory.js';
import { attemptStep, failedWith } from './store-error.js';
import { factsAt, makeDirectory } from './tree.js';

/** Runs an action while no other run can exchange the target. Throws ConflictError (temporary) when one is about to. */
export async function withCommitLock<T>(
  fs: FileSystem,
  place: Place,
  paths: StagePaths,
  target: StoreTarget,
  action: () => Promise<T>,
): Promise<T> {
  await take(fs, place, paths, target);
  try {
    return await action();
  } finally {
    const free = (): Promise<void> => release(fs, paths.lock, target.runId);
    // A second time for a fault that has passed. A lock whose stage is gone is nobody's: the next run removes it.
    await free()
      .catch(free)
      .catch(() => undefined);
  }
}

/** Removes the lock of a run whose stage is gone. A run removes its stage after its lock only. */
export async function clearCommitLock(fs: FileSystem, place: Place): Promise<void> {
  const { lock } = stagePaths(place, 'any');
  for (const runId of await holdersOf(fs, lock)) {
    if ((await factsAt(fs, stagePaths(place, runId).stage)) === undefined) {
      await removeIfEmpty(fs, join(lock, runId));
    }
  }
  await removeIfEmpty(fs, lock);
}

async function take(fs: FileSystem, place: Place, paths: StagePaths, target: StoreTarget): Promise<void> {
  const { output, runId } = target;
  const step = { step: 'lock', path: place.path, output };
  const isTaken = await attemptStep(step, async () => {
    await makeDirectory(fs, paths.lockDraft);
    // Told by a name, which needs no fsync, and which keeps the rename of another run from replacing it.
    await makeDirectory(fs, join(paths.lockDraft, runId));
    try {
      await fs.rename(paths.lockDraft, paths.lock);
      return true;
    } catch (error) {
      if (isInTheWay(error)) return false;
      throw error;
    }
  });
  if (isTaken) return;
  const holders = await attemptStep(step, () => holdersOf(fs, paths.lock));
  if (holders.includes(runId)) return;
  const message =
    `Output "${output}" was not published: run ${holders.join(', ') || 'of another process'} is publishing to ` +
    `${place.path} at this moment. Run again when it has ended; if it is dead and ran on another machine or in another ` +
    `container, give takeOver: true.`;
  throw new ConflictError(message, {
    operation: 'commit output',
    status: 'temporary',
    context: { path: place.path, output, lock: paths.lock },
  });
}

async function holdersOf(fs: FileSystem, lock: string): Promise<readonly string[]> {
  try {
    return (await fs.readdir(lock)).map((entry) => entry.name);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

async function release(fs: FileSystem, lock: string, runId: string): Promise<void> {
  await removeIfEmpty(fs, join(lock, runId));
  // Without a name in it, it is replaced by the lock of the next one, whose name then keeps it.
  await removeIfEmpty(fs, lock);
}

/** Absent is as good. */
async function removeIfEmpty(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.rmdir(path);
  } catch (error) {
    if (!failedWith(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
  }
}
