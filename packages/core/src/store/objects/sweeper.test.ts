import { expect, it } from 'vitest';
import { memoryBucket } from './memory-objects.js';
import type { ObjectClient } from './object-client.js';
import { sweepOn } from './objects-bench.js';

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
