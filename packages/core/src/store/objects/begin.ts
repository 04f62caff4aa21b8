// Owns the start of an output on an object store: what the store can do, what dead runs left, the mode, a stage of its own.
import { PlanError } from '../../errors/named-errors.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { StoreBegun, StoreTarget } from '../../sink/store.js';
import { checkAppendable } from '../appendable.js';
import { checkConditions } from './check-conditions.js';
import type { ObjectPlace } from './object-keys.js';
import type { ObjectConnection, ObjectStaging } from './object-staging.js';
import type { Objects } from './objects.js';
import { isOwnFile, stageThere, sweepFile } from './single-file.js';
import { writeRecord } from './stage.js';
import { type Sweeping, type Swept, sweepDataset } from './sweep.js';
import { newestVersion, publishedBy, type Version } from './version.js';

export interface BeginningObjects extends Sweeping {
  readonly connection: ObjectConnection;
  readonly objects: Objects;
  readonly target: StoreTarget;
  readonly signal: AbortSignal;
  readonly stage: string;
}

const operation = 'begin output';

/** Resolves with `skip` when the mode is `ignore` and something is there. */
export async function beginObjects(beginning: BeginningObjects): Promise<'skip' | StoreBegun<ObjectStaging>> {
  const { connection, place, target, signal, stage, self, nowMs } = beginning;
  checkTarget(target);
  const objects = beginning.objects.with(signal);
  if (!connection.isTrusted) await checkConditions(objects, place, target);
  const swept = target.kind === 'file' ? await sweepFile(beginning) : await sweepDataset(beginning);
  const found =
    target.kind === 'file' ? await ofFile(objects, beginning) : await ofDataset(objects, beginning);
  if (found === 'skip') return 'skip';
  const { output, runId } = target;
  signal.throwIfAborted();
  // Whatever of it is there when this is cut off, the record tells of.
  await writeRecord(objects, place, stage, {
    output,
    runId,
    owner: self,
    begunAtMs: nowMs,
    isCondemned: false,
  });
  return { staging: { stage, ...found.staging }, notes: [...found.notes, ...notesOf(swept, target)] };
}

interface Found {
  readonly staging: Omit<ObjectStaging, 'stage'>;
  readonly notes: readonly string[];
}

async function ofFile(objects: Objects, { place, target }: BeginningObjects): Promise<'skip' | Found> {
  const there = await stageThere(objects, place);
  const staging = { base: 0, tag: there?.tag };
  // What a process before this one has sent may have come after its job had asked what is published: the commit finds it.
  if (await isOwnFile(objects, place, { ...target, stage: undefined }, there)) return { staging, notes: [] };
  if (there !== undefined && target.mode === 'ignore') return 'skip';
  if (there !== undefined && target.mode === 'error') throw exists(target);
  return { staging, notes: [] };
}

async function ofDataset(objects: Objects, { place, target }: BeginningObjects): Promise<'skip' | Found> {
  const { mode } = target;
  const newest: Version = await newestVersion(objects, place);
  const notes: string[] = [];
  const own = target.key === undefined ? undefined : await ownOf(objects, place, target, newest);
  if (own !== undefined) return { staging: { base: own.number - 1, tag: undefined }, notes };
  if (newest.manifest === undefined) {
    // What no manifest names is nobody's version: it is not replaced, nor part of what is published.
    const strangers = await objects.list(`${place.key}/`, 2);
    const stranger = strangers.find(({ key }) => !key.startsWith(place.home));
    if (stranger !== undefined) {
      if (mode === 'ignore') return 'skip';
      if (mode === 'error') throw exists(target);
      if (mode !== 'overwrite') {
        throw new PlanError(
          `Output "${target.output}" cannot be added to ${target.path}: there are objects without a manifest, ` +
            `such as ${stranger.key}. Use mode overwrite, or another path.`,
          { operation, context: { path: target.path, output: target.output } },
        );
      }
      notes.push(
        `${target.path} has objects that were not written by this library, such as ${stranger.key}; they stay.`,
      );
    }
  } else {
    if (mode === 'ignore') return 'skip';
    if (mode === 'error') throw exists(target);
    if (mode !== 'overwrite') {
      checkAppendable(newest.manifest, { ...target.content, output: target.output }, target.path);
    }
  }
  return { staging: { base: newest.number, tag: undefined }, notes };
}

/** What a process before this one has sent may have come after its job had asked what is published: the commit finds it. */
function ownOf(
  objects: Objects,
  place: ObjectPlace,
  { runId, key }: StoreTarget,
  newest: Version,
): Promise<Version | undefined> {
  return publishedBy(objects, place, { stage: undefined, runId, key }, { after: newest.oldest - 1, newest });
}

function notesOf({ left }: Swept, { path }: StoreTarget): readonly string[] {
  if (left.length === 0) return [];
  const hosts = [...new Set(left.map(({ record }) => record?.owner.host ?? 'an unknown machine'))].join(', ');
  return [
    `${left.length} unfinished ${left.length === 1 ? 'run' : 'runs'} beside ${path} may be under way on ` +
      `${hosts}; nothing of them was removed. Give takeOver: true once they are known to be dead.`,
  ];
}

function checkTarget({ kind, mode, path, output, content }: StoreTarget): void {
  const refuse = (problem: string): PlanError =>
    new PlanError(`Output "${output}" ${problem}`, { operation, context: { path, output } });
  if (kind === 'file' && (mode === 'append' || mode === 'overwritePartitions')) {
    throw refuse(
      `cannot ${mode === 'append' ? 'append to' : 'overwrite partitions of'} the single file ${path}: it is ` +
        'replaced as a whole. Write to a directory, or use mode overwrite.',
    );
  }
  if (mode === 'overwritePartitions' && content !== undefined && content.partitionBy.length === 0) {
    throw refuse(
      `cannot overwrite partitions of ${path}: it is not partitioned. Name the columns in partitionBy, or use mode overwrite.`,
    );
  }
}

function exists({ path, output }: StoreTarget): TailraceError {
  const message =
    `Output "${output}" goes to ${path}, which exists, and its mode is "error". ` +
    `Choose mode "overwrite", "append" or "ignore", or another path.`;
  return new TailraceError(message, { code: 'TARGET_EXISTS', operation, context: { path, output } });
}
