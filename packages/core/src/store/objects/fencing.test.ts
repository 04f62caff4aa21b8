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
  const clock = hurriedClock();
  const bucket = memoryBucket(undefined, clock.wallTime);
  // The clock of the writer is another one.
  const store = processOn(bucket);
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

it('a writer whose clock is ahead retires nothing before its time, and one whose clock is behind does in time', async () => {
  for (const skewMs of [86_400_000, -86_400_000]) {
    const ofStore = hurriedClock();
    const bucket = memoryBucket(undefined, ofStore.wallTime);
    const publish = async (text: string, clockSkewMs: number): Promise<void> => {
      const clock = { ...hurriedClock(), wallTime: () => 1_700_000_000_000 + clockSkewMs };
      const store = processOn(bucket, { clock });
      const kept = { keepGenerations: 1, keepGenerationsMs: 1_000 } as const;
      const run = await stageRun(store, target(kept), { 'a.txt': text });
      await store.commit({ ...run.context, manifest: run.manifest });
    };
    const count = (): number => [...bucket.stored.keys()].filter((key) => key.includes('/data/')).length;
    await publish('1', 0);
    await publish('2', 0);
    await publish('3', skewMs);
    expect(count()).toBe(3);
    ofStore.setTimeout(() => undefined, 2_000);
    await publish('4', skewMs);
    // What was replaced just now stays.
    expect(count()).toBe(2);
  }
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

it('a fence that has no answer is given up for now, after a few that are apart, and at once when its run is cancelled', async () => {
  for (const isCancelled of [false, true]) {
    const bucket = memoryBucket();
    const dead = processOn(bucket, { isDead: true });
    await stageRun(dead, target({ mode: 'append' }), { 'a.txt': 'dead' });
    const life = new AbortController();
    const clock = hurriedClock();
    let sent = 0;
    const store = processOn(bucket, {
      clock,
      faultOf(_, name, key) {
        if (name !== 'put' || !key.includes('/versions/')) return undefined;
        sent += 1;
        // So that a fence without an end is seen, and not waited for.
        if (sent > 50 || (isCancelled && sent === 2)) life.abort(new Error('cancelled'));
        return sent > 100 ? undefined : 'before';
      },
    });
    const begun = store.begin({ options: {}, target: target({ mode: 'append' }), signal: life.signal });
    const error = await begun.catch((thrown: unknown) => thrown);
    if (isCancelled) expect(error).toMatchObject({ message: 'cancelled' });
    else expect(error).toMatchObject({ code: 'STORE_FAILED', status: 'temporary' });
    expect(sent).toBeLessThanOrEqual(isCancelled ? 2 : 8);
    expect(clock.now()).toBeGreaterThan(0);
  }
});

it('of forty appends at once none gives up', async () => {
  const bucket = memoryBucket();
  const place = placeOn(bucket, path, 'directory');
  await Promise.all(
    Array.from({ length: 40 }, async (_, at) => {
      const store = processOn(bucket);
      const run = await stageRun(store, target({ mode: 'append' }), { [`${at}.txt`]: String(at) });
      await store.commit({ ...run.context, manifest: run.manifest });
    }),
  );
  expect(await place.files()).toHaveLength(40);
  expect(await place.leftovers()).toEqual([]);
});

it('a commit that needs several rounds looks at no version twice but the newest', async () => {
  const bucket = memoryBucket();
  let reads = 0;
  let sent = 0;
  const slow = processOn(bucket, {
    faultOf(_, name, key) {
      if (!key.includes('/versions/')) return undefined;
      if (name === 'get') reads += 1;
      if (name !== 'put') return undefined;
      sent += 1;
      return sent < 5 ? 'before' : undefined;
    },
  });
  const grown = { mode: 'append', keepGenerations: 1_000 } as const;
  const run = await stageRun(slow, target(grown), { 'a.txt': 'a' });
  for (let at = 0; at < 30; at += 1) {
    const store = processOn(bucket);
    const beside = await stageRun(store, target(grown), { [`${at}.txt`]: String(at) });
    await store.commit({ ...beside.context, manifest: beside.manifest });
  }
  reads = 0;
  await slow.commit({ ...run.context, manifest: run.manifest });
  expect(sent).toBe(5);
  // All once, the newest in each of five rounds, and what tidying reads.
  expect(reads).toBeLessThanOrEqual(30 + 5 + 3);
});

it('a commit of which nothing is answered fails for now', async () => {
  const bucket = memoryBucket();
  const store = processOn(bucket, {
    faultOf: (_, name, key) => (name === 'put' && key.includes('/versions/') ? 'before' : undefined),
  });
  const run = await stageRun(store, target(), { 'a.txt': 'a' });
  await expect(store.commit({ ...run.context, manifest: run.manifest })).rejects.toMatchObject({
    code: 'STORE_FAILED',
    status: 'temporary',
  });
});
