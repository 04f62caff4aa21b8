// Several runs on one dataset, some of which slept: none publishes into the past, none takes away what another has published.
import { expect, it } from 'vitest';
import type { StoreTarget } from '../../sink/store.js';
import { memoryBucket } from './memory-objects.js';
import { hurriedClock, placeOn, processOn, stageRun } from './objects-bench.js';

const path = 'memory://bucket/data/routes';
let runs = 0;
const target = (options: Partial<StoreTarget> = {}): StoreTarget => {
  runs += 1;
  return { path, kind: 'directory', mode: 'overwrite', runId: `run-${runs}`, output: 'routes', ...options };
};

it('a run that slept while others published is told of the conflict, also when their old versions are gone', async () => {
  const bucket = memoryBucket();
  const place = placeOn(bucket, path, 'directory');
  const sleeper = processOn(bucket);
  const asleep = await stageRun(sleeper, target(), { 'a.txt': 'slept' });
  for (const text of ['one', 'two', 'three', 'four']) {
    const store = processOn(bucket);
    const run = await stageRun(store, target({ keepGenerations: 1, keepGenerationsMs: 0 }), {
      'a.txt': text,
    });
    await store.commit({ ...run.context, manifest: run.manifest });
  }
  const error = await sleeper
    .commit({ ...asleep.context, manifest: asleep.manifest })
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'CONFLICT' });
  await sleeper.abort(asleep.context);
  expect(Buffer.from(await place.read('a.txt')).toString()).toBe('four');
  expect(await place.leftovers()).toEqual([]);
});

it('a run that was taken for dead does not publish', async () => {
  for (const mode of ['append', 'overwrite'] as const) {
    const bucket = memoryBucket();
    const sleeper = processOn(bucket, { isDead: true });
    const asleep = await stageRun(sleeper, target({ mode }), { 'a.txt': 'slept' });
    const heir = processOn(bucket);
    const run = await stageRun(heir, target({ mode: 'append' }), { 'b.txt': 'heir' });
    await expect(sleeper.commit({ ...asleep.context, manifest: asleep.manifest })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await heir.commit({ ...run.context, manifest: run.manifest });
    await sleeper.abort(asleep.context);
    const place = placeOn(bucket, path, 'directory');
    expect(await place.files()).toEqual(['b.txt']);
    expect(await place.leftovers()).toEqual([]);
  }
});

it('a run on another machine is left alone, and told of, unless it is said to be dead', async () => {
  const bucket = memoryBucket();
  const elsewhere = processOn(bucket, { host: 'elsewhere' });
  const theirs = await stageRun(elsewhere, target({ mode: 'append' }), { 'a.txt': 'theirs' });
  const here = processOn(bucket);
  const begun = await here.begin({ options: {}, target: target(), signal: new AbortController().signal });
  expect(begun).toMatchObject({ notes: [expect.stringContaining('elsewhere')] });
  await elsewhere.commit({ ...theirs.context, manifest: theirs.manifest });
  expect(await placeOn(bucket, path, 'directory').files()).toEqual(['a.txt']);

  const again = await stageRun(elsewhere, target({ mode: 'append' }), { 'b.txt': 'theirs' });
  await here.begin({ options: {}, target: target({ takeOver: true }), signal: new AbortController().signal });
  await expect(elsewhere.commit({ ...again.context, manifest: again.manifest })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});

it('versions keep their files as long as was asked for, and their numbers for ever', async () => {
  const bucket = memoryBucket();
  const clock = hurriedClock();
  const store = processOn(bucket, { clock });
  const dataOf = (): string[] =>
    [...bucket.stored.entries()]
      .filter(([key]) => key.includes('/data/'))
      .map(([, { body }]) => Buffer.from(body).toString())
      .sort();
  const publish = async (text: string): Promise<void> => {
    const run = await stageRun(store, target({ keepGenerations: 2, keepGenerationsMs: 1_000 }), {
      'a.txt': text,
    });
    await store.commit({ ...run.context, manifest: run.manifest });
  };
  await publish('1');
  await publish('2');
  await publish('3');
  // The first was replaced a moment ago.
  expect(dataOf()).toEqual(['1', '2', '3']);
  clock.setTimeout(() => undefined, 2_000);
  await publish('4');
  expect(dataOf()).toEqual(['3', '4']);
  const numbers = [...bucket.stored.keys()].filter((key) => key.includes('/versions/'));
  expect(numbers).toHaveLength(4);
});

it('appends at once all win, and partitions that two runs write go to one of them', async () => {
  const bucket = memoryBucket();
  const place = placeOn(bucket, path, 'directory');
  const stores = Array.from({ length: 6 }, () => processOn(bucket));
  await Promise.all(
    stores.map(async (store, at) => {
      const run = await stageRun(store, target({ mode: 'append' }), { [`p=${at}/a.txt`]: String(at) });
      await store.commit({ ...run.context, manifest: run.manifest });
    }),
  );
  expect(await place.files()).toHaveLength(6);

  const [one, two, three] = stores;
  if (one === undefined || two === undefined || three === undefined) throw new Error('three stores');
  const mode = { mode: 'overwritePartitions' } as const;
  const first = await stageRun(one, target(mode), { 'p=0/b.txt': 'first' });
  const second = await stageRun(two, target(mode), { 'p=0/c.txt': 'second' });
  const beside = await stageRun(three, target(mode), { 'p=1/d.txt': 'beside' });
  await one.commit({ ...first.context, manifest: first.manifest });
  await three.commit({ ...beside.context, manifest: beside.manifest });
  await expect(two.commit({ ...second.context, manifest: second.manifest })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await two.abort(second.context);
  expect(await place.files()).toEqual([
    'p=0/b.txt',
    'p=1/d.txt',
    'p=2/a.txt',
    'p=3/a.txt',
    'p=4/a.txt',
    'p=5/a.txt',
  ]);
  expect(await place.leftovers()).toEqual([]);
});

it('a store that ignores conditions is refused by name when an output begins', async () => {
  for (const kind of ['directory', 'file'] as const) {
    const bucket = memoryBucket();
    const careless = processOn(bucket, { isTrusted: false, isCareless: true });
    const context = { options: {}, target: target({ kind }), signal: new AbortController().signal };
    await expect(careless.begin(context)).rejects.toThrow('the store ignores If-None-Match');
    expect([...bucket.stored.keys()]).toEqual([]);
  }
});
