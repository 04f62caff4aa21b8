// Owns the reader: opens a target on a model disk as any program would, and says whose rows are there, and what is wrong
// with them. It trusts no manifest.
import { createHash } from 'node:crypto';
import { decodeManifest } from '../../packages/core/src/store/manifest.js';
import type { Disk } from './disk.js';
import type { DirectoryNode, FileNode } from './disk-nodes.js';
import { countsOf, isChosen, partOf, type RowChoice, rowOf, type SimRow } from './rows.js';
import type { Harm } from './world.js';

export interface Target {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly isPartitioned: boolean;
  readonly publish: 'swap' | 'generations';
}

export interface Problem {
  readonly harm: Harm;
  readonly message: string;
}

/** What a version is made of: the rows of one partition that one process has written. */
export type Piece = `${string}/${string}`;

export const pieceOf = (by: string, part: string): Piece => `${by}/${part}`;

/** What lies at a target: undefined when nothing does, else the pieces that are there, sorted. */
export interface Observation {
  readonly pieces: readonly Piece[] | undefined;
  readonly problems: readonly Problem[];
}

/** What each process wrote, or would have written, to a target. */
export type Expectations = (by: string) => RowChoice | undefined;

export const manifestFile = '_manifest.json';

export function observe(disk: Disk, target: Target, expected: Expectations): Observation {
  const node = disk.find(target.path);
  if (node === undefined) return { pieces: undefined, problems: [] };
  const problems: Problem[] = [];
  const seen = new Map<string, Set<number>>();
  const readLine = (line: string, where: string, part: string | undefined): void => {
    const row = parsed(line);
    const choice = row && expected(row.by);
    if (row === undefined || choice === undefined) {
      problems.push({ harm: 'altered', message: `${where} holds a line nobody wrote: ${line.slice(0, 60)}` });
      return;
    }
    const { text } = rowOf(row.by, row.n, choice.textLength);
    if (row.text !== text || (row.part ?? part) !== partOf(row.n) || !isChosen(choice, row.n)) {
      problems.push({ harm: 'altered', message: `${where} holds row ${row.by}:${row.n} altered` });
    }
    const of = seen.get(row.by) ?? new Set();
    seen.set(row.by, of);
    if (of.has(row.n))
      problems.push({ harm: 'duplicated', message: `${where} holds row ${row.by}:${row.n} twice` });
    of.add(row.n);
  };
  const readFile = (file: FileNode, where: string, part: string | undefined): void => {
    const text = file.bytes.toString('utf8');
    if (text === '') return;
    const lines = text.split('\n');
    if (lines.pop() !== '') problems.push({ harm: 'half visible', message: `${where} ends within a row` });
    for (const line of lines) readLine(line, where, part);
  };
  const readDirectory = (directory: DirectoryNode, at: string, part: string | undefined): void => {
    for (const [name, entry] of directory.entries) {
      if (name === manifestFile) continue;
      const where = `${at}/${name}`;
      if (entry.kind === 'file') readFile(entry, where, part);
      else if (entry.kind === 'link') problems.push({ harm: 'altered', message: `${where} is a link` });
      else readDirectory(entry, where, name.startsWith('part=') ? name.slice(5) : undefined);
    }
  };
  if (node.kind === 'file') readFile(node, target.path, undefined);
  else if (node.kind === 'directory') readDirectory(node, target.path, undefined);

  const pieces: Piece[] = [];
  for (const [by, numbers] of seen) {
    const choice = expected(by);
    if (choice === undefined) continue;
    const found = new Map<string, number>();
    for (const n of numbers) found.set(partOf(n), (found.get(partOf(n)) ?? 0) + 1);
    for (const [part, wanted] of countsOf(choice)) {
      const count = found.get(part) ?? 0;
      if (count > 0) pieces.push(pieceOf(by, part));
      if (count === 0 || count === wanted) continue;
      const message = `${target.path} shows ${count} of the ${wanted} rows of ${by} in partition ${part}`;
      problems.push({ harm: 'half visible', message });
    }
  }
  return { pieces: pieces.sort(), problems };
}

function parsed(line: string): (Omit<SimRow, 'part'> & { readonly part?: string }) | undefined {
  try {
    const value: unknown = JSON.parse(line);
    // Members are compared with what was written: what has other types is not equal to it.
    return typeof value === 'object' && value !== null && 'by' in value ? (value as SimRow) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the manifest of a target that is done describes exactly what lies there. */
export function checkManifest(disk: Disk, target: Target, runId: string): Problem[] {
  const slash = target.path.lastIndexOf('/');
  const path =
    target.kind === 'directory'
      ? `${target.path}/${manifestFile}`
      : `${target.path.slice(0, slash)}/.${target.path.slice(slash + 1)}.manifest.json`;
  const node = disk.find(path);
  const manifest = node?.kind === 'file' ? decodeManifest(node.bytes.toString('utf8')) : undefined;
  if (manifest === undefined) return [{ harm: 'lost', message: `${path} is no manifest` }];
  if (manifest.runId !== runId)
    return [{ harm: 'lost', message: `${path} is of run ${manifest.runId}, not ${runId}` }];
  const problems: Problem[] = [];
  let rows = 0;
  for (const file of manifest.files) {
    const found = disk.find(target.kind === 'directory' ? `${target.path}/${file.path}` : target.path);
    if (found?.kind !== 'file') {
      problems.push({ harm: 'lost', message: `${path} names ${file.path}, which is not there` });
      continue;
    }
    const checksum = `sha256:${createHash('sha256').update(found.bytes).digest('hex')}`;
    if (checksum !== file.checksum || found.bytes.length !== file.bytes)
      problems.push({ harm: 'altered', message: `${file.path} is not as ${path} says` });
    rows += file.rows;
  }
  if (rows !== manifest.rows)
    problems.push({
      harm: 'broken rule',
      message: `${path} counts ${manifest.rows} rows, its files ${rows}`,
    });
  return problems;
}

/** Names beside targets that nobody should find once every run there has ended well. */
export function leftovers(disk: Disk, targets: readonly Target[]): string[] {
  const found: string[] = [];
  const parents = new Set(targets.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
  for (const parent of parents) {
    const node = disk.find(parent);
    if (node?.kind !== 'directory') continue;
    for (const name of node.entries.keys())
      if (name.startsWith('.') && !/\.(manifest\.json|gen)$/.test(name)) found.push(`${parent}/${name}`);
  }
  return found;
}
