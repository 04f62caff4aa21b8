// Owns single files: uploaded under their own name and not completed until the commit, so that completing is the moment, on the
// condition that what is there is what the run began with. A manifest lies beside, found by what the object says of its stage.
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { decodeManifest, encodeManifest } from '../manifest.js';
import { abortUploads, clearStage, decodeUpload, encodeUpload, uploadNote } from './clear.js';
import type { Condition, ObjectFacts, Part, Upload } from './object-client.js';
import { failedFor, lostTo, maxWriteRounds, unanswered } from './object-error.js';
import {
  dataKey,
  manifestKey,
  manifestsPrefix,
  type ObjectPlace,
  stageOfManifest,
  stageOfRecord,
  stagesPrefix,
} from './object-keys.js';
import type { ObjectStaging } from './object-staging.js';
import type { Objects } from './objects.js';
import { readRecord } from './stage.js';
import type { Landing } from './staged-object.js';
import { condemn, findDead, type Sweeping, type Swept } from './sweep.js';
import { namesCommit, type Publisher } from './version.js';

const stageName = 'tailrace-stage';

/** A file that is whole but for its completion. */
interface Receipt {
  readonly upload: Upload;
  readonly parts: readonly Part[];
}

const metadataOf = (stage: string, runId: string): Readonly<Record<string, string>> => ({
  [stageName]: stage,
  'tailrace-run': runId,
});

const receiptKey = (place: ObjectPlace, stage: string, checksum: string): string =>
  dataKey(place, stage, `${checksum.replace(':', '-')}.json`);

/** Where an attempt at a single file goes. */
export function landingOfFile(
  objects: Objects,
  place: ObjectPlace,
  { stage, runId }: { readonly stage: string; readonly runId: string },
  unique: string,
): Landing {
  const note = dataKey(place, stage, `${unique}${uploadNote}`);
  return {
    key: place.key,
    metadata: metadataOf(stage, runId),
    mayBePut: false,
    begun: (upload) => objects.write(note, encodeUpload(upload)),
    landed: async (upload, parts, { checksum }) => {
      await objects.write(receiptKey(place, stage, checksum), JSON.stringify({ ...upload, parts }));
    },
    // Else whoever clears the stage would not know of it.
    gone: async (isEnded) => {
      if (isEnded) await objects.remove(note);
    },
  };
}

/** What is there under the name of the file. */
export interface FileThere {
  /** That it was published from; undefined for what is none of ours. */
  readonly stage: string | undefined;
  readonly tag: string;
  readonly bytes: number;
}

export async function stageThere(objects: Objects, place: ObjectPlace): Promise<FileThere | undefined> {
  const facts = await objects.head(place.key);
  return facts && { stage: facts.metadata[stageName], tag: facts.tag, bytes: facts.bytes };
}

/** Whether an answer is of the object that was there: a stage is completed once at most. */
export function isOf({ stage }: FileThere, { metadata }: ObjectFacts): boolean {
  return stage === metadata[stageName];
}

/** Whether what is there was published from a stage, or by a process before this one of the same run, and is whole. */
export async function isOwnFile(
  objects: Objects,
  place: ObjectPlace,
  publisher: Publisher,
  there: FileThere | undefined,
): Promise<boolean> {
  if (there?.stage === undefined) return false;
  if (there.stage === publisher.stage) return true;
  if (publisher.key === undefined) return false;
  const manifest = await manifestOfFile(objects, place, there.stage);
  return namesCommit(manifest, publisher) && manifest?.files[0]?.bytes === there.bytes;
}

export interface CommittingFile {
  readonly objects: Objects;
  readonly uncancelled: Objects;
  readonly place: ObjectPlace;
  readonly target: StoreTarget;
  readonly staging: ObjectStaging;
  readonly manifest: Manifest;
  readonly sent: (isOpen: boolean) => void;
}

