// A job that goes on after its process was killed, while what that process has sent is still under way: published once.
import { expect, it } from 'vitest';
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { type MemoryBucket, memoryBucket } from './memory-objects.js';
import { type ObjectProcess, placeOn, processOn, type Ran, stageRun } from './objects-bench.js';

const path = 'memory://bucket/data/routes.txt';
const key = 'rows of the routes';
let jobs = 0;
const targetOf = ({ kind, mode }: Pick<StoreTarget, 'kind' | 'mode'>): StoreTarget => {
  jobs += 1;
  return { path, kind, mode, runId: `job-${jobs}`, output: 'routes', key };
};
const { signal } = new AbortController();
const long = 'longer than a part, so that it is an upload';

/** As a resumable job publishes it. */
function manifestOf({ manifest }: Ran): Manifest {
  const { runId, rows, bytes, files } = manifest;
  return { ...manifest, commits: [{ runId, key, rows, bytes, files: files.length }] };
}

/** A process that dies the moment that it has sent what would publish its output. Resolves with what lets that arrive. */
async function killedWhilePublishing(
  bucket: MemoryBucket,
  target: StoreTarget,
  machine: { readonly host?: string; readonly isDead?: boolean },
): Promise<() => Promise<void>> {
  let die = (): void => undefined;
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  let isDead = false;
  const store = processOn(bucket, {
    ...machine,
    faultOf(_, name, of) {
      if (isDead) return 'never';
      const isIt = name === 'completeUpload' ? of === 'data/routes.txt' : of.includes('/versions/');
      if (!isIt || (name !== 'put' && name !== 'completeUpload')) return undefined;
      isDead = true;
      setImmediate(die);
      return { late: 1_000 };
    },
  });
  const ran = await stageRun(store, target, { 'routes.txt': long });
  await Promise.race([store.commit({ ...ran.context, manifest: manifestOf(ran) }), death]);
  return async () => {
    const other = bucket.client();
    for (let call = 0; call < 1_000; call += 1) await other.head('x', signal);
  };
}

async function resumed(store: ObjectProcess, target: StoreTarget, arrives?: () => Promise<void>) {
  const ran = await stageRun(store, target, { 'again.txt': long });
  await arrives?.();
  await store.commit({ ...ran.context, manifest: manifestOf(ran) });
}

for (const kind of ['directory', 'file'] as const) {
  for (const mode of kind === 'file' ? (['error', 'overwrite'] as const) : (['error', 'append'] as const)) {
    it(`a ${kind} in mode ${mode} is published once when what was sent arrives after the job has asked`, async () => {
      for (const moment of ['before it begins', 'before it commits']) {
        const bucket = memoryBucket();
        const target = targetOf({ kind, mode });
        const arrives = await killedWhilePublishing(bucket, target, { host: 'elsewhere' });
        const store = processOn(bucket);
        expect(await store.published?.({ options: {}, target, signal })).toEqual([]);
        if (moment === 'before it begins') await arrives();
        await resumed(store, target, moment === 'before it commits' ? arrives : undefined);
        const place = placeOn(bucket, path, kind);
        const texts = await Promise.all((await place.files()).map((file) => place.read(file)));
        expect(texts.map((text) => Buffer.from(text).toString())).toEqual([long]);
        expect(await store.published?.({ options: {}, target, signal })).toMatchObject([
          { key, whole: true },
        ]);
        // The dead process was on another machine, of which nothing is known.
        await store.begin({
          options: {},
          target: { ...targetOf({ kind, mode: 'overwrite' }), takeOver: true },
          signal,
        });
        expect((await place.leftovers()).filter((left) => left.includes('/data/'))).toEqual([]);
      }
    });
  }
}

it('what a dead process of this machine has sent cannot arrive once its job has asked what is published', async () => {
  for (const kind of ['directory', 'file'] as const) {
    const bucket = memoryBucket();
    const target = targetOf({ kind, mode: 'error' });
    const arrives = await killedWhilePublishing(bucket, target, { isDead: true });
    const store = processOn(bucket);
    expect(await store.published?.({ options: {}, target, signal })).toEqual([]);
    await arrives();
    const place = placeOn(bucket, path, kind);
    expect(await place.files()).toEqual([]);
    await resumed(store, target);
    expect(await place.files()).toHaveLength(1);
    expect(await place.leftovers()).toEqual([]);
  }
});
