// Owns what lies at a target of the versioned store: a directory for the files of each run, and numbered records of which
// the newest names what readers see. A number is given out once, by a hard link, which never replaces another file.
import { link, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface VersionedFile {
  /** As the pipeline named it, relative to the target. */
  readonly path: string;
  /** Where its bytes lie, relative to the target. */
  readonly at: string;
}

export interface Version {
  readonly number: number;
  /** Every run that has published here, the last one last. */
  readonly runs: readonly string[];
  readonly files: readonly VersionedFile[];
}

const none: Version = { number: 0, runs: [], files: [] };
const recordName = (number: number): string => `v${String(number).padStart(8, '0')}.json`;

/** What readers see: the newest version, or the one of that number. Version 0, of no files, where there is none. */
export async function readVersion(target: string, number?: number): Promise<Version> {
  const names = await readdir(target).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const records = names.filter((name) => /^v\d{8}\.json$/.test(name)).sort();
  const name = number === undefined ? records.at(-1) : records.find((one) => one === recordName(number));
  if (name === undefined) return none;
  // Written by `publishVersion`.
  return JSON.parse(await readFile(join(target, name), 'utf8')) as Version;
}

/** Makes a version what readers see, durably. Resolves with false when another run has taken its number. */
export async function publishVersion(target: string, version: Version, staging: string): Promise<boolean> {
  const draft = join(staging, 'record');
  await rm(draft, { force: true });
  const file = await open(draft, 'wx');
  try {
    await file.writeFile(JSON.stringify(version));
    await file.sync();
  } finally {
    await file.close();
  }
  // The files of the run have to outlive a power cut before there is a record that names them.
  await syncDirectory(staging);
  try {
    await link(draft, join(target, recordName(version.number)));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await syncNames(target);
  await rm(draft);
  return true;
}

/**
 * Puts on stable storage what lies at the target, and the names that lead to it: a run may have made any of those
 * directories, and a power cut would take them with everything in them.
 */
export async function syncNames(target: string): Promise<void> {
  await syncDirectory(target);
  for (let at = target; at !== dirname(at); ) {
    at = dirname(at);
    try {
      await syncDirectory(at);
    } catch (error) {
      // What this user may not open, or cannot be synced, was there before: it is the system's.
      if (!['EACCES', 'EPERM', 'EINVAL', 'EROFS'].includes(String(codeOf(error)))) throw error;
    }
  }
}

/** Removes what runs of dead processes have staged and never published. */
export async function sweep(target: string, published: readonly string[]): Promise<void> {
  for (const name of await readdir(target)) {
    const [, pid, runId = ''] = /^run-(\d+)-(.+)$/.exec(name) ?? [];
    if (pid === undefined || published.includes(runId) || isAlive(Number(pid))) continue;
    await rm(join(target, name), { recursive: true, force: true });
  }
}

/** Of a process on this machine: a target that several machines write to needs a lease in its place. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
