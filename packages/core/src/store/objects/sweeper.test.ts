import { expect, it } from 'vitest';
import { createLanes } from './lanes.js';
import { memoryBucket } from './memory-objects.js';
import type { ObjectClient } from './object-client.js';
import { hurriedClock, sweepOn } from './objects-bench.js';
import { createPace } from './pace.js';
import { sweepStore } from './sweep-store.js';

const { signal } = new AbortController();

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
  const pace = createPace({ clock: hurriedClock(), random: () => 0.5 });
  const connection = { client: () => client, pace, partBytes: 8, lanes: createLanes(1), isTrusted: true };
  const path = 'memory://bucket/routes';
  expect(await sweepStore(connection, path, { olderThanMs: 1_000 })).toEqual([]);
  timeMs += 1_000;
  expect(await sweepStore(connection, path, { olderThanMs: 1_000 })).toEqual([
    { what: 'object', key, ageMs: 1_000 },
  ]);
  expect([...bucket.stored.keys()].filter((left) => !left.includes('/versions/'))).toEqual([]);
});