/** Resolves once the file is there, with the keys of manifests that nothing needs any more. */
export async function commitFile(committing: CommittingFile): Promise<readonly string[]> {
  const { objects, uncancelled, place, target, staging, manifest, sent } = committing;
  const { stage } = staging;
  const before = await stageThere(uncancelled, place);
  const publisher = { ...target, stage };
  if (await isOwnFile(uncancelled, place, publisher, before)) {
    sent(false);
    return [];
  }
  await checkStanding(committing);
  if (before?.tag !== staging.tag) throw lostTo(changeOf(staging), target);
  const { upload, parts } = await receiptOf(objects, place, target, stage, manifest);
  await objects.write(manifestKey(place, stage), encodeManifest(manifest));
  // Before the file is there: what is there later may be of a run that comes after this one.
  const over = await manifestsOfThePast(objects, place, stage);
  objects.signal.throwIfAborted();
  const condition: Condition =
    staging.tag === undefined ? { kind: 'absent' } : { kind: 'tag', tag: staging.tag };
  const metadata = metadataOf(stage, target.runId);
  for (let round = 1; ; round += 1) {
    if (round > 1) {
      // Once sent it cannot be called off, but it need not be sent again: its run may have been given up meanwhile.
      await objects.pause(round - 1);
      await checkStanding(committing);
    }
    sent(true);
    const { end, answer } = await uncancelled.complete({ upload, parts, condition, metadata });
    if (end === 'done') break;
    const now = await stageThere(uncancelled, place);
    if (await isOwnFile(uncancelled, place, publisher, now)) break;
    if (end === 'taken' || now?.tag !== staging.tag) {
      sent(false);
      throw lostTo(changeOf(staging), target);
    }
    if (end === 'gone') throw failedFor('its upload is gone', target, 'commit output');
    if (round === maxWriteRounds) throw unanswered('complete the file', target, answer);
  }
  sent(false);
  return over;
}

async function checkStanding({ objects, place, target, staging }: CommittingFile): Promise<void> {
  const record = await readRecord(objects, place, staging.stage);
  if (record !== undefined && !record.isCondemned) return;
  throw lostTo('another run took this one for dead and has removed what it had staged', target);
}

/** Those of stages that have no record: their runs are over, and what they were published as is about to be replaced. */
async function manifestsOfThePast(
  objects: Objects,
  place: ObjectPlace,
  own: string,
): Promise<readonly string[]> {
  const keys = (await objects.list(manifestsPrefix(place))).map(({ key }) => key);
  const records = await objects.list(stagesPrefix(place));
  const standing = new Set(records.map(({ key }) => stageOfRecord(place, key)));
  return keys.filter((key) => {
    const stage = stageOfManifest(place, key);
    return stage !== undefined && stage !== own && !standing.has(stage);
  });
}

/** @param over manifests that nothing needs once the file of this stage is there */
export async function tidyFile(
  objects: Objects,
  place: ObjectPlace,
  stage: string,
  over: readonly string[] = [],
): Promise<void> {
  if ((await stageThere(objects, place))?.stage !== stage) {
    // Another process of its run was first, or a later run has replaced it: of this stage nothing is needed.
    await discardFile(objects, place, stage);
    return;
  }
  for (const key of over) await objects.remove(key);
  await clearStage(objects, place, stage, new Set());
}

/**
 * Takes a stage away whose run will not publish: first what could still be completed.
 * @param mayComplete a completion was sent, and what became of it is not known: its manifest is left to the next run, since not
 *   every store can call it off
 */
export async function discardFile(
  objects: Objects,
  place: ObjectPlace,
  stage: string,
  mayComplete = false,
): Promise<boolean> {
  await abortUploads(objects, place, stage);
  const isThere = (await stageThere(objects, place))?.stage === stage;
  if (!isThere && !mayComplete) await objects.remove(manifestKey(place, stage));
  await clearStage(objects, place, stage, new Set());
  return isThere;
}

/** Removes dead stages of a single file. */
export async function sweepFile(sweeping: Sweeping): Promise<Swept> {
  const found = await findDead(sweeping);
  await condemn(sweeping, found.removed);
  for (const { stage } of found.removed) await discardFile(sweeping.objects, sweeping.place, stage);
  return found;
}

export async function manifestOfFile(
  objects: Objects,
  place: ObjectPlace,
  stage: string,
): Promise<Manifest | undefined> {
  const text = await objects.text(manifestKey(place, stage));
  return text === undefined ? undefined : decodeManifest(text);
}

async function receiptOf(
  objects: Objects,
  place: ObjectPlace,
  target: StoreTarget,
  stage: string,
  manifest: Manifest,
): Promise<Receipt> {
  const [file] = manifest.files;
  const text =
    file === undefined || manifest.files.length > 1
      ? undefined
      : await objects.text(receiptKey(place, stage, file.checksum));
  const upload = decodeUpload(text);
  if (text === undefined || upload === undefined) {
    throw failedFor('its staged file is gone, or is not one', target, 'commit output');
  }
  // Written by landingOfFile, under a key of this stage.
  const { parts } = JSON.parse(text) as { readonly parts: readonly Part[] };
  return { upload, parts };
}

function changeOf({ tag }: ObjectStaging): string {
  return tag === undefined ? 'something else has created it' : 'something else has replaced it';
}
