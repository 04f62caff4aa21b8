// Owns where things lie: the real path of a target, the hidden names beside it, and which targets are refused.
import { basename, dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';
import { PlanError } from '../../errors/named-errors.js';
import type { StoreTarget } from '../../sink/store.js';
import type { FileSystem } from './file-system.js';
import { generationOfLink } from './generation-names.js';
import { errnoOf, storeError } from './store-error.js';
import { factsAt } from './tree.js';

/** Directories that are never replaced, as absolute real paths. */
export interface Surroundings {
  readonly workingDirectory: string;
  readonly homeDirectory: string;
}

/** The target's real place. Symbolic links on the way, and at the target itself, are resolved: what they name is written. Only
 * the link to a generation of ours stands for itself. */
export interface Place {
  readonly path: string;
  readonly parent: string;
  readonly name: string;
}

/** Everything that one run keeps beside its target until it commits. */
export interface StagePaths {
  /** The hidden directory, mode 0700: `.<name>.stage-<runId>`. */
  readonly stage: string;
  /** What will be published: `<stage>/<name>`. Within the hidden directory, so that it has the umask's modes all along. */
  readonly content: string;
  /** Where the files of a directory are written until its commit makes it `content`. */
  readonly work: string;
  /** Marks the hidden directory as one of ours; only such ones are ever cleaned. */
  readonly owner: string;
  /** Where the mark is written, so that it is there as a whole or not at all. */
  readonly ownerDraft: string;
  /** Manifest of a single file, until it is published. */
  readonly manifest: string;
  /** Previous version of a single file and of its manifest, while it is being replaced. */
  readonly previousFile: string;
  readonly previousManifest: string;
  /** Previous version of a directory, while it is being replaced: `.<name>.old-<runId>`. */
  readonly old: string;
  /** A previous version that is no longer needed: never put back. */
  readonly trash: string;
  /** Held while the target is exchanged: `.<name>.commit`, the same for all runs; and where it is prepared. */
  readonly lock: string;
  readonly lockDraft: string;
  /** What is staged belongs to a group of outputs that commit together, and to which. */
  readonly group: string;
}

/** Name of the manifest within a directory target. */
export const manifestName = '_manifest.json';

/** Name of the mark of a group within a stage directory. */
export const groupMarkName = '.group.json';

/** Where the store tries out a file system that it does not know, within a stage directory. */
export const selfTestName = '.self-test';

const operation = 'begin output';

/** Where the manifest of a target lies once it is published. */
export function publishedManifest(place: Place, kind: StoreTarget['kind']): string {
  return kind === 'directory'
    ? join(place.path, manifestName)
    : join(place.parent, `.${place.name}.manifest.json`);
}

export function stagePaths(place: Place, runId: string): StagePaths {
  const stage = join(place.parent, `.${place.name}.stage-${runId}`);
  return {
    stage,
    content: join(stage, place.name),
    work: join(stage, '.work'),
    owner: join(stage, '.tailrace'),
    ownerDraft: join(stage, '.tailrace-new'),
    manifest: join(stage, '.manifest.json'),
    previousFile: join(stage, '.previous'),
    previousManifest: join(stage, '.previous-manifest.json'),
    old: join(place.parent, `.${place.name}.old-${runId}`),
    trash: join(stage, '.trash'),
    lock: join(place.parent, `.${place.name}.commit`),
    lockDraft: join(stage, '.commit'),
    group: join(stage, groupMarkName),
  };
}

/** The run id in the name of a hidden stage directory of this target, if it is one. */
export function runIdOfStage(place: Place, entry: string): string | undefined {
  return runIdAfter(`.${place.name}.stage-`, entry);
}

/** The same of a previous version that was moved aside. */
export function runIdOfOld(place: Place, entry: string): string | undefined {
  return runIdAfter(`.${place.name}.old-`, entry);
}

function runIdAfter(prefix: string, entry: string): string | undefined {
  const runId = entry.startsWith(prefix) ? entry.slice(prefix.length) : '';
  return isRunId(runId) ? runId : undefined;
}

/** Without dots, so that the hidden names of target `a` are never those of a target called `a.stage-b`. */
export function isRunId(runId: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(runId);
}

/** Follows the links of as much of the path as exists. Throws a PlanError for a relative path or a dangling link. */
export async function resolvePlace(fs: FileSystem, target: StoreTarget): Promise<Place> {
  const context = { path: target.path, output: target.output };
  if (!isAbsolute(target.path) || target.path.includes('\0')) {
    const message = `Output "${target.output}" goes to "${target.path}", which is not an absolute path. Resolve it first.`;
    throw new PlanError(message, { operation, context });
  }
  let wanted = resolve(target.path);
  // As many links as Linux follows; and again when another run has put one there between two looks.
  for (let looks = 0; looks < 40; looks += 1) {
    const link = await linkAt(fs, wanted);
    const parent = await realPathOf(fs, dirname(wanted), target);
    const place = { path: join(parent, basename(wanted)), parent, name: basename(wanted) };
    if (link === undefined) {
      const path = await spelled(fs, place.path, target);
      // Elsewhere, when it has become a link meanwhile.
      if (dirname(path) === parent) return { path, parent, name: basename(path) };
    } else {
      // The link of a dataset that is published by generations is the target itself.
      if (generationOfLink(place.name, link) !== undefined) return place;
      const next = resolve(parent, link);
      if ((await factsAt(fs, next).catch(() => undefined)) !== undefined) wanted = next;
      else await realPathOf(fs, wanted, target);
    }
  }
  const path = await realPathOf(fs, wanted, target);
  return { path, parent: dirname(path), name: basename(path) };
}

/** As the file system spells it, which may not tell upper from lower case; as it stands while it does not exist. */
async function spelled(fs: FileSystem, path: string, target: StoreTarget): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return path;
    throw storeError(error, { step: 'resolve', path, output: target.output });
  }
}

