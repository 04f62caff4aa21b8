// Owns the start of a local output: its place, its lease, what dead runs left, its mode, its hidden directory.
import { ConflictError, PlanError } from '../../errors/named-errors.js';
import { isTailraceError } from '../../errors/tailrace-error.js';
import type { StoreTarget } from '../../sink/store.js';
import type { FileSystem } from './file-system.js';
import { isPrivateFileSystem } from './file-system-kind.js';
import { pointToNewest } from './generation-link.js';
import { finishGroup } from './group-recovery.js';
import type { Held } from './hold.js';
import { checkTarget, inspect } from './inspect.js';
import type { Lease, Leases } from './lease.js';
import { type Heir, removeBare, removeStage, repairLeftovers } from './leftovers.js';
import { encodeOwner, type Owners } from './owner.js';
import {
  isRunId,
  type Place,
  refuseProtected,
  resolvePlace,
  type StagePaths,
  type Surroundings,
  stagePaths,
} from './place.js';
import { generationOf } from './publish-generation.js';
import { abilitiesAt, judged } from './self-test.js';
import { createStagedFile } from './staged-file.js';
import { failedWith, storeError } from './store-error.js';
import { factsAt, makeDirectories, removeEmptyDirectories, syncDirectory } from './tree.js';
import { versionAt } from './version.js';

export interface Beginning {
  readonly fs: FileSystem;
  /** The same, with short calls that are made at once. */
  readonly promptFs: FileSystem;
  readonly leases: Leases;
  readonly owners: Owners;
  readonly surroundings: Surroundings;
  /** Whether the file system needs no test. */
  readonly isTrusted: boolean;
  readonly target: StoreTarget;
  readonly signal: AbortSignal;
}

const operation = 'begin output';

/** Resolves with `skip` when the mode is `ignore` and something is there; nothing is held then, nor after an error. */
export async function beginLocal(beginning: Beginning): Promise<'skip' | Held> {
  const { target, signal } = beginning;
  checkDeclaration(target);
  // Until it is known where the target lies, no call may keep the thread.
  const [place, surroundings] = await Promise.all([
    resolvePlace(beginning.fs, target),
    realSurroundings(beginning),
  ]);
  refuseProtected(place, target, surroundings);
  signal.throwIfAborted();
  const madeParents = await beginStep('create', place.parent, target, () =>
    makeDirectories(beginning.fs, place.parent),
  );
  // Where that cannot be asked, every call waits.
  const isNear = await isPrivateFileSystem(beginning.fs, place.parent).catch(() => false);
  const fs = isNear ? beginning.promptFs : beginning.fs;
  return beginAt({ ...beginning, fs }, place, madeParents, beginning.fs);
}

/** @param waitingFs for what may take long: removing what dead runs left */
async function beginAt(
  beginning: Beginning,
  place: Place,
  madeParents: string[],
  waitingFs: FileSystem,
): Promise<'skip' | Held> {
  const { fs, leases, target, signal } = beginning;
  const paths = stagePaths(place, target.runId);
  let lease: Lease | undefined;
  let isMade = false;
  try {
    lease = await beginStep('take the lease of', place.path, target, () => leases.take(place.path));
    if (lease === undefined) throw conflict(place, target);
    const heir = heirOf({ ...beginning, fs: waitingFs });
    const repair = () => repairLeftovers(waitingFs, place, heir);
    const what = 'repair what an earlier run left beside';
    const notes = await beginStep(what, place.path, target, repair, signal);
    const found = await beginStep('look at', place.path, target, () => find(fs, place, target));
    const isSkipped = found.own === undefined && (await inspect(fs, place, target, found.base));
    signal.throwIfAborted();
    if (!isSkipped) {
      const made = await beginStep('create', paths.stage, target, () =>
        makeStageDirectory(fs, place, paths, target),
      );
      if (made === 'taken') throw stageTaken(place, paths, target);
      isMade = true;
      madeParents.push(...made);
      if ((await beginStep('create', paths.stage, target, () => fillStage(beginning, paths))) === 'taken') {
        isMade = false;
        throw stageTaken(place, paths, target);
      }
      const told = await beginStep('test the file system of', place.path, target, () =>
        examine(beginning, place, paths),
      );
      return { lease, place, paths, madeParents, notes: [...told, ...notes], ...found };
    }
  } catch (error) {
    // Where it made none, the stage of that name is an earlier process's of the same run, and may belong to a decided group.
    // What cannot be removed here is removed by the next run on this path; the first error is the one to tell.
    if (isMade) await removeStage(waitingFs, paths).catch(() => undefined);
    await removeEmptyDirectories(fs, madeParents);
    await lease?.release();
    throw error;
  }
  await lease.release();
  return 'skip';
}

/** Who takes over what is left beside a target. */
export function heirOf({
  fs,
  leases,
  owners,
  target,
  signal,
}: Pick<Beginning, 'fs' | 'leases' | 'owners' | 'target' | 'signal'>): Heir {
  return { owners, target, finishGroup: (marked) => finishGroup(fs, leases, marked, signal), signal };
}

