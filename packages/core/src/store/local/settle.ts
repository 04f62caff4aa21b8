// Owns the last look at a stage before it is published: it then holds exactly the files of the manifest, nothing else.
import { dirname, join } from 'node:path';
import { TailraceError } from '../../errors/tailrace-error.js';
import { eachOf } from '../../sink/file/each-of.js';
import type { StagedFile } from '../../sink/sink.js';
import type { Manifest } from '../../sink/store.js';
import type { FileSystem } from './file-system.js';
import { manifestName, type Place, type StagePaths, stagedPath } from './place.js';
import { failedWith } from './store-error.js';
import { factsAt, listTree, removeFile, treeLanes } from './tree.js';

export interface Settling {
  readonly fs: FileSystem;
  readonly place: Place;
  readonly paths: StagePaths;
  readonly manifest: Manifest;
}

/**
 * Takes the staged directory away from those who write into it: a worker that was given up may still finish a call, and by
 * the name it knows nothing is found any more. May be repeated.
 */
export async function sealDirectory({ fs, paths }: Settling): Promise<void> {
  try {
    await fs.rename(paths.work, paths.content);
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error;
  }
}

/**
 * Removes what failed attempts left in a staged directory, and checks that every file of the manifest is there with
 * its size. May be repeated. Throws STORE_FAILED (permanent) when one is not.
 */
export async function settleDirectory({ fs, place, paths, manifest }: Settling): Promise<void> {
  const listed = new Set(manifest.files.map((file) => file.path));
  if (listed.size !== manifest.files.length)
    throw refused(place, manifest, 'its manifest names a file twice');
  const needed = new Set<string>();
  for (const path of listed) {
    stagedPath(place, paths, 'directory', path);
    for (let at = dirname(path); at !== '.'; at = dirname(at)) needed.add(at);
  }
  const { files, directories } = await listTree(fs, paths.content);
  const strays = files.filter((path) => !listed.has(path));
  await eachOf(strays, treeLanes, (path) => removeFile(fs, join(paths.content, path)));
  for (const path of directories.toReversed()) {
    if (!needed.has(path)) await fs.rmdir(join(paths.content, path));
  }
  await eachOf(manifest.files, treeLanes, (file) =>
    check(fs, join(paths.content, file.path), file, place, manifest),
  );
}

/**
 * Puts the one staged file that has the checksum of the manifest under the target's name; several attempts may have
 * left theirs. May be repeated. Throws STORE_FAILED (permanent) when there is none, or not exactly one file is listed.
 */
export async function settleFile({ fs, place, paths, manifest }: Settling): Promise<void> {
  const [file, ...more] = manifest.files;
  if (file === undefined || more.length > 0) {
    throw refused(place, manifest, `its manifest names ${manifest.files.length} files for a single one`);
  }
  stagedPath(place, paths, 'file', file.path);
  const settled = settledPart(paths, file.checksum);
  // Absent on a second try, when the first has come further.
  if ((await factsAt(fs, settled)) !== undefined) await fs.rename(settled, paths.content);
  await check(fs, paths.content, file, place, manifest);
}

/** Where a part of a single file is written: under a name of its own, since the attempt before may have left its file. */
export function openPart(paths: StagePaths, uniqueName: string): string {
  return join(paths.stage, `${uniqueName}.new`);
}

/** True for the names of parts of a single file, open and closed, which workers give. */
export function isPartName(name: string): boolean {
  return /^[^.]+\.(?:new|part)$/.test(name);
}

/** Where a closed part of a single file waits: named by its content, so that the manifest says which one is meant. */
export function settledPart(paths: StagePaths, checksum: string): string {
  // Letters and digits only, whatever a damaged manifest says.
  return join(paths.stage, `${checksum.replace(/[^0-9a-z]/g, '')}.part`);
}

async function check(
  fs: FileSystem,
  path: string,
  file: StagedFile,
  place: Place,
  manifest: Manifest,
): Promise<void> {
  const facts = await factsAt(fs, path);
  if (facts === undefined) throw refused(place, manifest, `its staged file ${file.path} is gone`);
  if (facts.kind !== 'file' || facts.bytes !== file.bytes) {
    throw refused(
      place,
      manifest,
      `its staged file ${file.path} has ${facts.bytes} bytes instead of ${file.bytes}`,
    );
  }
}

/** True when a directory holds the manifest of this run and every file that it names, whole. */
export async function isComplete(fs: FileSystem, directory: string, manifest: Manifest): Promise<boolean> {
  for (const file of manifest.files) {
    const facts = await factsAt(fs, join(directory, file.path));
    if (facts?.kind !== 'file' || facts.bytes !== file.bytes) return false;
  }
  return (await factsAt(fs, join(directory, manifestName))) !== undefined;
}

function refused(place: Place, manifest: Manifest, problem: string): TailraceError {
  const message =
    `Output "${manifest.output}" was not published to ${place.path}: ${problem}. ` +
    `Nothing has changed there. See whether something else writes beside the target, and run again.`;
  return new TailraceError(message, {
    code: 'STORE_FAILED',
    operation: 'commit output',
    status: 'permanent',
    context: { path: place.path, output: manifest.output },
  });
}
