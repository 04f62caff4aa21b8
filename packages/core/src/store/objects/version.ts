// Owns the versions of a dataset in an object store: numbered objects, each written once on the condition
// that its number is free. They are never removed, so that a number once taken stays taken: a writer that
// slept cannot publish into the past.
import type { Manifest } from '../../sink/store.js';
import { decodeManifest, encodeManifest } from '../manifest.js';
import { recordIn } from '../plain-object.js';
import { failedFor } from './object-error.js';
import { type ObjectPlace, versionKey, versionNumber, versionsPrefix } from './object-keys.js';
import type { Decided, Objects } from './objects.js';

export interface Version {
  readonly number: number;
  /** The stage that it was published from; for a repeated one, a name of its own. */
  readonly stage: string;
  readonly runId: string;
  readonly publishedAtMs: number;
  /** The lowest number of a version that still has its files. */
  readonly oldest: number;
  /** Undefined: there is nothing at the target; or its files are gone, since it was replaced long ago. */
  readonly manifest: Manifest | undefined;
  /** Key of each file of the manifest, relative to the target, in the same order. */
  readonly objects: readonly string[];
}

/** JSON that people and `jq` read: the manifest as it is beside local files, and where each of its files lies. */
export function encodeVersion(version: Version): string {
  const { manifest, objects, ...head } = version;
  const text = manifest === undefined ? undefined : encodeManifest(manifest);
  // What encodeManifest has made is an object, with a list of objects.
  const plain = text === undefined ? null : (JSON.parse(text) as { files: object[] });
  const files = plain?.files.map((file, at) => ({ ...file, object: objects[at] }));
  return `${JSON.stringify({ tailrace: 1, ...head, manifest: plain && { ...plain, files } }, null, 2)}\n`;
}

/** Undefined for what is torn, or none of ours. */
function decodeVersion(text: string): Version | undefined {
  const { tailrace, number, stage, runId, publishedAtMs, oldest, manifest } = recordIn(text) ?? {};
  if (tailrace !== 1 || typeof number !== 'number' || typeof publishedAtMs !== 'number') return undefined;
  if (typeof stage !== 'string' || typeof runId !== 'string' || typeof oldest !== 'number') return undefined;
  const head = { number, stage, runId, publishedAtMs, oldest };
  if (manifest === null) return { ...head, manifest: undefined, objects: [] };
  const decoded = decodeManifest(JSON.stringify(manifest));
  if (decoded === undefined) return undefined;
  // decodeManifest has seen that the files are a list of objects.
  const { files } = manifest as { readonly files: readonly { readonly object?: unknown }[] };
  const objects = files.map(({ object }) => object);
  return objects.every((object) => typeof object === 'string')
    ? { ...head, manifest: decoded, objects }
    : undefined;
}

/** What is there before the first version. */
export const nothing: Version = {
  number: 0,
  stage: '',
  runId: '',
  publishedAtMs: 0,
  oldest: 1,
  manifest: undefined,
  objects: [],
};

/** A version by its number; undefined when the number is free. */
export async function readVersion(
  objects: Objects,
  place: ObjectPlace,
  number: number,
): Promise<Version | undefined> {
  const text = await objects.text(versionKey(place, number));
  if (text === undefined) return undefined;
  const version = decodeVersion(text);
  if (version !== undefined) return version;
  const problem = `its version ${number} is none that this version of the library reads`;
  throw failedFor(problem, objects.about, 'read version');
}

export async function newestVersion(objects: Objects, place: ObjectPlace): Promise<Version> {
  let seen: Version = nothing;
  for (;;) {
    const [first] = await objects.list(versionsPrefix(place), 1);
    const number = first === undefined ? 0 : versionNumber(first.key);
    if (number === seen.number) return seen;
    const version = number === undefined ? undefined : await readVersion(objects, place, number);
    if (version === undefined) {
      const problem = `there is something else among its versions: ${first?.key}`;
      throw failedFor(problem, objects.about, 'read version');
    }
    if (version.manifest !== undefined) return version;
    // Either there is nothing, or it was replaced, and emptied, between the list and the read.
    seen = version;
  }
}

/** Whose version is looked for: that of a stage, or what a process before this one has published of the same run. */
export interface Publisher {
  readonly stage: string | undefined;
  readonly runId: string;
  /** Of the output, in a job that can be resumed. */
  readonly key?: string | undefined;
}

/** The version that a publisher has published, from `after` on, if it has. */
export async function publishedBy(
  objects: Objects,
  place: ObjectPlace,
  publisher: Publisher,
  range: { readonly after: number; readonly newest: Version },
): Promise<Version | undefined> {
  const isIts = ({ stage, manifest }: Version): boolean =>
    stage === publisher.stage || namesCommit(manifest, publisher);
  if (isIts(range.newest)) return range.newest;
  for (let number = range.newest.number - 1; number > range.after; number -= 1) {
    const version = await readVersion(objects, place, number);
    if (version !== undefined && isIts(version)) return version;
  }
  return undefined;
}

/** Whether a manifest says that a run has published an output into it. */
export function namesCommit(
  manifest: Manifest | undefined,
  { runId, key }: Pick<Publisher, 'runId' | 'key'>,
): boolean {
  if (key === undefined) return false;
  return manifest?.commits?.some((commit) => commit.runId === runId && commit.key === key) ?? false;
}

/** Keys of all files that versions from the oldest one that is kept to the newest one name. */
export async function namedObjects(
  objects: Objects,
  place: ObjectPlace,
  newest: Version,
): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  for (let number = newest.oldest; number <= newest.number; number += 1) {
    const version = number === newest.number ? newest : await readVersion(objects, place, number);
    for (const object of version?.objects ?? []) named.add(`${place.key}/${object}`);
  }
  return named;
}

export function publishVersion(objects: Objects, place: ObjectPlace, version: Version): Promise<Decided> {
  const body = new TextEncoder().encode(encodeVersion(version));
  return objects.decide({ key: versionKey(place, version.number), body, condition: { kind: 'absent' } });
}