/** What is there, after a link that a crash has left behind its newest generation was put right. */
async function find(fs: FileSystem, place: Place, target: StoreTarget): Promise<Pick<Held, 'base' | 'own'>> {
  if (target.publish !== 'generations') return { base: await versionAt(fs, place, target), own: undefined };
  const kind = (await factsAt(fs, place.path))?.kind;
  // Whoever is told that there is something, and leaves it, finds it after a power cut too.
  const isMoved = (kind === undefined || kind === 'link') && (await pointToNewest(fs, place, target));
  if (isMoved) await syncDirectory(fs, place.parent);
  return { base: await versionAt(fs, place, target), own: await generationOf(fs, place, target) };
}

function checkDeclaration(target: StoreTarget): void {
  checkTarget(target);
  if (!isRunId(target.runId)) {
    const message = `The run id "${target.runId}" cannot be part of a file name. Use at most 64 letters, digits, "-" and "_".`;
    throw new PlanError(message, { operation, context: { path: target.path, output: target.output } });
  }
}

async function realSurroundings({ fs, surroundings }: Beginning): Promise<Surroundings> {
  // A home that does not exist cannot be replaced either: its name as it stands will do.
  const real = (path: string): Promise<string> => fs.realpath(path).catch(() => path);
  const [workingDirectory, homeDirectory] = await Promise.all([
    real(surroundings.workingDirectory),
    real(surroundings.homeDirectory),
  ]);
  return { workingDirectory, homeDirectory };
}

/**
 * Resolves with the directories that had to be made again: other runs that gave up had made, and removed, them too, and each
 * of several may do so in between. `taken`: a process of the same run that may live has it, or it holds
 * what is not ours to remove.
 */
async function makeStageDirectory(
  fs: FileSystem,
  place: Place,
  paths: StagePaths,
  target: StoreTarget,
): Promise<readonly string[] | 'taken'> {
  const made = new Set<string>();
  for (let round = 1; ; round += 1) {
    try {
      await fs.mkdir(paths.stage, 0o700);
      return [...made];
    } catch (error) {
      if (round === 5 || !failedWith(error, 'ENOENT', 'EEXIST')) throw error;
      if (failedWith(error, 'EEXIST')) {
        if ((await factsAt(fs, paths.owner)) !== undefined) return 'taken';
        // Made since this process has looked at what others left.
        if (!(await removeBare(fs, place, paths, target))) return 'taken';
        continue;
      }
    }
    for (const directory of await makeDirectories(fs, place.parent)) made.add(directory);
  }
}

/**
 * `taken`: another process of the same run has made a directory in it that this one had not made; what
 * is there is left to it.
 */
async function fillStage({ fs, owners, target }: Beginning, paths: StagePaths): Promise<'filled' | 'taken'> {
  const { output, runId, kind } = target;
  const text = encodeOwner(await owners.self(), output, runId);
  // Again when another run has taken the directory, before its mark was in it, for what a dead one left.
  for (let round = 1; ; round += 1) {
    try {
      await writeMark(fs, paths, text, output);
      break;
    } catch (error) {
      if (round === 5 || !isTailraceError(error) || error.context.errno !== 'ENOENT') throw error;
      await fs.mkdir(paths.stage, 0o700).catch((again: unknown) => {
        if (!failedWith(again, 'EEXIST')) throw again;
      });
    }
  }
  if (kind !== 'directory') return 'filled';
  try {
    await fs.mkdir(paths.work);
    return 'filled';
  } catch (error) {
    if (failedWith(error, 'EEXIST')) return 'taken';
    throw error;
  }
}

async function examine(
  { fs, target, isTrusted }: Beginning,
  place: Place,
  paths: StagePaths,
): Promise<readonly string[]> {
  if (isTrusted) return [];
  const { device } = await fs.lstat(paths.stage);
  return judged(await abilitiesAt(fs, paths.stage, device), place.path, target);
}

async function writeMark(fs: FileSystem, paths: StagePaths, text: string, output: string): Promise<void> {
  const settleAt = (): string => paths.owner;
  const mark = await createStagedFile({ fs, path: paths.ownerDraft, root: paths.stage, settleAt, output });
  await mark.write(new TextEncoder().encode(text));
  await mark.close();
}

/** @param signal whose reason is thrown as it is, when the action looks at it */
export async function beginStep<T>(
  verb: string,
  path: string,
  target: StoreTarget,
  action: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (signal?.aborted === true && error === signal.reason) throw error;
    if (failedWith(error, 'ENOTEMPTY', 'EEXIST')) throw conflict({ path }, target, error);
    throw storeError(error, { step: verb, path, output: target.output });
  }
}

export function conflict(
  place: { readonly path: string },
  target: StoreTarget,
  cause?: unknown,
): ConflictError {
  const message =
    `Output "${target.output}" cannot write to ${place.path}: another run is writing there now. ` +
    `Wait until it has ended, or choose another path.`;
  return new ConflictError(message, {
    operation,
    context: { path: place.path, output: target.output },
    cause,
  });
}

function stageTaken(place: Place, { stage }: StagePaths, { output }: StoreTarget): ConflictError {
  const message =
    `Output "${output}" cannot write to ${place.path}: its hidden directory ${stage} is there already, of a process of the same ` +
    `run that may live, or with what is not known to be of one. It was left as it is. Wait until that process has ended, or ` +
    `remove the directory, and run again.`;
  return new ConflictError(message, { operation, context: { path: place.path, output, stage } });
}
