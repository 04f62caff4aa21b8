// Owns the sweep that people order: what runs have left beside a target that no run would remove by itself, because nothing tells
// that it is dead but its age. It can tell what it would do, and do nothing.
import { eachOf } from '../../sink/file/each-of.js';
import type { Owner } from '../local/owner.js';
import { abortUpload, clearStage, decodeUpload, objectLanes, uploadNote } from './clear.js';
import type { ListedObject, ListedUpload } from './object-client.js';
import { done } from './object-error.js';
import { type ObjectPlace, stageOfManifest } from './object-keys.js';
import type { Objects } from './objects.js';
import { discardFile, stageThere } from './single-file.js';
import { type FoundStage, fateOfOwner, listStages } from './stage.js';
import { condemn, raiseFence, type Sweeping } from './sweep.js';
import { namedObjects, newestVersion } from './version.js';

export interface SweepOrder {
  readonly objects: Objects;
  readonly place: ObjectPlace;
  readonly kind: 'file' | 'directory';
  readonly self: Owner;
  readonly nowMs: number;
  /** What is younger is left, unless its process is known to be gone. */
  readonly olderThanMs: number;
  readonly dryRun: boolean;
  /** A name that was never used before. */
  readonly fence: string;
}

/** Something that a run has left. */
export interface Leftover {
  /** What it is: the mark of a run with all that it staged, a single object, or an upload in parts. */
  readonly what: 'stage' | 'object' | 'upload';
  /** Its key; of a stage what its keys begin with. */
  readonly key: string;
  /** How long ago it was begun, in milliseconds; undefined where the store does not tell. */
  readonly ageMs: number | undefined;
  /** Of a stage: the run. */
  readonly runId?: string | undefined;
  /** Of a stage: the machine where it ran. */
  readonly host?: string | undefined;
  /**
   * Of an upload to the key of a single file, which others may upload to as well: that it is not ours, since it has parts and
   * no run has noted it. It is told of, and left. One without parts may be either, and is removed: it holds nothing.
   */
  readonly isForeign?: boolean | undefined;
}

/** What was removed, or would be, and uploads of others that are left. */
export async function sweepTarget(order: SweepOrder): Promise<readonly Leftover[]> {
  const { objects, place, kind, nowMs, olderThanMs, dryRun } = order;
  // What may have been begun a moment ago is left, unless the age does not matter.
  const isOld = (atMs: number | undefined): boolean =>
    atMs === undefined ? olderThanMs === 0 : nowMs - atMs >= olderThanMs;
  // Before the stages: what is there before its stage was looked for has none if none is found.
  const uploads = await uploadsBeside(order);
  const data = await objects.list(place.home);
  const stages = await listStages(objects, place);
  const dead: FoundStage[] = [];
  const published = await publishedStages(order);
  for (const found of stages) {
    // Its run is over, though it could not tidy.
    if (published.has(found.stage) || (await isDead(order, found, isOld))) dead.push(found);
  }
  const standing = new Set(stages.map(({ stage }) => stage));
  const named = await namedBy(order);
  const noted = await notedUploads(objects, data);
  const isStray = (object: ListedObject): boolean =>
    isOld(object.writtenAtMs) &&
    !named.has(object.key) &&
    isRemovable(place, object.key, new Set([...standing, ...(kind === 'file' ? published : [])]));
  const strays = data.filter(isStray);
  const open = uploads.filter(
    (upload) =>
      isOld(upload.begunAtMs) && !noted.has(upload.id) && !standing.has(stageIn(place, upload.key) ?? ''),
  );
  const foreign = await uploadsOfOthers(order, open);
  const found: Leftover[] = [
    ...dead.map(({ stage, record, writtenAtMs }) => ({
      what: 'stage' as const,
      key: `${place.home}data/${stage}/`,
      ageMs: nowMs - writtenAtMs,
      runId: record?.runId,
      host: record?.owner.host,
    })),
    ...strays.map(({ key, writtenAtMs }) => ({ what: 'object' as const, key, ageMs: nowMs - writtenAtMs })),
    ...open.map((upload) => ({
      what: 'upload' as const,
      key: upload.key,
      ageMs: upload.begunAtMs === undefined ? undefined : nowMs - upload.begunAtMs,
      ...(foreign.has(upload) && { isForeign: true }),
    })),
  ];
  if (dryRun || found.length === 0) return found;

  const sweeping: Sweeping = { ...order, takeOver: true };
  await condemn(sweeping, dead);
  if (kind === 'file') {
    for (const { stage } of dead) await discardFile(objects, place, stage);
  } else {
    // Nothing that was sent before can name what is removed now.
    if (dead.length > 0 || strays.length > 0) await raiseFence(sweeping);
    const kept = await namedBy(order);
    for (const { stage } of dead) await clearStage(objects, place, stage, kept);
    strays.splice(0, strays.length, ...strays.filter(({ key }) => !kept.has(key)));
  }
  await eachOf(strays, objectLanes, ({ key }) => objects.remove(key));
  const ours = open.filter((upload) => !foreign.has(upload));
  await eachOf(ours, objectLanes, (upload) => abortUpload(objects, upload));
  return found;
}

