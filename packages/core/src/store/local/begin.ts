// Owns the start of a local output: its place, its lease, what dead runs left, its mode, its hidden directory.
import { ConflictError, PlanError } from '../../errors/named-errors.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { StoreTarget } from '../../sink/store.js';
import { checkAppendable } from '../appendable.js';
import type { FileSystem } from './file-system.js';
import type { Lease, Leases } from './lease.js';
import { removeStage, repairLeftovers } from './leftovers.js';
import {
  isRunId,
  type Place,
  publishedManifest,
  refuseProtected,
  resolvePlace,
  type StagePaths,
  type Surroundings,
  stagePaths,
} from './place.js';
import { readManifest } from './published-manifest.js';
import { createStagedFile } from './staged-file.js';
import { failedWith, storeError } from './store-error.js';
import { factsAt, makeDirectories, removeEmptyDirectories } from './tree.js';

export interface Beginning {
  readonly fs: FileSystem;
  readonly leases: Leases;
  readonly surroundings: Surroundings;
  readonly target: StoreTarget;
  readonly signal: AbortSignal;
}

/** A target that is held, with its hidden directory made. */
export interface Held {
  readonly lease: Lease;
  readonly place: Place;
  readonly paths: StagePaths;
  /** Directories made on the way to the target, outermost first. */
  readonly madeParents: readonly string[];
}

const operation = 'begin output';

/** Resolves with `skip` when the mode is `ignore` and something is there; nothing is held then, nor after an error. */
export async function beginLocal(beginning: Beginning): Promise<'skip' | Held> {
  const { fs, leases, target, signal } = beginning;
  checkDeclaration(target);
  const place = await resolvePlace(fs, target);
  refuseProtected(place, target, await realSurroundings(beginning));
  signal.throwIfAborted();
  const paths = stagePaths(place, target.runId);
  const madeParents = await step('create', place.parent, target, () => makeDirectories(fs, place.parent));
  let lease: Lease | undefined;
  try {
    lease = await step('take the lease of', place.path, target, () => leases.take(place.path));
    if (lease === undefined) throw conflict(place, target);
    await step('repair what an earlier run left beside', place.path, target, () =>
      repairLeftovers(fs, place),
    );
    const isSkipped = await inspect(fs, place, target);
    signal.throwIfAborted();
    if (!isSkipped) {
      await step('create', paths.stage, target, () => makeStage(fs, paths, target));
      return { lease, place, paths, madeParents };
    }
  } catch (error) {
    // What cannot be removed here is removed by the next run on this path; the first error is the one to tell.
    if (lease !== undefined) await removeStage(fs, paths).catch(() => undefined);
    await removeEmptyDirectories(fs, madeParents);
    await lease?.release();
    throw error;
  }
  await lease.release();
  return 'skip';
}

function checkDeclaration(target: StoreTarget): void {
  const context = { path: target.path, output: target.output };
  if (target.mode === 'append' && target.kind === 'file') {
    const message =
      `Output "${target.output}" cannot append to the single file ${target.path}: a file is replaced as a whole. ` +
      `Write to a directory, or use mode overwrite.`;
    throw new PlanError(message, { operation, context });
  }
  if (!isRunId(target.runId)) {
    const message = `The run id "${target.runId}" cannot be part of a file name. Use at most 64 letters, digits, "-" and "_".`;
    throw new PlanError(message, { operation, context });
  }
}

async function realSurroundings({ fs, surroundings }: Beginning): Promise<Surroundings> {
  // A home that does not exist cannot be replaced either: its name as it stands will do.
  const real = (path: string): Promise<string> => fs.realpath(path).catch(() => path);
  return {
    workingDirectory: await real(surroundings.workingDirectory),
    homeDirectory: await real(surroundings.homeDirectory),
  };
}

/** Decides by the mode about what is at the target. True: leave it, and write nothing. */
async function inspect(fs: FileSystem, place: Place, target: StoreTarget): Promise<boolean> {
  const { kind, mode, output } = target;
  const context = { path: place.path, output };
  const facts = await step('look at', place.path, target, () => factsAt(fs, place.path));
  if (facts === undefined) return false;
  const isEmptyDirectory =
    kind === 'directory' &&
    facts.kind === 'directory' &&
    (await step('read', place.path, target, () => fs.readdir(place.path))).length === 0;
  if (mode === 'ignore') return !isEmptyDirectory;
  if (mode === 'error') {
    if (isEmptyDirectory) return false;
    const message =
      `Output "${output}" goes to ${place.path}, which exists, and its mode is "error". ` +
      `Choose mode "overwrite", "append" or "ignore", or another path.`;
    throw new TailraceError(message, { code: 'TARGET_EXISTS', operation, context });
  }
  if (facts.kind !== kind) {
    const found = facts.kind === 'other' ? 'neither a file nor a directory' : `a ${facts.kind}`;
    const message =
      `Output "${output}" writes a ${kind} to ${place.path}, where there is ${found}. ` +
      `Remove it, or choose another path.`;
    throw new PlanError(message, { operation, context });
  }
  if (kind === 'directory') await inspectDirectory(fs, place, target, facts.device);
  return false;
}

/** What would make replacing or extending an existing directory fail at the commit is told before any row is computed. */
async function inspectDirectory(
  fs: FileSystem,
  place: Place,
  target: StoreTarget,
  device: string,
): Promise<void> {
  const context = { path: place.path, output: target.output };
  const parent = await step('look at', place.parent, target, () => fs.lstat(place.parent));
  if (parent.device !== device) {
    const message =
      `Output "${target.output}" cannot replace ${place.path}, which is a mount point. ` +
      `Write to a directory below it.`;
    throw new PlanError(message, { operation, context });
  }
  if (target.mode !== 'append') return;
  const path = publishedManifest(place, 'directory');
  const previous = await step('read', path, target, () => readManifest(fs, path));
  if (previous === 'foreign') {
    const message =
      `Output "${target.output}" cannot be appended to ${place.path}: ${path} is not a manifest of this program, ` +
      `and would be replaced. Move it away, or use mode overwrite.`;
    throw new PlanError(message, { operation, context });
  }
  if (previous !== 'absent')
    checkAppendable(previous, { ...target.content, output: target.output }, place.path);
}

async function makeStage(fs: FileSystem, paths: StagePaths, target: StoreTarget): Promise<void> {
  const { output, runId, kind } = target;
  await fs.mkdir(paths.stage, 0o700);
  const mark = await createStagedFile({ fs, path: paths.owner, root: paths.stage, output });
  const text = `Tailrace stages output ${JSON.stringify(output)} of run ${runId} here (process ${process.pid}).\n`;
  await mark.write(new TextEncoder().encode(text));
  await mark.close();
  if (kind === 'directory') await fs.mkdir(paths.content);
}

async function step<T>(
  verb: string,
  path: string,
  target: StoreTarget,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (failedWith(error, 'ENOTEMPTY', 'EEXIST')) throw conflict({ path }, target, error);
    throw storeError(error, { step: verb, path, output: target.output });
  }
}

function conflict(place: { readonly path: string }, target: StoreTarget, cause?: unknown): ConflictError {
  const message =
    `Output "${target.output}" cannot write to ${place.path}: another run is writing there now. ` +
    `Wait until it has ended, or choose another path.`;
  return new ConflictError(message, {
    operation,
    context: { path: place.path, output: target.output },
    cause,
  });
}
