// Owns the commit of a dataset: everything durable, then one conditional write of the next version, which is the moment.
// What is not known of that write is found out by looking, never assumed.
import { eachOf } from '../../sink/file/each-of.js';
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { clearStage, objectLanes } from './clear.js';
import { nextVersion } from './next-version.js';
import type { Answer } from './object-client.js';
import { failedFor, lostTo, maxWriteRounds, unanswered } from './object-error.js';
import { dataKey, type ObjectPlace, recordKey } from './object-keys.js';
import type { ObjectStaging } from './object-staging.js';
import type { Objects } from './objects.js';
import { oldestKept, retire } from './retire.js';
import { readRecord } from './stage.js';
import {
  namedObjects,
  newestVersion,
  nothing,
  publishedBy,
  publishVersion,
  readVersion,
  type Version,
} from './version.js';

/** While others go on, the longest pause between two rounds is that of this one. */
const longestPause = 5;

export interface CommittingDataset {
  readonly objects: Objects;
  /** The same calls, that nobody can cancel. */
  readonly uncancelled: Objects;
  readonly place: ObjectPlace;
  readonly target: StoreTarget;
  readonly staging: ObjectStaging;
  readonly manifest: Manifest;
  readonly now: () => number;
  /** Told before a version is sent, and once it is known what became of it. */
  readonly sent: (isOpen: boolean) => void;
}

/** Resolves once the version is there, published by this call or by one before it. */
export async function commitDataset(committing: CommittingDataset): Promise<void> {
  const { objects, uncancelled, place, target, staging, sent } = committing;
  const { stage } = staging;
  const { runId, key } = target;
  let isChecked = false;
  let idle = 0;
  let last: Answer<unknown> | undefined;
  // Versions up to it were looked at, and never change.
  let known = staging.base;
  for (let round = 1; ; round += 1) {
    const newest = await newestVersion(uncancelled, place);
    if (await publishedBy(uncancelled, place, { stage, runId, key }, { after: known, newest })) break;
    idle = newest.number > known ? 0 : idle + 1;
    known = newest.number;
    // In so many rounds nobody has published anything.
    if (idle > maxWriteRounds) throw unanswered('publish the next version', target, last);
    // Of many that append at once one is through in every round; apart, more of them are.
    if (round > 1) await objects.pause(Math.max(idle, Math.min(round, longestPause)));
    await checkStanding(committing);
    if (!isChecked) await checkStaged(committing);
    isChecked = true;
    const base = newest.number === staging.base ? newest : await baseOf(objects, place, staging);
    const made = nextVersion({ ...committing, stage, newest, base });
    const head = {
      number: newest.number + 1,
      stage,
      runId: target.runId,
      publishedAtMs: committing.now(),
      oldest: newest === nothing ? 1 : newest.oldest,
    };
    const oldest = await oldestKept(objects, place, target, head);
    objects.signal.throwIfAborted();
    sent(true);
    // Once sent it cannot be called off: whoever cancels is told what became of it.
    const { end, answer } = await publishVersion(uncancelled, place, { ...head, ...made, oldest });
    if (end === 'done') break;
    last = answer;
    // Another one has the number, or it may be this one: the next round looks. A number that is free is sent again.
    if (end === 'gone') throw failedFor('its bucket is gone', target, 'commit output');
  }
  sent(false);
}

/** What follows a commit and is no failure of it: who comes next takes up what is left. */
export async function tidyDataset({
  uncancelled,
  place,
  target,
  staging,
}: Pick<CommittingDataset, 'uncancelled' | 'place' | 'target' | 'staging'>): Promise<void> {
  const { stage, base } = staging;
  const { runId, key } = target;
  const newest = await newestVersion(uncancelled, place);
  const own = await publishedBy(uncancelled, place, { stage, runId, key }, { after: base, newest });
  if (own === undefined) return;
  const kept = new Set([...own.objects, ...newest.objects].map((object) => `${place.key}/${object}`));
  // Emptied already: what it had is gone, or of a newer version.
  if (own.manifest !== undefined) await clearStage(uncancelled, place, stage, kept);
  else await uncancelled.remove(recordKey(place, stage));
  await retire(uncancelled, place, newest, await oldestWithFiles(uncancelled, place, newest));
}

/** What a stage has left that was published some time ago: whatever a version names that readers may still have stays. */
export async function clearPublished(objects: Objects, place: ObjectPlace, stage: string): Promise<void> {
  const newest = await newestVersion(objects, place);
  await clearStage(objects, place, stage, await namedObjects(objects, place, newest));
}

/** From where on versions are to be emptied: a version knows from where on it keeps them, the one before from where they were. */
async function oldestWithFiles(objects: Objects, place: ObjectPlace, newest: Version): Promise<number> {
  const before = newest.number > 1 ? await readVersion(objects, place, newest.number - 1) : undefined;
  return Math.min(newest.oldest, before?.oldest ?? newest.oldest);
}

async function baseOf(
  objects: Objects,
  place: ObjectPlace,
  { base }: ObjectStaging,
): Promise<Version | undefined> {
  if (base === 0) return nothing;
  const version = await readVersion(objects, place, base);
  if (version === undefined) return undefined;
  // Its files were removed since: then it was replaced long ago. One that never had any is still what it was.
  const isEmptied = version.manifest === undefined && base < (await newestVersion(objects, place)).oldest;
  return isEmptied ? undefined : version;
}

async function checkStanding({ objects, place, target, staging }: CommittingDataset): Promise<void> {
  const record = await readRecord(objects, place, staging.stage);
  if (record !== undefined && !record.isCondemned) return;
  throw lostTo('another run took this one for dead and has removed what it had staged', target);
}

async function checkStaged({ objects, place, target, staging, manifest }: CommittingDataset): Promise<void> {
  await eachOf(manifest.files, objectLanes, async (file) => {
    const facts = await objects.head(dataKey(place, staging.stage, file.path));
    if (facts?.bytes === file.bytes) return;
    const found = facts === undefined ? 'is gone' : `has ${facts.bytes} bytes instead of ${file.bytes}`;
    throw failedFor(`its staged file ${file.path} ${found}`, target, 'commit output');
  });
}
