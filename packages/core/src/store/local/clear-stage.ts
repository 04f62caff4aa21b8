// Owns what becomes of the stage of an output that is given up: it is removed, or left to the next run where a power cut could
// still show some of it.
import type { FileSystem } from './file-system.js';
import type { Hold } from './hold.js';
import { discardReplaced, removeStage, rollBack, syncNames } from './leftovers.js';
import { attemptStep } from './store-error.js';

/**
 * Call it when nothing is being published any more, and what was is taken back. What was exchanged has its names on the disk
 * before anything staged is removed: a power cut could otherwise keep the removals, and show what they took from.
 *
 * @throws STORE_FAILED when something could not be removed, or put on the disk: the next run on this path does it then
 */
export async function clearStage(fs: FileSystem, hold: Hold): Promise<void> {
  const { place, paths, target } = hold;
  const { output } = target;
  const clear = { step: 'clear', path: paths.stage, output };
  await attemptStep(clear, async () => {
    await rollBack(fs, place, paths);
    await discardReplaced(fs, paths);
  });
  if (hold.isLeft) return;
  // Of what is done there is no way back, and its names are on the disk.
  if (hold.publishing !== undefined && hold.isDone !== true) {
    const advice =
      `What was staged stays in ${paths.stage}, and the next run on this path removes it; ` +
      'look at the system log and check the disk';
    const step = { step: 'put on the disk what was taken back of', path: place.path, output, advice };
    await attemptStep(step, () => syncNames(fs, place));
  }
  await attemptStep(clear, () => removeStage(fs, paths));
}
