// Owns the end of versions that were replaced: after a while their files go, and they keep their number only.
import { eachOf } from '../../sink/file/each-of.js';
import type { StoreTarget } from '../../sink/store.js';
import { objectLanes } from './clear.js';
import { type ObjectPlace, versionKey } from './object-keys.js';
import type { Objects } from './objects.js';
import { encodeVersion, readVersion, type Version } from './version.js';

const defaults = { keepGenerations: 2, keepGenerationsMs: 3_600_000 } as const;

/** The lowest number whose files stay, once the version `next` is there. */
export async function oldestKept(
  objects: Objects,
  place: ObjectPlace,
  target: StoreTarget,
  next: Pick<Version, 'number' | 'oldest' | 'publishedAtMs'>,
): Promise<number> {
  const { keepGenerations = defaults.keepGenerations, keepGenerationsMs = defaults.keepGenerationsMs } =
    target;
  let oldest = next.oldest;
  for (; oldest <= next.number - keepGenerations; oldest += 1) {
    // It was replaced when the one after it came.
    const after = oldest + 1 === next.number ? next : await readVersion(objects, place, oldest + 1);
    if (after === undefined || next.publishedAtMs - after.publishedAtMs < keepGenerationsMs) break;
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
