// Owns what a commit makes of the version that is there: by the mode of the output, the next manifest
// or the reason why there is none.
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { checkAppendable } from '../appendable.js';
import { appendedManifest } from '../manifest.js';
import { fingerprints, partitionsOf, staysBeside } from '../partitions.js';
import { failedFor, lostTo } from './object-error.js';
import { dataKey, type ObjectPlace } from './object-keys.js';
import type { Version } from './version.js';

export interface NextVersion {
  readonly place: ObjectPlace;
  readonly target: StoreTarget;
  readonly stage: string;
  readonly manifest: Manifest;
  /** The one that is there. */
  readonly newest: Version;
  /** The one that the run began on; undefined when it is there no more. */
  readonly base: Version | undefined;
}

/** Throws a ConflictError when another run has changed what this one depends on. */
export function nextVersion(next: NextVersion): Pick<Version, 'manifest' | 'objects'> {
  const { place, target, stage, manifest, newest, base } = next;
  const added = new Map(
    manifest.files.map(({ path }) => [path, dataKey(place, stage, path).slice(place.key.length + 1)]),
  );
  const previous = newest.manifest;
  const isMoved = base === undefined || isOther(base, newest);
  const isExtending = target.mode === 'append' || target.mode === 'overwritePartitions';
  if (!isExtending) {
    if (isMoved) {
      const what = previous !== undefined && base?.manifest === undefined ? 'created' : 'replaced';
      throw lostTo(`another run has ${what} it`, target);
    }
    return { manifest: withFollows(manifest, previous), objects: [...added.values()] };
  }
  if (previous === undefined) {
    if (base?.manifest !== undefined) throw lostTo('something else has removed it', target);
    replacedFiles(next);
    return { manifest, objects: [...added.values()] };
  }
  if (isMoved && target.mode === 'overwritePartitions' && !areUntouched(manifest, base, newest)) {
    throw lostTo('another run has changed partitions that it writes', target);
  }
  checkAppendable(previous, manifest, target.path);
  const gone = replacedFiles(next);
  const replaced = target.mode === 'overwritePartitions' ? partitionsOf(manifest) : new Set<string>();
  const where = new Map(previous.files.map(({ path }, at) => [path, newest.objects[at] ?? '']));
  const present = new Set(
    previous.files.map(({ path }) => path).filter((path) => staysBeside(replaced, path) && !gone.has(path)),
  );
  const twice = manifest.files.find(({ path }) => present.has(path));
  if (twice !== undefined) {
    throw failedFor(`${twice.path} is there already, and a new file has the same name`, target, 'append');
  }
  const merged = appendedManifest(previous, present, manifest);
  const objects = merged.files.map(({ path }) => added.get(path) ?? where.get(path) ?? '');
  return { manifest: withFollows(merged, previous), objects };
}

/** A fence repeats what was there. */
function isOther(base: Version, newest: Version): boolean {
  const [before, now] = [base.manifest, newest.manifest];
  if (before === undefined || now === undefined) return before !== now;
  return base.runId !== newest.runId || base.objects.join('\n') !== newest.objects.join('\n');
}

function withFollows(manifest: Manifest, previous: Manifest | undefined): Manifest {
  return previous === undefined ? manifest : { ...manifest, follows: previous.runId };
}

/** True when the partitions of a manifest hold what they held when its run began. */
function areUntouched(manifest: Manifest, base: Version | undefined, newest: Version): boolean {
  if (base === undefined || newest.manifest === undefined) return false;
  const before = base.manifest === undefined ? new Map<string, string>() : fingerprints(base.manifest);
  const now = fingerprints(newest.manifest);
  return [...partitionsOf(manifest)].every((partition) => before.get(partition) === now.get(partition));
}

/** The paths of the files that are taken away. Throws a ConflictError when one of them is not what it was. */
function replacedFiles({ target, newest }: NextVersion): ReadonlySet<string> {
  const present = new Map((newest.manifest?.files ?? []).map((file) => [file.path, file.checksum]));
  for (const file of target.replaces ?? []) {
    if (present.get(file.path) === file.checksum) continue;
    throw lostTo(`another run has replaced or removed ${file.path}`, target);
  }
  return new Set((target.replaces ?? []).map(({ path }) => path));
}
