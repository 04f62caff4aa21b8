// Owns the look at what a file system can do, once per device and process: what publishing relies on is tried in a stage, where
// nobody else looks, before any row is computed.
import { constants } from 'node:fs';
import { join } from 'node:path';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { StoreTarget } from '../../sink/store.js';
import type { FileSystem } from './file-system.js';
import { type FileSystemKind, kindOfFileSystem } from './file-system-kind.js';
import { selfTestName } from './place.js';
import { errnoOf, failedWith } from './store-error.js';
import { removeTree, syncDirectory } from './tree.js';

/** What a file system can do. A member is the errno, or the fault, with which it cannot; undefined when it can. */
export interface Abilities {
  /** O_EXCL: creating a file that exists fails. */
  readonly exclusive: string | undefined;
  /** rename(2) puts a file in the place of another. */
  readonly replace: string | undefined;
  /** rename(2) refuses to put a directory in the place of one that is not empty. */
  readonly refuse: string | undefined;
  /** fsync(2) of a directory. */
  readonly sync: string | undefined;
  readonly link: string | undefined;
  readonly symlink: string | undefined;
  readonly kind: FileSystemKind | undefined;
}

/** Tests of one file system interface: the promise of a test that runs is shared, a failed one is not kept. */
const known = new WeakMap<FileSystem, Map<string, Promise<Abilities>>>();

/**
 * Tries what publishing needs, in an empty directory of its own within the stage.
 * @throws what the calls fail with that says nothing of the file system: a full disk, a missing permission
 */
export function abilitiesAt(fs: FileSystem, stage: string, device: string): Promise<Abilities> {
  const tests = known.get(fs) ?? new Map<string, Promise<Abilities>>();
  known.set(fs, tests);
  const before = tests.get(device);
  if (before !== undefined) return before;
  const test = tryAll(fs, join(stage, selfTestName));
  tests.set(device, test);
  test.catch(() => tests.delete(device));
  return test;
}

/**
 * What a person should know of the file system of a target.
 * @throws STORE_FAILED (permanent) when it cannot do what this output needs
 */
export function judged(abilities: Abilities, path: string, target: StoreTarget): readonly string[] {
  const { exclusive, replace, refuse, sync, link, symlink, kind } = abilities;
  const isExtending = target.mode === 'append' || target.mode === 'overwritePartitions';
  const needed: readonly (readonly [string | undefined, string, string])[] = [
    [exclusive, 'creating a file only if there is none', 'write to another file system'],
    [replace, 'a rename over a file', 'write to another file system'],
    [refuse, 'a rename that refuses to replace a directory', 'write to another file system'],
    [sync, 'fsync of a directory', 'write to a file system that can make a name durable'],
    [
      target.publish === 'generations' ? symlink : undefined,
      'symbolic links',
      `leave out publish: 'generations', which needs them`,
    ],
    [
      isExtending ? link : undefined,
      'hard links',
      `use mode overwrite: ${target.mode} links the files that stay`,
    ],
  ];
  for (const [fault, what, advice] of needed) {
    if (fault === undefined) continue;
    const on = kind === undefined ? 'its file system' : `its file system (${kind.name})`;
    const message = `Output "${target.output}" cannot be published to ${path}: ${on} fails at ${what} (${fault}). Please ${advice}.`;
    throw new TailraceError(message, {
      code: 'STORE_FAILED',
      status: 'permanent',
      operation: 'begin output',
      context: { path, output: target.output },
    });
  }
  if (kind?.warning === undefined) return [];
  return [
    `${path} is on a file system of the kind ${kind.name}, where the promise is weaker: ${kind.warning}.`,
  ];
}

async function tryAll(fs: FileSystem, folder: string): Promise<Abilities> {
  await fs.mkdir(folder, 0o700);
  const at = (name: string): string => join(folder, name);
  try {
    for (const name of ['one', 'two']) await create(fs, at(name));
    for (const name of ['full', 'moved', 'full/inside']) await fs.mkdir(at(name));
    return {
      exclusive: await refusal(() => create(fs, at('one')), 'EEXIST'),
      refuse: await refusal(() => fs.rename(at('moved'), at('full')), 'ENOTEMPTY', 'EEXIST'),
      link: await fault(() => fs.link(at('two'), at('linked'))),
      symlink: await fault(async () => {
        await fs.symlink('one', at('pointer'));
        await fs.rename(at('pointer'), at('pointer-moved'));
      }),
      replace: await fault(() => fs.rename(at('one'), at('two'))),
      sync: await fault(() => syncDirectory(fs, folder)),
      kind: await kindOfFileSystem(fs, folder),
    };
  } finally {
    // What stays is in the stage, and goes with it.
    await removeTree(fs, folder).catch(() => undefined);
  }
}

async function create(fs: FileSystem, path: string): Promise<void> {
  const file = await fs.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  await file.close();
}

/** Errnos with which a file system says that it does not know a call; everything else is about this moment. */
const unknownCall = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EXDEV', 'EMLINK', 'EEXIST'];

async function fault(call: () => Promise<void>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (failedWith(error, ...unknownCall)) return errnoOf(error);
    throw error;
  }
}

async function refusal(call: () => Promise<void>, ...errnos: readonly string[]): Promise<string | undefined> {
  try {
    await call();
    return 'it succeeded';
  } catch (error) {
    if (failedWith(error, ...errnos)) return undefined;
    if (failedWith(error, ...unknownCall)) return errnoOf(error);
    throw error;
  }
}
