// Owns the files of datasets that have no manifest: Hive's and Spark's layout, globs, single files; and what their names say.
import { readdir } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { nullPartition, PlanError, TailraceError, unescapePartition } from '@tailrace/core';
import { glob } from 'tinyglobby';
import { fileError } from '../file-error.js';
import { checkPattern, globSigns, plainSigns } from './patterns.js';

/** A file, and what its directories are named after: text as it was before it was escaped, null for the null marker. */
export interface ListedFile {
  readonly path: string;
  readonly partition: Readonly<Record<string, string | null>>;
}

/** Readers of Hive's layout pass over what begins so: `_SUCCESS`, `_temporary`, `.crc`; but `_year=2001` is a partition. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || (name.startsWith('_') && !name.includes('='));
}

/** Every data file below a directory, in the order of their names. */
export async function listDirectory(root: string, signal: AbortSignal): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  const visit = async (directory: string, partition: ListedFile['partition']): Promise<void> => {
    signal.throwIfAborted();
    const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
      throw fileError(directory, 'list dataset', error);
    });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(directory, entry.name);
      if (isHidden(entry.name)) continue;
      if (entry.isDirectory()) await visit(path, withLevel(partition, entry.name));
      else files.push({ path, partition });
    }
  };
  await visit(root, {});
  checkLevels(root, files);
  return files;
}

/** The files that a pattern matches, in the order of their names; links are followed, hidden files are not matched. */
export async function listGlob(pattern: string, signal: AbortSignal): Promise<ListedFile[]> {
  checkPattern(pattern);
  const paths = await glob(plainSigns(pattern), { absolute: false, expandDirectories: false, signal });
  // Directories that the pattern names are meant, whatever their names begin with.
  const named = resolve(pattern.slice(0, pattern.lastIndexOf('/', pattern.search(globSigns)) + 1));
  const files = paths
    .filter((path) => !relative(named, resolve(path)).split(sep).some(isHidden))
    .map((path) => ({ path, segments: path.split('/') }))
    .map(({ path, segments }) => ({ path, partition: segments.slice(0, -1).reduce(withLevel, {}) }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  if (files.length === 0) {
    throw new TailraceError(
      `No file matches '${pattern}'. Check the pattern and the current directory, '${process.cwd()}'.`,
      { code: 'SOURCE_FAILED', operation: 'open dataset', context: { pattern } },
    );
  }
  checkLevels(pattern, files);
  return files;
}

/** Directories that are not `column=value` are passed through. */
export function withLevel(partition: ListedFile['partition'], directory: string): ListedFile['partition'] {
  const sign = directory.indexOf('=');
  if (sign < 1) return partition;
  const value = directory.slice(sign + 1);
  const column = unescapePartition(directory.slice(0, sign));
  // From entries, so that `__proto__` is an ordinary name.
  return Object.fromEntries([
    ...Object.entries(partition),
    [column, value === nullPartition ? null : unescapePartition(value)],
  ]);
}

/** Throws a PlanError when the files lie in directories of different columns. */
export function checkLevels(path: string, files: readonly ListedFile[]): void {
  const [first] = files;
  if (first === undefined) return;
  const wanted = Object.keys(first.partition).join(', ');
  for (const file of files) {
    const columns = Object.keys(file.partition).join(', ');
    if (columns === wanted) continue;
    const shown = (names: string): string => (names === '' ? 'none' : names);
    throw new PlanError(
      `The files of '${path}' are partitioned differently: '${first.path}' by ${shown(wanted)}, '${file.path}' by ${shown(columns)}. ` +
        `Open the directory of one dataset, or match its files only.`,
      { operation: 'open dataset', context: { path } },
    );
  }
}
