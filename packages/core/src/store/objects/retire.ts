// Owns the end of versions that were replaced: after a while their files go, and they keep their number only.
import { eachOf } from '../../sink/file/each-of.js';
import type { StoreTarget } from '../../sink/store.js';
import { objectLanes } from './clear.js';
import { type ObjectPlace, recordKey, versionKey, versionNumber, versionsPrefix } from './object-keys.js';
import type { Objects } from './objects.js';
import { encodeVersion, readVersion, type Version } from './version.js';

const defaults = { keepGenerations: 2, keepGenerationsMs: 3_600_000 } as const;

/**
 * The lowest number whose files stay, once the version `next` is there. Ages are by the clock of the store alone: those of
 * writers may differ. It counts up to when the stage of the next version was begun.
 */
export async function oldestKept(
  objects: Objects,
  place: ObjectPlace,
  target: StoreTarget,
  next: Pick<Version, 'number' | 'oldest' | 'stage'>,
): Promise<number> {
  const { keepGenerations = defaults.keepGenerations, keepGenerationsMs = defaults.keepGenerationsMs } =
    target;
  const bound = next.number - keepGenerations;
  if (next.oldest > bound) return next.oldest;
  if (keepGenerationsMs === 0) return bound + 1;
  // The newest ones come first.
  const versions = await objects.list(versionsPrefix(place), next.number - next.oldest);
  const writtenAt = new Map(versions.map(({ key, writtenAtMs }) => [versionNumber(key), writtenAtMs]));
  const [record] = await objects.list(recordKey(place, next.stage), 1);
  const nowMs = Math.max(record?.writtenAtMs ?? 0, ...writtenAt.values());
  let oldest = next.oldest;
  for (; oldest <= bound; oldest += 1) {
    // It was replaced when the one after it came.
    const replacedAtMs = writtenAt.get(oldest + 1);
    if (replacedAtMs === undefined || nowMs - replacedAtMs < keepGenerationsMs) break;
  }
  return oldest;
}

/** Removes the files that only versions below `newest.oldest` name. May be repeated. */
export async function retire(
  objects: Objects,
  place: ObjectPlace,
  newest: Version,
  from: number,
): Promise<void> {
  if (from >= newest.oldest) return;
  const kept = new Set(newest.objects);
  for (let number = newest.oldest; number < newest.number; number += 1) {
    for (const object of (await readVersion(objects, place, number))?.objects ?? []) kept.add(object);
  }
  for (let number = from; number < newest.oldest; number += 1) {
    const version = await readVersion(objects, place, number);
    if (version?.manifest === undefined) continue;
    const gone = version.objects.filter((object) => !kept.has(object));
    await eachOf(gone, objectLanes, (object) => objects.remove(`${place.key}/${object}`));
    const emptied = encodeVersion({ ...version, manifest: undefined, objects: [] });
    await objects.write(versionKey(place, number), emptied);
  }
}
