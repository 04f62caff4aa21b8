// Owns the reading of what is published on an object store: one version, whose files never change.
import { ConflictError } from '../../errors/named-errors.js';
import type { StoreVersion } from '../../sink/store.js';
import { failedFor } from './object-error.js';
import type { ObjectPlace } from './object-keys.js';
import type { Objects } from './objects.js';
import { type FileThere, isOf, manifestOfFile, stageThere } from './single-file.js';
import { newestVersion } from './version.js';

export async function openDatasetVersion(
  objects: Objects,
  place: ObjectPlace,
): Promise<StoreVersion | undefined> {
  const { manifest, objects: keys } = await newestVersion(objects, place);
  if (manifest === undefined) return undefined;
  const where = new Map(manifest.files.map(({ path }, at) => [path, `${place.key}/${keys[at]}`]));
  return {
    manifest,
    read: (path, range, signal = objects.signal) =>
      readRange(objects.with(signal), place, where.get(path) ?? path, range),
  };
}

export async function openFileVersion(
  objects: Objects,
  place: ObjectPlace,
): Promise<StoreVersion | undefined> {
  const there = await stageThere(objects, place);
  // What others have put there is no version of ours, but may be read as the file that it is.
  if (there?.stage === undefined) return undefined;
  const manifest = await manifestOfFile(objects, place, there.stage);
  if (manifest === undefined) {
    throw failedFor('this library has written it, and its manifest is gone', objects.about, 'open file');
  }
  return {
    manifest,
    // The key is the same for every version: the answer itself has to say of which one it is.
    read: (_, range, signal = objects.signal) =>
      readRange(objects.with(signal), place, place.key, range, there),
  };
}

async function readRange(
  objects: Objects,
  place: ObjectPlace,
  key: string,
  range: { readonly start: number; readonly bytes: number },
  opened?: FileThere,
): Promise<Uint8Array> {
  if (range.bytes === 0) return new Uint8Array(0);
  const got = await objects.getWithFacts(key, { ...range, tag: opened?.tag });
  if (got === undefined) throw replaced(place);
  const { body, facts } = got;
  if (opened !== undefined && !isOf(opened, facts)) throw replaced(place);
  if (body.length === range.bytes) return body;
  throw failedFor(
    `${key} has ${body.length} bytes from ${range.start} on, and ${range.bytes} were wanted`,
    objects.about,
    'read file',
  );
}

function replaced({ path }: ObjectPlace): ConflictError {
  return new ConflictError(
    `'${path}' was replaced while it was read, and the version that was opened is not kept any more. Open it again; ` +
      `keepGenerationsMs of the output says how long versions stay.`,
    { operation: 'read dataset', context: { path } },
  );
}
