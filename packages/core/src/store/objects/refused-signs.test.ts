import { expect, it } from 'vitest';
import { memoryBucket } from './memory-objects.js';
import { processOn } from './objects-bench.js';

it('a target with a sign that the store takes for another one is refused before anything is written', async () => {
  const bucket = memoryBucket();
  const store = processOn(bucket, { refusedSigns: '\\' });
  const begin = (path: string) =>
    store.begin({
      options: {},
      target: { path, kind: 'directory', mode: 'overwrite', runId: 'run-1', output: 'mills' },
      signal: new AbortController().signal,
    });
  for (const path of ['memory://bucket/a\\b', 'memory://bucket/a%5Cb']) {
    await expect(begin(path)).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('The path of output "mills" has a \\'),
    });
  }
  expect(bucket.stored.size).toBe(0);
  await expect(begin('memory://bucket/ab')).resolves.toMatchObject({ staging: {} });
});