async function isDead(
  { self }: SweepOrder,
  { record, writtenAtMs }: FoundStage,
  isOld: (atMs: number | undefined) => boolean,
): Promise<boolean> {
  if (record === undefined) return isOld(writtenAtMs);
  if (record.isCondemned) return true;
  const fate = await fateOfOwner(record.owner, self);
  return fate === 'gone' || (fate === 'unknown' && isOld(writtenAtMs));
}

/** Of a dataset those below its own keys; of a single file also those under its name, which is where its runs upload to. */
async function uploadsBeside({ objects, place, kind }: SweepOrder): Promise<readonly ListedUpload[]> {
  const { signal, about } = objects;
  const below = async (prefix: string): Promise<readonly ListedUpload[]> =>
    done(
      await objects.call((client) => client.listUploads(prefix, signal)),
      `list uploads below ${prefix}`,
      about,
      signal,
    );
  const own = await below(place.home);
  if (kind === 'directory') return own;
  return [...own, ...(await below(place.key)).filter(({ key }) => key === place.key)];
}

/** Of ours, one that is not noted has no parts: it was begun, and the answer was lost. Below `home` there are no others. */
async function uploadsOfOthers(
  { objects, place }: SweepOrder,
  uploads: readonly ListedUpload[],
): Promise<ReadonlySet<ListedUpload>> {
  const { signal, about } = objects;
  const foreign = new Set<ListedUpload>();
  const beside = uploads.filter(({ key }) => !key.startsWith(place.home));
  await eachOf(beside, objectLanes, async (upload) => {
    const answer = await objects.call((client) => client.hasParts(upload, signal));
    if (answer.kind === 'absent') return;
    if (done(answer, `list parts of the upload ${upload.id}`, about, signal)) foreign.add(upload);
  });
  return foreign;
}

async function notedUploads(objects: Objects, data: readonly ListedObject[]): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const { key } of data) {
    if (!key.endsWith(uploadNote)) continue;
    const upload = decodeUpload(await objects.text(key));
    if (upload !== undefined) ids.add(upload.id);
  }
  return ids;
}

async function namedBy({ objects, place, kind }: SweepOrder): Promise<ReadonlySet<string>> {
  return kind === 'file' ? new Set() : namedObjects(objects, place, await newestVersion(objects, place));
}

async function publishedStages({ objects, place, kind }: SweepOrder): Promise<ReadonlySet<string>> {
  if (kind === 'file') return new Set([(await stageThere(objects, place))?.stage ?? '']);
  const newest = await newestVersion(objects, place);
  const stages = new Set([newest.stage]);
  for (const object of newest.objects) stages.add(stageIn(place, `${place.key}/${object}`) ?? '');
  return stages;
}

/** Data and manifests without a stage, and what a test of conditions has left. */
function isRemovable(place: ObjectPlace, key: string, standing: ReadonlySet<string>): boolean {
  if (key.startsWith(`${place.home}probe-`)) return true;
  const stage = stageIn(place, key) ?? stageOfManifest(place, key);
  return stage !== undefined && !standing.has(stage);
}

function stageIn({ home }: ObjectPlace, key: string): string | undefined {
  const prefix = `${home}data/`;
  return key.startsWith(prefix) ? key.slice(prefix.length).split('/', 1)[0] : undefined;
}
