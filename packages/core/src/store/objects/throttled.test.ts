// A store that takes no writes on a condition for a while, and answers everything else: as one does that splits a prefix.
import { expect, it } from 'vitest';
import type { Clock } from '../../time/clock.js';
import { memoryBucket } from './memory-objects.js';
import type { Answer, ObjectClient } from './object-client.js';
import { hurriedClock, placeOn, processOn, stageRun } from './objects-bench.js';

const slowDown: Answer<never> = {
  kind: 'throttled',
  cause: new Error('SlowDown (503): less'),
  isCertain: false,
};
const content = { 'a.txt': 'short', 'b.txt': 'longer than a part' };

/** @param isRefused which conditional writes, by their key */
function slow(clock: Clock, forMs: number, isRefused: (key: string) => boolean) {
  let refusedFrom: number | undefined;
  const answered = async <T>(key: string, make: () => Promise<Answer<T>>): Promise<Answer<T>> => {
    if (!isRefused(key)) return make();
    refusedFrom ??= clock.now();
    return clock.now() - refusedFrom < forMs ? slowDown : make();
  };
  return (client: ObjectClient): ObjectClient => ({
    ...client,
    put: (put, signal) =>
      put.condition === undefined
        ? client.put(put, signal)
        : answered(put.key, () => client.put(put, signal)),
    completeUpload: (completing, signal) =>
      answered(completing.upload.key, () => client.completeUpload(completing, signal)),
  });
}

const scenes = [
  { what: 'the files of a dataset', kind: 'directory', isRefused: (key: string) => key.endsWith('.txt') },
  { what: 'versions', kind: 'directory', isRefused: (key: string) => key.includes('/versions/') },
  { what: 'a single file', kind: 'file', isRefused: (key: string) => key === 'daily.txt' },
] as const;

async function write({ kind, isRefused }: (typeof scenes)[number], forMs: number) {
  const bucket = memoryBucket();
  const clock = hurriedClock();
  const store = processOn(bucket, { clock, around: slow(clock, forMs, isRefused) });
  const path = 'memory://bucket/daily.txt';
  const target = { path, kind, mode: 'error', runId: 'run-1', output: 'daily' } as const;
  const files = kind === 'file' ? { 'daily.txt': content['b.txt'] } : content;
  const { context, manifest } = await stageRun(store, target, files);
  await store.commit({ ...context, manifest });
  return {
    place: placeOn(bucket, path, kind),
    names: kind === 'file' ? ['.'] : Object.keys(files),
    waitedMs: clock.now(),
  };
}

for (const scene of scenes) {
  it(`SlowDown to the writing of ${scene.what} for half a minute is ridden out`, async () => {
    const { place, names, waitedMs } = await write(scene, 30_000);
    expect(await place.files()).toEqual(names);
    expect(waitedMs).toBeGreaterThan(30_000);
  });

  it(`SlowDown to the writing of ${scene.what} that does not end fails for now, and is told as what it is`, async () => {
    const error: unknown = await write(scene, Number.POSITIVE_INFINITY).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_FAILED', status: 'temporary' });
    expect(String(error)).toContain('SlowDown (503)');
    expect(String(error)).not.toContain('gone');
  });
}
