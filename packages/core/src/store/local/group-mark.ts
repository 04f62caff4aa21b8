// Owns the mark in the stage of an output that commits together with others: all that another process needs to publish it.
import { basename, dirname, join, relative } from 'node:path';
import type { Group } from '../../sink/group.js';
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { decodeManifest, encodeManifest } from '../manifest.js';
import type { FileSystem } from './file-system.js';
import { groupMarkName, type Place, type StagePaths, stagePaths } from './place.js';
import { createStagedFile } from './staged-file.js';
import { attemptStep, failedWith } from './store-error.js';
import { removeFile } from './tree.js';

/** A member as its mark tells of it. */
export interface Marked {
  readonly group: Group;
  readonly place: Place;
  readonly paths: StagePaths;
  readonly target: StoreTarget;
  readonly manifest: Manifest;
}

/** Written anew when it is there. Durable once the stage directory is synced. */
export async function writeMark(
  fs: FileSystem,
  { group, place, paths, target, manifest }: Marked,
): Promise<void> {
  const { output } = target;
  const path = paths.group;
  await attemptStep({ step: 'write', path, output }, () => removeFile(fs, path));
  const file = await createStagedFile({ fs, path, root: paths.stage, output });
  try {
    await file.write(new TextEncoder().encode(`${JSON.stringify(encoded())}\n`));
    await file.close();
  } catch (error) {
    await file.abort();
    throw error;
  }

  function encoded(): unknown {
    const { id, name, places } = group;
    // Relative, so that a tree with all members in it can be moved.
    const stages = places.map((stage) => relative(place.parent, stage));
    return {
      version: 1,
      id,
      group: name,
      stages,
      name: place.name,
      target,
      manifest: encodeManifest(manifest),
    };
  }
}

/**
 * The mark in a stage directory; undefined when there is none. `torn`: cut off while it was written, so that nothing was decided,
 * unless the disk has lost what it had synced. `foreign`: whole, and not of this version of the program.
 */
export async function readMark(
  fs: FileSystem,
  stage: string,
): Promise<Marked | 'torn' | 'foreign' | undefined> {
  let text: string;
  try {
    text = await fs.readFile(join(stage, groupMarkName));
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'torn';
  }
  return decodeMark(value, stage) ?? 'foreign';
}

function decodeMark(value: unknown, stage: string): Marked | undefined {
  if (!isRecord(value) || value.version !== 1) return undefined;
  const { id, group, stages, name, target, manifest } = value;
  if (typeof id !== 'string' || typeof group !== 'string' || typeof name !== 'string') return undefined;
  if (!Array.isArray(stages) || !stages.every((one) => typeof one === 'string')) return undefined;
  const decoded = typeof manifest === 'string' ? decodeManifest(manifest) : undefined;
  if (decoded === undefined || !isTarget(target)) return undefined;
  const parent = dirname(stage);
  const place: Place = { parent, name, path: join(parent, name) };
  const paths = stagePaths(place, target.runId);
  if (basename(paths.stage) !== basename(stage)) return undefined;
  const places = stages.map((one) => join(parent, one));
  return { group: { id, name: group, places }, place, paths, target, manifest: decoded };
}

const kinds: ReadonlySet<unknown> = new Set(['file', 'directory']);
const modes: ReadonlySet<unknown> = new Set([
  'error',
  'overwrite',
  'overwritePartitions',
  'append',
  'ignore',
]);
const ways: ReadonlySet<unknown> = new Set([undefined, 'swap', 'generations']);

function isTarget(value: unknown): value is StoreTarget {
  if (!isRecord(value)) return false;
  const { path, kind, mode, runId, output, publish, adopt } = value;
  return (
    typeof path === 'string' &&
    typeof runId === 'string' &&
    typeof output === 'string' &&
    kinds.has(kind) &&
    modes.has(mode) &&
    ways.has(publish) &&
    (adopt === undefined || typeof adopt === 'boolean')
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
