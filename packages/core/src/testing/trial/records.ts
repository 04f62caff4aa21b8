// Owns the numbered records of a trial target: what is visible is what the newest record names, and a number is given out
// once, by a hard link, which never replaces.
import { link, mkdir, open, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A published version. */
export interface VersionRecord<Entry> {
  readonly number: number;
  /** Every run that has published here, the last one last. */
  readonly runs: readonly string[];
  readonly entries: readonly Entry[];
}

const pattern = /^(\d{8})\.json$/;

/** The newest version, or number 0 without entries. */
export async function newest<Entry>(directory: string): Promise<VersionRecord<Entry>> {
  const names = await readdir(directory).catch(() => []);
  const last = names
    .filter((name) => pattern.test(name))
    .sort()
    .at(-1);
  if (last === undefined) return { number: 0, runs: [], entries: [] };
  // Written by `publishRecord`.
  return JSON.parse(await readFile(join(directory, last), 'utf8')) as VersionRecord<Entry>;
}

/** Publishes a version. Resolves with false when its number is taken: another run was first. */
export async function publishRecord<Entry>(
  directory: string,
  record: VersionRecord<Entry>,
  staging: string,
): Promise<boolean> {
  const draft = join(staging, 'record');
  await rm(draft, { force: true });
  const file = await open(draft, 'wx');
  try {
    await file.writeFile(JSON.stringify(record));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, join(directory, `${String(record.number).padStart(8, '0')}.json`));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  await syncDirectory(directory);
  await rm(draft, { force: true });
  return true;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Makes a staging directory in a target that may not exist yet. */
export async function makeStaging(directory: string, name: string): Promise<string> {
  const staging = join(directory, name);
  await mkdir(staging, { recursive: true });
  return staging;
}

/** Removes a staging directory, and the target when nothing else is in it. */
export async function removeStaging(directory: string, staging: string): Promise<void> {
  await rm(staging, { recursive: true, force: true });
  await rmdir(directory).catch(() => undefined);
}
