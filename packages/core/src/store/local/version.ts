// Owns what a run remembers of the version that it found at its target, and whether that one is still there.
import { join } from 'node:path';
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { fingerprints } from '../partitions.js';
import type { FileSystem } from './file-system.js';
import { generationPath, listGenerations } from './generation-names.js';
import { type Place, publishedManifest } from './place.js';
import { readManifest } from './published-manifest.js';
import { contentAt } from './tree.js';

/** The version that a run replaces or extends. Small: the manifest is not kept. */
export interface Version {
  /** Number of the generation; 0 when there is none, or the path is no link. */
  readonly generation: number;
  /** Where its files are, or the file itself; undefined when there is nothing but perhaps an empty directory. */
  readonly path: string | undefined;
  /** Device and inode of it. */
  readonly identity: string | undefined;
  /** Of its manifest, when it has one. */
  readonly runId: string | undefined;
  /** Of its manifest: what each partition holds. Only for mode `overwritePartitions`. */
  readonly partitions: ReadonlyMap<string, string> | undefined;
}

/** What is at the target now. `generations` that are newer than the link count: the link is only late. */
export async function versionAt(fs: FileSystem, place: Place, target: StoreTarget): Promise<Version> {
  const generation = target.publish === 'generations' ? ((await listGenerations(fs, place)).at(-1) ?? 0) : 0;
  const path = generation > 0 ? generationPath(place, generation) : place.path;
  const facts = await contentAt(fs, path);
  if (facts === undefined) {
    return { generation, path: undefined, identity: undefined, runId: undefined, partitions: undefined };
  }
  const manifest = await versionManifest(fs, place, target.kind, path);
  const partitions =
    target.mode === 'overwritePartitions' && manifest !== undefined ? fingerprints(manifest) : undefined;
  return { generation, path, identity: facts.identity, runId: manifest?.runId, partitions };
}

/** True when both are the same directory or file, with the manifest of the same run. Inode numbers are used again. */
export function isSameVersion(one: Version, other: Version): boolean {
  return one.generation === other.generation && one.identity === other.identity && one.runId === other.runId;
}

/** The manifest of a version, when it has one of ours. */
async function versionManifest(
  fs: FileSystem,
  place: Place,
  kind: StoreTarget['kind'],
  path: string,
): Promise<Manifest | undefined> {
  const at = kind === 'file' ? publishedManifest(place, kind) : join(path, '_manifest.json');
  const manifest = await readManifest(fs, at);
  return typeof manifest === 'string' ? undefined : manifest;
}
