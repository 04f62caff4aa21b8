// Owns the moment in which a staged directory becomes the next generation of its target, and the way back. The rename to a
// number that nobody has is the commit; the link at the path follows.
import { join } from 'node:path';
import { ConflictError } from '../../errors/named-errors.js';
import type { StoreTarget } from '../../sink/store.js';
import type { Moved } from './append.js';
import type { FileSystem } from './file-system.js';
import { linkGeneration, pointToNewest, removeLink } from './generation-link.js';
import { generationPath, generationsPath, listGenerations } from './generation-names.js';
import { syncNames } from './leftovers.js';
import { manifestName, type Place } from './place.js';
import {
  afterFailedMove,
  identityAt,
  isAt,
  isInTheWay,
  isVersion,
  type Publishing,
  publishError,
  refuseGivenUp,
  type Undo,
} from './publish-directory.js';
import { manifestOf, readManifest } from './published-manifest.js';
import { attemptStep, failedWith } from './store-error.js';
import { syncStep } from './sync-step.js';
import { factsAt, makeDirectory, syncDirectory } from './tree.js';

/**
 * Renames the stage to the number after that of the base, which fails when another run has taken it: this is the commit, and
 * the link follows (`showGeneration`). A plain directory that is adopted becomes the first generation in a rename before;
 * the path is absent until it is linked. Resolves with `moved` when the base is not the newest any more. Throws
 * STORE_FAILED, and CancelledError when the output was given up. Each time the target is as it was, unless the error says
 * `visible: 'unknown'`: then some of it may be seen, and the way back is kept.
 */
export async function publishGeneration(publishing: Publishing): Promise<Undo | Moved> {
  const { place, paths, base, target } = publishing;
  const step = { step: 'publish', path: place.path, output: target.output };
  if (!(await attemptStep(step, () => isNewest(publishing)))) return 'moved';
  const isAdopting = base.generation === 0 && base.path !== undefined;
  const generation = base.generation + (isAdopting ? 2 : 1);
  const fresh = await identityAt(publishing, paths.content);
  const adoption: Adoption = { mayBeOurs: false };
  const undo = (): Promise<void> =>
    attemptStep({ ...step, step: 'take back' }, () => takeBack(publishing, generation, fresh, adoption));
  publishing.keepUndo?.(undo);
  let isMoved = false;
  try {
    isMoved = isAdopting && !(await adopt(publishing, adoption));
    // A power cut that kept the next rename and lost this one would leave the plain directory in the way of its generations.
    if (isAdopting && !isMoved)
      await syncStep(place.parent, target.output, () => syncNames(publishing.fs, place));
    isMoved ||= !(await rename(publishing, generation, fresh)) || (await isOvertaken(publishing, generation));
  } catch (error) {
    throw await afterFailedMove(publishing, undo, publishError(error, place, target.output));
  }
  if (!isMoved) return undo;
  const failure = await afterFailedMove(publishing, undo, overtaken(publishing, generation));
  if (failure.context.visible !== undefined) throw failure;
  return 'moved';
}

/** Points the path to the generation that was published, once its name is on stable storage. */
export async function showGeneration({
  fs,
  place,
  target,
}: Pick<Publishing, 'fs' | 'place' | 'target'>): Promise<void> {
  const folder = generationsPath(place);
  // Before the link, or a power cut could keep a link to a name that is lost.
  await syncStep(folder, target.output, () => syncDirectory(fs, folder));
  const step = { step: 'publish', path: place.path, output: target.output };
  await attemptStep(step, () => pointToNewest(fs, place, target));
}

/**
 * The generation that a run has committed among those after `after`: its answer may have been lost. One that was overtaken
 * is none: its run was cut off before it could take it back.
 */
export async function generationOf(
  fs: FileSystem,
  place: Place,
  { runId, output }: Pick<StoreTarget, 'runId' | 'output'>,
  after = 0,
): Promise<number | undefined> {
  for (const generation of (await listGenerations(fs, place)).toReversed()) {
    if (generation <= after) return undefined;
    const manifest = await manifestOf(fs, join(generationPath(place, generation), manifestName), runId);
    if (manifest?.output !== output) continue;
    return (await isOvertaken({ fs, place, target: { runId } }, generation)) ? undefined : generation;
  }
  return undefined;
}

async function isNewest({ fs, place, base }: Publishing): Promise<boolean> {
  return ((await listGenerations(fs, place)).at(-1) ?? 0) === base.generation;
}

