// Owns what happens to stages of runs that are gone: condemned, fenced off by a version of the next number, then removed.
import type { Fate, Owner } from '../local/owner.js';
import { clearStage } from './clear.js';
import { unanswered } from './object-error.js';
import type { ObjectPlace } from './object-keys.js';
import type { Objects } from './objects.js';
import { type FoundStage, fateOfOwner, listStages, writeRecord } from './stage.js';
import { namedObjects, newestVersion, nothing, publishVersion, type Version } from './version.js';

/** Times that a fence is sent without anything having changed. */
const maxRounds = 8;

export interface Sweeping {
  /** May be cancelled: cut off anywhere, it is what a process that dies there leaves. */
  readonly objects: Objects;
  readonly place: ObjectPlace;
  readonly self: Owner;
  /** A name that was never used before. */
  readonly fence: string;
  readonly nowMs: number;
  /** Also those of which nothing can be known. */
  readonly takeOver: boolean;
}

export interface Swept {
  readonly removed: readonly FoundStage[];
  /** Of other machines, where nothing can be known of their runs. */
  readonly left: readonly FoundStage[];
}

/** The stages that a run beginning now would remove, and those that it would leave though they may be dead. */
export async function findDead({ objects, place, self, takeOver }: Sweeping): Promise<Swept> {
  const removed: FoundStage[] = [];
  const left: FoundStage[] = [];
  for (const found of await listStages(objects, place)) {
    const fate: Fate = found.record === undefined ? 'unknown' : await fateOfOwner(found.record.owner, self);
    const isDead = fate === 'gone' || found.record?.isCondemned === true;
    if (isDead || (fate === 'unknown' && takeOver)) removed.push(found);
    else if (fate === 'unknown') left.push(found);
  }
  return { removed, left };
}

/** Removes dead stages of a dataset. */
export async function sweepDataset(sweeping: Sweeping): Promise<Swept> {
  const { objects, place } = sweeping;
  const found = await findDead(sweeping);
  if (found.removed.length === 0) return found;
  await condemn(sweeping, found.removed);
  const newest = await raiseFence(sweeping);
  // Readers of a version that was replaced have it until it is retired.
  const kept = await namedObjects(objects, place, newest);
  for (const { stage } of found.removed) await clearStage(objects, place, stage, kept);
  return found;
}

/** From here on none of their runs begins to publish; what one has sent already the fence stops. */
export async function condemn(
  { objects, place, self, nowMs }: Sweeping,
  stages: readonly FoundStage[],
): Promise<void> {
  for (const { stage, record } of stages) {
    const known = record ?? { output: '', runId: '', owner: self, begunAtMs: nowMs };
    await writeRecord(objects, place, stage, { ...known, isCondemned: true });
  }
}

/** Publishes what is there once more, under the next number: whatever was sent for that number before comes too late. */
export async function raiseFence({ objects, place, fence, nowMs }: Sweeping): Promise<Version> {
  let highest = -1;
  for (let idle = 0; ; idle += 1) {
    const newest = await newestVersion(objects, place);
    if (newest.stage === fence) return newest;
    // While others publish, the number is taken again and again: that is no reason to give up.
    if (newest.number > highest) idle = 0;
    if (idle === maxRounds) throw unanswered('publish what is there once more', objects.about);
    if (highest >= 0) await objects.pause(idle + 1);
    highest = newest.number;
    const number = newest.number + 1;
    const oldest = newest === nothing ? number : newest.oldest;
    const next = { ...newest, number, oldest, stage: fence, publishedAtMs: nowMs };
    if ((await publishVersion(objects, place, next)).end === 'done') return next;
  }
}
