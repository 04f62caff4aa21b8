// Owns what a job is told of a target before it goes on: which commits are published there, each once.
import type { Publication } from '../../sink/sink.js';
import type { ObjectPlace } from './object-keys.js';
import type { Objects } from './objects.js';
import { manifestOfFile, stageThere } from './single-file.js';
import { newestVersion, readVersion } from './version.js';

interface Looking {
  /** Calls that are not cut off with the run: a job decides by what it is told. */
  readonly uncancelled: Objects;
  readonly place: ObjectPlace;
}

export async function publishedFile({ uncancelled, place }: Looking): Promise<readonly Publication[]> {
  const there = await stageThere(uncancelled, place);
  if (there?.stage === undefined) return [];
  const manifest = await manifestOfFile(uncancelled, place, there.stage);
  const whole = manifest?.files[0]?.bytes === there.bytes;
  return (manifest?.commits ?? []).map((commit) => ({ ...commit, whole }));
}

export async function publishedDataset({ uncancelled, place }: Looking): Promise<readonly Publication[]> {
  const newest = await newestVersion(uncancelled, place);
  const found = new Map<string, Publication>();
  for (let number = newest.oldest; number <= newest.number; number += 1) {
    const version = number === newest.number ? newest : await readVersion(uncancelled, place, number);
    // Its objects are removed only after it is emptied of them, and never changed.
    for (const commit of version?.manifest?.commits ?? [])
      found.set(commit.runId, { ...commit, whole: true });
  }
  return [...found.values()];
}
