// Owns looking at a target as a reader does: its rows with DuckDB, its manifest and checksums with what Node has.
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { query } from '../support/duckdb.js';
import type { Counts, Tally } from './figure.js';
import { isFile, isSwapped, type Kind, membersOf, rowsInPart, targetPath, type WriteJob } from './kinds.js';

type Target = Pick<WriteJob, 'dir' | 'kind' | 'name' | 'format'>;
type Wrong = { readonly what: Exclude<keyof Counts, 'tried'>; readonly seen: string };

export interface Seen {
  /** `p0:1+2 p1:2 p2:1`, or `absent`: see `stateOf`. */
  readonly state: string;
  readonly wrong: readonly Wrong[];
  /** A publication stands between two steps, and the next run finishes it or takes it back. */
  readonly isBetween: boolean;
}

const fromOf: Readonly<Record<Exclude<Kind, 'group'>, (path: string) => string>> = {
  'new-directory': (path) => `read_parquet('${path}/**/*.parquet', hive_partitioning = true)`,
  swap: (path) => `read_parquet('${path}/**/*.parquet', hive_partitioning = true)`,
  partitions: (path) => `read_parquet('${path}/**/*.parquet', hive_partitioning = true)`,
  generations: (path) => `read_parquet('${path}/*.parquet')`,
  'generations-adopted': (path) => `read_parquet('${path}/*.parquet')`,
  append: (path) => `read_csv('${path}/*.csv')`,
  'generations-append': (path) => `read_csv('${path}/*.csv')`,
  'new-file': (path) => `read_json('${path}', format = 'newline_delimited')`,
  file: (path) => `read_json('${path}', format = 'newline_delimited')`,
};

/** Every row of what is at the target. The manifest of a directory always, of a file once its run is over. */
export async function look(target: Target, isOver: boolean): Promise<Seen> {
  if (target.kind !== 'group') return lookAt(target, target.kind, isOver);
  const seen: Seen[] = [];
  for (const member of membersOf(target)) {
    const isBetween = await hasStage(member);
    const one = await look(member, isOver);
    seen.push({ ...one, isBetween: one.isBetween || isBetween });
  }
  return {
    state: seen.map(({ state }) => state).join(' | '),
    wrong: seen.flatMap(({ wrong }) => wrong),
    isBetween: seen.some(({ isBetween }) => isBetween),
  };
}

async function lookAt(target: Target, kind: Exclude<Kind, 'group'>, isOver: boolean): Promise<Seen> {
  const path = targetPath(target);
  const name = basename(path);
  const beside = await readdir(dirname(path));
  const isBetween = await isHalfWay(target);
  if (!beside.includes(name)) return { state: 'absent', wrong: [], isBetween };
  const wrong: Wrong[] = [];
  let state = '';
  try {
    state = await readRows(source(target, kind, path), path, wrong);
  } catch (error) {
    wrong.push({ what: 'halfVisible', seen: `${path} cannot be read: ${String(error).slice(0, 300)}` });
    state = 'unreadable';
  }
  if (isOver || !isFile(target.kind)) await checkManifest(target.kind, path, wrong);
  return { state, wrong, isBetween };
}

/** Of a swap: the version before lies beside the path. Of generations: the link is not at the newest. Of a file: it is staged. */
export async function isHalfWay(target: Target): Promise<boolean> {
  const path = targetPath(target);
  const [parent, name] = [dirname(path), basename(path)];
  const names = await readdir(parent);
  if (isSwapped(target.kind)) return names.some((entry) => entry.startsWith(`.${name}.old-`));
  if (!target.kind.startsWith('generations'))
    return names.some((entry) => entry.startsWith(`.${name}.stage-`));
  const newest = names.includes(`.${name}.gen`)
    ? (await readdir(join(parent, `.${name}.gen`))).sort().at(-1)
    : undefined;
  return newest !== undefined && !(names.includes(name) && (await readlink(path)).endsWith(newest));
}

