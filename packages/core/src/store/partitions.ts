// Owns which files belong to which partition: what an output that overwrites partitions replaces, and what it keeps.
import { createHash } from 'node:crypto';
import type { Manifest } from '../sink/store.js';

/** The partition directories that a manifest's files lie in: `year=2001/origin=SFO`. */
export function partitionsOf(manifest: Pick<Manifest, 'files'>): ReadonlySet<string> {
  return new Set(manifest.files.map((file) => directoryOf(file.path)));
}

/** True for a file of a dataset that stays when these partitions are replaced: it lies in or below none of them. */
export function staysBeside(partitions: ReadonlySet<string>, path: string): boolean {
  for (let at = directoryOf(path); at !== ''; at = directoryOf(at)) if (partitions.has(at)) return false;
  return true;
}

/** A digest per partition of the files in it, to tell whether another run has changed one: 32 bytes each. */
export function fingerprints(manifest: Pick<Manifest, 'files'>): ReadonlyMap<string, string> {
  const contents = new Map<string, string[]>();
  for (const { path, checksum } of manifest.files) {
    const directory = directoryOf(path);
    const files = contents.get(directory) ?? [];
    files.push(`${path}\0${checksum}`);
    contents.set(directory, files);
  }
  const digest = (files: readonly string[]): string =>
    createHash('sha256').update(files.toSorted().join('\0')).digest('base64');
  return new Map([...contents].map(([directory, files]) => [directory, digest(files)]));
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