async function linkAt(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    return (await fs.lstat(path)).kind === 'link' ? await fs.readlink(path) : undefined;
  } catch {
    // Absent, or not to be looked at: realpath tells.
    return undefined;
  }
}

async function realPathOf(fs: FileSystem, path: string, target: StoreTarget): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || path === parse(path).root) {
      throw storeError(error, { step: 'resolve', path, output: target.output });
    }
  }
  const found = await fs.lstat(path).then(
    ({ kind }) => kind,
    () => undefined,
  );
  // Another output has made it since: many may go to one new directory.
  if (found !== undefined && found !== 'link') return realPathOf(fs, path, target);
  if (found === 'link') {
    const message =
      `Output "${target.output}" goes to ${target.path}, where ${path} is a symbolic link to nothing. ` +
      `Remove the link, or create the directory that it names.`;
    throw new PlanError(message, { operation, context: { path, output: target.output } });
  }
  return join(await realPathOf(fs, dirname(path), target), basename(path));
}

/** Refuses to replace the root, the home and the working directory, and whatever holds one of these. */
export function refuseProtected(place: Place, target: StoreTarget, around: Surroundings): void {
  const protectedPaths = [
    ['the root directory', parse(place.path).root],
    ['the working directory', around.workingDirectory],
    ['the home directory', around.homeDirectory],
  ] as const;
  for (const [what, path] of protectedPaths) {
    if (!holds(place.path, path)) continue;
    const message =
      `Output "${target.output}" goes to ${place.path}, which is or contains ${what}. ` +
      `Name a directory below it that this output may have for itself.`;
    throw new PlanError(message, { operation, context: { path: place.path, output: target.output } });
  }
}

function holds(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
}

/**
 * Absolute path of a staged file; of a single file, the one place it can have. Throws a PlanError for a path that leads
 * out of the target, or that is not in its normal form, or that belongs to the store.
 */
export function stagedPath(place: Place, paths: StagePaths, kind: StoreTarget['kind'], path: string): string {
  const segments = path.split('/');
  const isNormal = segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
  const isForeign = path.includes('\0') || (sep === '\\' && path.includes('\\'));
  if (isNormal && !isForeign) {
    if (kind === 'directory' && path !== manifestName) return join(paths.work, ...segments);
    // Its name as declared, which differs from the real one where the target is a link.
    if (kind === 'file' && segments.length === 1) return paths.content;
  }
  const wanted = kind === 'directory' ? `a relative path other than ${manifestName}` : 'the name of the file';
  const message = `"${path}" cannot be a file of ${place.path}. Give ${wanted}, with "/" between its parts.`;
  throw new PlanError(message, { operation: 'create file', context: { path, target: place.path } });
}