/** Of a member of a group: what it has staged is published by the next run, if that was decided. */
async function hasStage(target: Target): Promise<boolean> {
  const path = targetPath(target);
  return (await readdir(dirname(path))).some((entry) => entry.startsWith(`.${basename(path)}.stage-`));
}

function source({ format }: Target, kind: Exclude<Kind, 'group'>, path: string): string {
  if (format === undefined || isFile(kind)) return fromOf[kind](path);
  return `read_json('${path}/**/*.ndjson', format = 'newline_delimited', hive_partitioning = true)`;
}

async function readRows(from: string, path: string, wrong: Wrong[]): Promise<string> {
  const groups = await query(
    `select part, version::int as version, count(*)::int as rows, count(distinct n)::int as numbers,
     count(*) filter (text <> 'v' || version || '-' || n)::int as altered
     from ${from} group by all order by part, version`,
  );
  const versions = new Map<string, number[]>();
  for (const group of groups) {
    const [part, version, rows] = [String(group.part), Number(group.version), Number(group.rows)];
    const at = `${rows} of ${rowsInPart} rows of version ${version} in ${part} of ${path}`;
    if (rows > Number(group.numbers)) wrong.push({ what: 'duplicated', seen: at });
    else if (rows < rowsInPart) wrong.push({ what: 'halfVisible', seen: at });
    if (Number(group.altered) > 0) wrong.push({ what: 'altered', seen: at });
    versions.set(part, [...(versions.get(part) ?? []), version]);
  }
  return [...versions].map(([part, found]) => `${part}:${found.join('+')}`).join(' ');
}

interface Manifest {
  readonly rows: number;
  readonly files: readonly { path: string; rows: number; bytes: number; checksum: string }[];
}

/** The manifest names exactly the files that are there, and each has its size and its SHA-256. */
async function checkManifest(kind: Kind, path: string, wrong: Wrong[]): Promise<void> {
  const [home, at] = isFile(kind)
    ? [dirname(path), join(dirname(path), `.${basename(path)}.manifest.json`)]
    : [path, join(path, '_manifest.json')];
  try {
    const manifest: Manifest = JSON.parse(await readFile(at, 'utf8'));
    for (const file of manifest.files) {
      const bytes = await readFile(join(home, file.path));
      const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      if (checksum !== file.checksum) wrong.push({ what: 'altered', seen: `${file.path} of ${at}` });
    }
    if (isFile(kind)) return;
    const names = await readdir(path, { recursive: true });
    const files: string[] = [];
    for (const name of names) {
      if (name !== '_manifest.json' && (await lstat(join(path, name))).isFile()) files.push(name);
    }
    const named = manifest.files.map((file) => file.path).sort();
    if (JSON.stringify(files.sort()) !== JSON.stringify(named)) {
      wrong.push({ what: 'halfVisible', seen: `${at} names ${named.length} files of ${files.length}` });
    }
  } catch (error) {
    wrong.push({ what: 'halfVisible', seen: `${at}: ${String(error).slice(0, 200)}` });
  }
}

/** Counts what is wrong in what was seen, and a state that is none of those allowed. */
export function judge(tally: Tally, seen: Seen, allowed: readonly string[], where: string): void {
  for (const { what, seen: found } of seen.wrong) tally.bad(what, `${where}: ${found}`);
  if (seen.wrong.length > 0 || allowed.includes(seen.state)) return;
  tally.bad('lost', `${where}: found ${seen.state}, wanted ${allowed.join(' or ')}`);
}

/** Hidden names beside a target that nobody needs any more. */
export async function leftovers({ dir }: Pick<WriteJob, 'dir'>): Promise<readonly string[]> {
  const names = await readdir(dir);
  return names.filter((name) => /^\..*\.(stage|old)-/.test(name) || name.endsWith('.lock'));
}