/** What a run knows of the rename that makes a plain directory the first generation. */
interface Adoption {
  /**
   * Whether that rename has happened, or has failed in a way that does not tell. Of another run's
   * adoption nothing is taken back.
   */
  mayBeOurs: boolean;
}

/** False when the plain directory is not the one that this run began with, or another run has adopted it. */
async function adopt(publishing: Publishing, adoption: Adoption): Promise<boolean> {
  const { fs, place, base, target } = publishing;
  await makeFolder(fs, place, target);
  if (!(await isVersion(fs, place.path, base))) return false;
  refuseGivenUp(publishing);
  const first = generationPath(place, 1);
  try {
    await fs.rename(place.path, first);
    adoption.mayBeOurs = true;
    return true;
  } catch (error) {
    // Before any look: the directory is where this run would have moved it also when another one has.
    if (isInTheWay(error) || failedWith(error, 'ENOENT')) return false;
    adoption.mayBeOurs = true;
    if (await isAt(fs, first, base.identity)) return true;
    throw error;
  }
}

/** False when another run has taken the number. */
async function rename(
  publishing: Publishing,
  generation: number,
  fresh: string | undefined,
): Promise<boolean> {
  const { fs, place, paths, target } = publishing;
  const path = generationPath(place, generation);
  // Again when a run that gave up has removed the folder, which was empty.
  for (let round = 1; ; round += 1) {
    await makeFolder(fs, place, target);
    refuseGivenUp(publishing);
    try {
      await fs.rename(paths.content, path);
      return true;
    } catch (error) {
      if (await isAt(fs, path, fresh)) return true;
      if (isInTheWay(error)) return false;
      if (round === 5 || !failedWith(error, 'ENOENT')) throw error;
    }
  }
}

async function makeFolder(fs: FileSystem, place: Place, { output }: StoreTarget): Promise<void> {
  const folder = generationsPath(place);
  if (await makeDirectory(fs, folder))
    await syncStep(place.parent, output, () => syncDirectory(fs, place.parent));
}

/**
 * True when the number was free only because it had been used and collected: while this run stood still between its look and
 * its rename for longer than generations are kept. The next one then does not follow from this one.
 */
async function isOvertaken(
  { fs, place, target }: Pick<Publishing, 'fs' | 'place'> & { readonly target: Pick<StoreTarget, 'runId'> },
  generation: number,
): Promise<boolean> {
  const newest = (await listGenerations(fs, place)).at(-1) ?? 0;
  if (newest <= generation) return false;
  const next = await readManifest(fs, join(generationPath(place, generation + 1), manifestName));
  return typeof next === 'string' || next.follows !== target.runId;
}

function overtaken({ place, target }: Publishing, generation: number): ConflictError {
  const message =
    `Output "${target.output}" was not published to ${place.path}: other runs have published there meanwhile, and theirs is what ` +
    `readers see.`;
  return new ConflictError(message, {
    operation: 'commit output',
    context: { path: place.path, output: target.output, generation },
  });
}

/** Nothing of it may have happened, or all, or the first part of the way back. */
async function takeBack(
  { fs, place, paths, base, target }: Publishing,
  generation: number,
  fresh: string | undefined,
  { mayBeOurs }: Adoption,
): Promise<void> {
  const isNumbered = await isAt(fs, generationPath(place, generation), fresh);
  if (isNumbered) {
    const next = await readManifest(fs, join(generationPath(place, generation + 1), manifestName));
    // Another run has built on it: it stays, and a look for it finds it.
    if (typeof next !== 'string' && next.follows === target.runId) return;
  }
  if (!isNumbered && !mayBeOurs) return;
  const others = (await listGenerations(fs, place)).filter((other) => !isNumbered || other !== generation);
  const newest = others.at(-1);
  const first = generationPath(place, 1);
  // Where another run has followed it, the adopted directory is a generation for good.
  const isPlainAgain = mayBeOurs && newest === 1 && (await isAt(fs, first, base.identity));
  if (isNumbered) {
    if (newest !== undefined && !isPlainAgain) await linkGeneration(fs, place, newest, target);
    else await removeLink(fs, place);
    await fs.rename(generationPath(place, generation), paths.content);
  }
  // A link that this run has not made is another run's, which has found the adopted directory and shows it.
  if (isPlainAgain && (await factsAt(fs, place.path))?.kind !== 'link') await fs.rename(first, place.path);
}
