// Owns the mark in the stage of an output that commits together with others: all that another process needs to publish it.
import { basename, dirname, join, relative } from 'node:path';
import type { Group } from '../../sink/group.js';
import type { ReplacedFile } from '../../sink/sink.js';
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { decodeManifest, encodeManifest } from '../manifest.js';
import { partitionsOf } from '../partitions.js';
import { isRecord } from '../plain-object.js';
import type { FileSystem } from './file-system.js';
import { groupMarkName, isRunId, type Place, type StagePaths, stagePaths } from './place.js';
import { createStagedFile } from './staged-file.js';
import { attemptStep, failedWith } from './store-error.js';
import { removeFile } from './tree.js';
import type { Version } from './version.js';

/** A member as its mark tells of it. */
export interface Marked {
  readonly group: Group;
  readonly place: Place;
  readonly paths: StagePaths;
  /** Without `content`, `keepGenerations` and `keepGenerationsMs`, which nobody asks for who finishes a group. */
  readonly target: StoreTarget;
  readonly manifest: Manifest;
  /** What it replaces or extends; undefined in marks of earlier versions. */
  readonly base: MarkedBase | undefined;
}

/**
 * The version that a member began with. Only what stays the same when the machine is started anew or the tree is moved: no
 * device and inode.
 */
export interface MarkedBase {
  readonly isVacant: boolean;
  /** Of its manifest, when it has one. */
  readonly runId: string | undefined;
  /** Mode `overwritePartitions`: what the partitions that the member writes held, by name; undefined when nothing tells. */
  readonly partitions: ReadonlyMap<string, string> | undefined;
}

export function markedBase({ path, runId, partitions }: Version, manifest: Manifest): MarkedBase {
  const own = partitionsOf(manifest);
  const held = partitions && new Map([...partitions].filter(([partition]) => own.has(partition)));
  return { isVacant: path === undefined, runId, partitions: held };
}

const unasked = { content: undefined, keepGenerations: undefined, keepGenerationsMs: undefined } as const;

/** Written anew when it is there. Durable once the stage directory is synced. */
export async function writeMark(
  fs: FileSystem,
  { group, place, paths, target, manifest, base }: Marked,
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
      target: { ...target, ...unasked },
      manifest: encodeManifest(manifest),
      ...(base === undefined ? {} : { base: encodedBase(base) }),
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
  const { id, group, stages, name, target: told, manifest, base } = value;
  if (typeof id !== 'string' || typeof group !== 'string' || typeof name !== 'string') return undefined;
  if (!Array.isArray(stages) || !stages.every((one) => typeof one === 'string')) return undefined;
  const decoded = typeof manifest === 'string' ? decodeManifest(manifest) : undefined;
  if (decoded === undefined || !isTarget(told) || !(base === undefined || isBase(base))) return undefined;
  const target: StoreTarget = { ...told, ...unasked };
  if (basename(name) !== name || !isRunId(target.runId)) return undefined;
  const parent = dirname(stage);
  const place: Place = { parent, name, path: join(parent, name) };
  const paths = stagePaths(place, target.runId);
  if (basename(paths.stage) !== basename(stage)) return undefined;
  const places = stages.map((one) => join(parent, one));
  const of = { group: { id, name: group, places }, place, paths, target, manifest: decoded };
  return { ...of, base: base && decodedBase(base) };
}

/** A base as JSON has it. */
interface BaseInMark {
  readonly isVacant: boolean;
  readonly runId: string | null;
  readonly partitions: readonly (readonly [partition: string, fingerprint: string])[] | null;
}

const encodedBase = ({ isVacant, runId, partitions }: MarkedBase): BaseInMark => ({
  isVacant,
  runId: runId ?? null,
  partitions: partitions === undefined ? null : [...partitions],
});

const decodedBase = ({ isVacant, runId, partitions }: BaseInMark): MarkedBase => ({
  isVacant,
  runId: runId ?? undefined,
  partitions: partitions === null ? undefined : new Map(partitions),
});

function isBase(value: unknown): value is BaseInMark {
  if (!isRecord(value)) return false;
  const { isVacant, runId, partitions } = value;
  const isPair = (pair: unknown): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((one) => typeof one === 'string');
  return (
    typeof isVacant === 'boolean' &&
    (runId === null || typeof runId === 'string') &&
    (partitions === null || (Array.isArray(partitions) && partitions.every(isPair)))
  );
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

/** All that is taken from a mark. */
function isTarget(value: unknown): value is StoreTarget {
  if (!isRecord(value)) return false;
  const { path, kind, mode, runId, output, publish, adopt, takeOver, replaces } = value;
  return (
    typeof path === 'string' &&
    typeof runId === 'string' &&
    typeof output === 'string' &&
    kinds.has(kind) &&
    modes.has(mode) &&
    ways.has(publish) &&
    (adopt === undefined || typeof adopt === 'boolean') &&
    (takeOver === undefined || typeof takeOver === 'boolean') &&
    (replaces === undefined || (Array.isArray(replaces) && replaces.every(isReplaced)))
  );
}

const isReplaced = (value: unknown): value is ReplacedFile =>
  isRecord(value) &&
  typeof value.path === 'string' &&
  typeof value.checksum === 'string' &&
  Number.isSafeInteger(value.rows);
