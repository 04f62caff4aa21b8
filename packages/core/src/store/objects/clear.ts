// Owns the removal of what a stage has left: its uploads and its objects, but for those that a version names; its record last.
import { eachOf } from '../../sink/file/each-of.js';
import type { Upload } from './object-client.js';
import { done } from './object-error.js';
import { dataPrefix, type ObjectPlace, recordKey } from './object-keys.js';
import type { Objects } from './objects.js';

/** Calls at once where many objects are looked at or removed. */
export const objectLanes = 16;

/** What an upload of a single file is noted as while it is under way: its key is that of the target, which other runs share. */
export const uploadNote = '.upload';

/** Ends the uploads of a stage, and only those. */
export async function abortUploads(objects: Objects, place: ObjectPlace, stage: string): Promise<void> {
  const { signal, about } = objects;
  const prefix = dataPrefix(place, stage);
  const step = `list uploads below ${prefix}`;
  const own = done(await objects.call((client) => client.listUploads(prefix, signal)), step, about, signal);
  const notes = (await objects.list(prefix)).filter(({ key }) => key.endsWith(uploadNote));
  const noted: Upload[] = [];
  for (const { key } of notes) {
    const upload = decodeUpload(await objects.text(key));
    if (upload !== undefined) noted.push(upload);
  }
  await eachOf([...own, ...noted], objectLanes, (upload) => abortUpload(objects, upload));
}

export async function abortUpload(objects: Objects, upload: Upload): Promise<void> {
  const { signal, about } = objects;
  const answer = await objects.call((client) => client.abortUpload(upload, signal));
  done(answer, `abort the upload ${upload.id}`, about, signal);
}

/** @param kept keys that a version names */
export async function clearStage(
  objects: Objects,
  place: ObjectPlace,
  stage: string,
  kept: ReadonlySet<string>,
): Promise<void> {
  await abortUploads(objects, place, stage);
  const left = (await objects.list(dataPrefix(place, stage))).filter(({ key }) => !kept.has(key));
  await eachOf(left, objectLanes, ({ key }) => objects.remove(key));
  await objects.remove(recordKey(place, stage));
}

export function encodeUpload({ key, id }: Upload): string {
  return JSON.stringify({ key, id });
}

export function decodeUpload(text: string | undefined): Upload | undefined {
  if (text === undefined) return undefined;
  try {
    const { key, id } = JSON.parse(text) as Partial<Record<string, unknown>>;
    return typeof key === 'string' && typeof id === 'string' ? { key, id } : undefined;
  } catch {
    return undefined;
  }
}
