// Owns a reader that opens a target once and reads it whole: a directory through its open handle, so that a swap cannot change
// under it what the path means. Without DuckDB, since it reads in a loop.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isFile, type Kind, membersOf, rowsInPart, targetPath, type WriteJob } from './kinds.js';

export interface Observation {
  /** Monotonic nanoseconds. */
  readonly from: number;
  readonly to: number;
  /** `absent` is no version at the path; `gone`: it was replaced while it was read, and nothing is known. */
  readonly found: 'absent' | 'gone' | readonly number[];
  /** What must not be. */
  readonly wrong?: string | undefined;
}

/** Of outputs that commit together each in a look of its own, the one that is published last before the others. */
export async function observeAll(
  job: Pick<WriteJob, 'dir' | 'kind'>,
): Promise<readonly (readonly [Kind, Observation])[]> {
  const seen: (readonly [Kind, Observation])[] = [];
  for (const member of membersOf(job).toReversed()) seen.push([member.kind, await observe(member)]);
  return seen;
}

const now = (): number => Number(process.hrtime.bigint());

async function observe(job: Pick<WriteJob, 'dir' | 'kind' | 'name'>): Promise<Observation> {
  const from = now();
  const path = targetPath(job);
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY);
  } catch {
    return { from, to: now(), found: 'absent' };
  }
  try {
    const counted = new Map<string, number>();
    if (isFile(job.kind)) count(await handle.readFile('utf8'), '', counted);
    else await readDirectory(`/proc/self/fd/${handle.fd}`, counted);
    return { from, to: now(), ...versionsOf(counted) };
  } catch (error) {
    const isReplaced = (await inode(path)) !== (await handle.stat()).ino;
    if (isReplaced) return { from, to: now(), found: 'gone' };
    return { from, to: now(), found: [], wrong: String(error).slice(0, 200) };
  } finally {
    await handle.close();
  }
}

const inode = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ ino }) => ino,
    () => undefined,
  );

async function readDirectory(path: string, counted: Map<string, number>): Promise<void> {
  const manifest: { files: { path: string; checksum: string }[] } = JSON.parse(
    await readFile(join(path, '_manifest.json'), 'utf8'),
  );
  for (const file of manifest.files) {
    const bytes = await readFile(join(path, file.path));
    const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (checksum !== file.checksum) throw new Error(`${file.path} has another checksum`);
    count(bytes.toString('utf8'), /part=(p\d)/.exec(file.path)?.[1] ?? '', counted);
  }
  const names = await readdir(path, { recursive: true });
  const found = names.filter((name) => name.endsWith('.ndjson')).length;
  if (found !== manifest.files.length) throw new Error(`${found} files, and ${manifest.files.length} named`);
}

function count(text: string, part: string, counted: Map<string, number>): void {
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const row: { version: number; part?: string } = JSON.parse(line);
    const group = `${row.version} ${row.part ?? part}`;
    counted.set(group, (counted.get(group) ?? 0) + 1);
  }
}

/** Versions in partition p0, which every version has, and whether any of them is not whole. */
function versionsOf(counted: ReadonlyMap<string, number>): Pick<Observation, 'found' | 'wrong'> {
  const versions = new Set<number>();
  let wrong: string | undefined;
  for (const [group, rows] of counted) {
    const [version, part] = group.split(' ');
    if (part === 'p0') versions.add(Number(version));
    if (rows !== rowsInPart) wrong = `${rows} of ${rowsInPart} rows of version and part ${group}`;
    if (part === 'p0' && counted.get(`${version} p1`) !== rows) wrong = `version ${version} only in p0`;
  }
  return { found: [...versions], wrong };
}
