// Files of a store as sources know them: any object, by its URL, and lists of them.
import { expect, it } from 'vitest';
import type { StoreFiles } from '../../sink/store.js';
import { type MemoryBucket, memoryBucket } from './memory-objects.js';
import { processOn } from './objects-bench.js';

const { signal } = new AbortController();

function filesOn(bucket: MemoryBucket): StoreFiles<unknown> {
  const { files } = processOn(bucket);
  if (files === undefined) throw new Error('it has files');
  return files;
}

const put = (bucket: MemoryBucket, key: string, text: string) =>
  bucket.client().put({ key, body: new TextEncoder().encode(text) }, signal);

it('any object is a file that is read in ranges, whatever has written it', async () => {
  const bucket = memoryBucket();
  await put(bucket, 'a b/100%.csv', 'what is there');
  const file = await filesOn(bucket).open({ options: {}, path: 'memory://bucket/a b/100%25.csv', signal });
  expect(file?.bytes).toBe(13);
  expect(Buffer.from((await file?.read({ start: 5, bytes: 2 })) ?? []).toString()).toBe('is');
  expect(await file?.read({ start: 5, bytes: 0 })).toHaveLength(0);
  await expect(file?.read({ start: 10, bytes: 9 })).rejects.toMatchObject({ code: 'STORE_FAILED' });
  expect(await filesOn(bucket).open({ options: {}, path: 'memory://bucket/none', signal })).toBeUndefined();
  expect(await filesOn(bucket).open({ options: {}, path: 'memory://bucket/', signal })).toBeUndefined();
  const nowhere = filesOn(bucket).open({ options: {}, path: 'memory://bucket', signal });
  await expect(nowhere).rejects.toMatchObject({ code: 'PLAN_INVALID' });
});

it('a file that is replaced or removed while it is read is a ConflictError, also when it is as long or shorter', async () => {
  const bucket = memoryBucket();
  await put(bucket, 'a', 'old');
  const files = filesOn(bucket);
  const file = await files.open({ options: {}, path: 'memory://bucket/a', signal });
  await put(bucket, 'a', 'new');
  await expect(file?.read({ start: 0, bytes: 3 })).rejects.toMatchObject({ code: 'CONFLICT' });
  await put(bucket, 'a', '');
  await expect(file?.read({ start: 0, bytes: 3 })).rejects.toMatchObject({ code: 'CONFLICT' });
  await put(bucket, 'a', 'n');
  await expect(file?.read({ start: 1, bytes: 2 })).rejects.toMatchObject({ code: 'CONFLICT' });
  const again = await files.open({ options: {}, path: 'memory://bucket/a', signal });
  await bucket.client().remove('a', signal);
  await expect(again?.read({ start: 0, bytes: 1 })).rejects.toMatchObject({ code: 'CONFLICT' });
});

it('a list gives the URLs of what begins so, page by page, each of which opens that file', async () => {
  const bucket = memoryBucket();
  const keys = ['d/*.csv', 'd/100%.csv', 'd/a(1).csv', 'd/a.csv', 'd/e/f.csv', 'd/year=2001/é.csv'];
  for (const key of [...keys, 'd/', 'x']) await put(bucket, key, key);
  const files = filesOn(bucket);
  const found: string[] = [];
  for await (const page of files.list({ options: {}, prefix: 'memory://bucket/d', signal })) {
    for (const { path, bytes } of page) {
      const file = await files.open({ options: {}, path, signal });
      found.push(Buffer.from((await file?.read({ start: 0, bytes })) ?? []).toString());
      // Nothing in it is a sign of a pattern.
      expect(path).not.toMatch(/[*?[\](){}]/);
    }
  }
  expect(found).toEqual(keys);
});
