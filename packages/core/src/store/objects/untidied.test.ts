// What could not be tidied after a commit is taken up by the next output of the same process on that path.
import { expect, it } from 'vitest';
import type { StoreTarget } from '../../sink/store.js';
import { memoryBucket } from './memory-objects.js';
import type { ObjectClient } from './object-client.js';
import { type ObjectProcess, placeOn, processOn, stageRun } from './objects-bench.js';

let runs = 0;

async function publish(store: ObjectProcess, target: Pick<StoreTarget, 'path' | 'kind'>, text: string) {
  runs += 1;
  const whole = { ...target, mode: 'overwrite', runId: `run-${runs}`, output: 'routes' } as const;
  const { context, manifest } = await stageRun(store, whole, { 'routes.txt': text });
  await store.commit({ ...context, manifest });
}

/** A store that removes nothing as long as that is so. */
const refusing =
  (isSo: () => boolean) =>
  (inner: ObjectClient): ObjectClient => ({
    ...inner,
    remove: (key, signal) =>
      isSo()
        ? Promise.resolve({ kind: 'refused', cause: new Error('AccessDenied') })
        : inner.remove(key, signal),
  });

for (const kind of ['directory', 'file'] as const) {
  it(`a tidying that the store refuses fails no output, and is made again by the next one (${kind})`, async () => {
    const bucket = memoryBucket();
    let isRefusing = true;
    const store = processOn(bucket, { around: refusing(() => isRefusing) });
    const target = { path: 'memory://bucket/routes.txt', kind };
    const place = placeOn(bucket, target.path, kind);
    await publish(store, target, 'one, in several parts');
    // Still refused: that is no reason to refuse the next output either.
    await publish(store, target, 'two, in several parts');
    const stages = (): number => [...bucket.stored.keys()].filter((key) => key.includes('/stages/')).length;
    expect(stages()).toBe(2);
    isRefusing = false;
    await publish(store, target, 'three, in several parts');
    expect(await place.leftovers()).toEqual([]);
    const [file = 'none'] = await place.files();
    expect(Buffer.from(await place.read(file)).toString()).toBe('three, in several parts');
  });
}

it('files of a version that is kept for its readers are none of what is left', async () => {
  const bucket = memoryBucket();
  let isRefusing = true;
  const store = processOn(bucket, { around: refusing(() => isRefusing) });
  const path = 'memory://bucket/data/routes';
  const key = 'rows of the routes';
  const commits = [{ runId: 'first', key, rows: 2, bytes: 2, files: 2 }];
  const targetOf = (mode: StoreTarget['mode'], runId: string) =>
    ({ path, kind: 'directory', mode, runId, output: 'routes', key }) as const;
  const first = await stageRun(store, targetOf('overwrite', 'first'), {
    'p=1/a.txt': 'one, in several parts',
    'p=2/b.txt': 'two, in several parts',
  });
  await store.commit({ ...first.context, manifest: { ...first.manifest, partitionBy: ['p'], commits } });
  const { signal } = new AbortController();
  const opened = await processOn(bucket).open?.({ options: {}, target: targetOf('error', 'reader'), signal });
  // It goes on from the first one, so that its version is one of the first run, too.
  const other = processOn(bucket);
  const second = await stageRun(other, targetOf('overwritePartitions', 'second'), { 'p=1/c.txt': 'three' });
  await other.commit({ ...second.context, manifest: { ...second.manifest, partitionBy: ['p'], commits } });
  isRefusing = false;
  await stageRun(store, targetOf('overwritePartitions', 'third'), {});
  expect([...bucket.stored.keys()].filter((name) => name.includes('/stages/first'))).toEqual([]);
  const read = await opened?.read('p=1/a.txt', { start: 0, bytes: 3 });
  expect(Buffer.from(read ?? []).toString()).toBe('one');
});

it('it is taken up at its own path alone', async () => {
  const bucket = memoryBucket();
  const removed: string[] = [];
  let isRefusing = true;
  const store = processOn(bucket, {
    around: (inner) => ({
      ...inner,
      remove(key, signal) {
        if (isRefusing) return Promise.resolve({ kind: 'refused', cause: new Error('AccessDenied') });
        removed.push(key);
        return inner.remove(key, signal);
      },
    }),
  });
  await publish(store, { path: 'memory://bucket/a.txt', kind: 'file' }, 'one');
  isRefusing = false;
  await publish(store, { path: 'memory://bucket/b.txt', kind: 'file' }, 'two');
  expect(removed.filter((key) => key.includes('a.txt'))).toEqual([]);
  expect(removed.length).toBeGreaterThan(0);
});
