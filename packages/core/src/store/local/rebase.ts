// Owns what a commit does when the target is not the version any more that its run began with: go on from the new one where
// nothing of it can be lost, else give up with a conflict.
import { ConflictError } from '../../errors/named-errors.js';
import type { Manifest } from '../../sink/store.js';
import { partitionsOf } from '../partitions.js';
import type { Committing } from './commit.js';
import { attemptStep } from './store-error.js';
import { factsAt } from './tree.js';
import { isSameVersion, type Version, versionAt } from './version.js';

/** Times that one commit goes on from a newer version before it gives up: others are faster every time. */
const maxRebases = 20;

/**
 * The version to go on from. Mode append adds to whatever is there; `overwritePartitions` goes on when nobody else has
 * changed its partitions. Throws ConflictError for every other change.
 */
export async function rebased(committing: Committing, round: number): Promise<Version> {
  const { fs, held, target } = committing;
  const { place, base } = held;
  const step = { step: 'look at', path: place.path, output: target.output };
  const now = await attemptStep(step, () => versionAt(fs, place, target));
  if (round > maxRebases) throw conflict(committing, `${place.path} was changed again and again`);
  // Changed and changed back, by a run that could not publish after all.
  if (isSameVersion(base, now)) return now;
  if (now.path === undefined) throw conflict(committing, `something else has removed ${place.path}`);
  const isExtending = target.mode === 'append' || target.mode === 'overwritePartitions';
  if (isExtending) {
    const facts = await attemptStep(step, () => factsAt(fs, now.path ?? place.path));
    const isUntouched = target.mode === 'append' || arePartitionsUntouched(committing.manifest, base, now);
    if (facts?.kind === 'directory' && isUntouched) return now;
  }
  const what = base.path === undefined ? 'something else has created' : 'another run has replaced';
  throw conflict(committing, `${what} ${place.path}`);
}

/** True when the partitions of a manifest hold what they held when its run began. */
export function arePartitionsUntouched(
  manifest: Manifest,
  base: Pick<Version, 'path' | 'partitions'>,
  now: Version,
): boolean {
  // Without a manifest nothing tells what was in the partitions; of a path where nothing was, everything is known.
  const before = base.path === undefined ? new Map<string, string>() : base.partitions;
  if (before === undefined || now.partitions === undefined) return false;
  for (const partition of partitionsOf(manifest)) {
    if (before.get(partition) !== now.partitions.get(partition)) return false;
  }
  return true;
}

function conflict({ held, target }: Committing, change: string): ConflictError {
  const message =
    `Output "${target.output}" was not published: ${change} since this run began. ` +
    `What is there was left as it is. See that no two runs write to one path, and run again` +
    `${target.mode === 'error' ? ', after removing it or with mode overwrite' : ''}.`;
  const context = { path: held.place.path, output: target.output };
  return new ConflictError(message, { operation: 'commit output', context });
}
