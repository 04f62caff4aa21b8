import { expect, it } from 'vitest';
import { createLanes } from './lanes.js';
import { memoryBucket } from './memory-objects.js';
import type { ObjectClient } from './object-client.js';
import { hurriedClock, processOn, stageRun, sweepOn } from './objects-bench.js';
import { createPace } from './pace.js';
import { sweepStore } from './sweep-store.js';

const { signal } = new AbortController();
const pace = createPace({ clock: hurriedClock(), random: () => 0.5 });
const connectionOf = (client: ObjectClient) => ({
  client: () => client,
  pace,
  partBytes: 8,
  lanes: createLanes(1),
  isTrusted: true,
});

it('an upload of which the store does not tell when it was begun is left, unless the age does not matter', async () => {
  const bucket = memoryBucket();
  const target = { path: 'memory://bucket/routes', kind: 'directory' } as const;
  const client = bucket.client();
  await client.beginUpload('routes/_tailrace/data/gone-1/a.txt', {}, signal);
  const around = (inner: ObjectClient): ObjectClient => ({
    ...inner,
    async listUploads(prefix, life) {
      const answer = await inner.listUploads(prefix, life);
      if (answer.kind !== 'done') return answer;
      return { kind: 'done', value: answer.value.map((upload) => ({ ...upload, begunAtMs: undefined })) };
    },
  });
  expect(await sweepOn(bucket, target, { around, olderThanMs: 1_000 })).toEqual([]);
  expect(bucket.uploads.size).toBe(1);
  expect(await sweepOn(bucket, target, { around, olderThanMs: 0 })).toMatchObject([{ what: 'upload' }]);
  expect(bucket.uploads.size).toBe(0);
});

it('what people sweep by its age is as old as the store says, whatever the clock of their machine', async () => {
  let timeMs = 1_000_000_000_000;
  const bucket = memoryBucket(undefined, () => timeMs);
  const client = bucket.client();
  const key = 'routes/_tailrace/data/gone-1/a.txt';
  await client.put({ key, body: new Uint8Array(1) }, signal);
  const connection = connectionOf(client);
  const path = 'memory://bucket/routes';
  expect(await sweepStore(connection, path, { olderThanMs: 1_000 })).toEqual([]);
  timeMs += 1_000;
  expect(await sweepStore(connection, path, { olderThanMs: 1_000 })).toEqual([
    { what: 'object', key, ageMs: 1_000 },
  ]);
  expect([...bucket.stored.keys()].filter((left) => !left.includes('/versions/'))).toEqual([]);
});

it('an upload of others to the key of a single file is told of and left; ours without an answer is ended', async () => {
  const bucket = memoryBucket();
  const client = bucket.client();
  const begin = async (key: string) => {
    const begun = await client.beginUpload(key, {}, signal);
    if (begun.kind !== 'done') throw new Error(begun.kind);
    return begun.value;
  };
  const foreign = await begin('d/daily.csv');
  await client.putPart(foreign, 1, new Uint8Array(5), signal);
  // Of ours the answer was lost: no run knows its name, and none has sent a part.
  await begin('d/daily.csv');
  const target = { path: 'memory://bucket/d/daily.csv', kind: 'file' } as const;
  const told = [
    { what: 'upload', key: 'd/daily.csv', isForeign: true },
    { what: 'upload', key: 'd/daily.csv' },
  ];
  expect(await sweepOn(bucket, target, { dryRun: true })).toMatchObject(told);
  expect(bucket.uploads.size).toBe(2);
  expect(await sweepOn(bucket, target)).toMatchObject(told);
  expect([...bucket.uploads.keys()]).toEqual([foreign.id]);
});

it('an upload that a living run has noted is left to it, and not told of', async () => {
  const bucket = memoryBucket();
  const path = 'memory://bucket/d/daily.csv';
  const target = { path, kind: 'file', mode: 'overwrite', runId: 'run', output: 'daily' } as const;
  const store = processOn(bucket);
  const { context, manifest } = await stageRun(store, target, { 'daily.csv': 'some rows, in several parts' });
  expect(bucket.uploads.size).toBe(1);
  expect(await sweepOn(bucket, target)).toEqual([]);
  expect(bucket.uploads.size).toBe(1);
  await store.commit({ ...context, manifest });
  expect(Buffer.from(bucket.stored.get('d/daily.csv')?.body ?? []).toString()).toBe(
    'some rows, in several parts',
  );
});

it('options out of range or of an unknown name are refused before anything is asked', async () => {
  const bucket = memoryBucket();
  let calls = 0;
  const client = bucket.client(() => {
    calls += 1;
    return undefined;
  });
  const path = 'memory://bucket/routes';
  for (const [options, problem] of [
    [{ olderThanMs: -1 }, 'olderThanMs must be a whole number from 0 on, not -1'],
    [{ olderThanMs: Number.NaN }, 'olderThanMs must be a whole number from 0 on, not NaN'],
    [{ olderThanMs: '7d' }, 'olderThanMs must be a whole number from 0 on, not "7d"'],
    [{ dryRun: 'yes' }, 'dryRun must be true or false'],
    [{ dryrun: true }, 'knows no option dryrun; it takes olderThanMs, dryRun, single, signal'],
  ] as const) {
    // As JavaScript gives them.
    await expect(sweepStore(connectionOf(client), path, options as object)).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining(problem),
    });
  }
  expect(calls).toBe(0);
});
