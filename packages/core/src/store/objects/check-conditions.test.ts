import { expect, it } from 'vitest';
import { memoryBucket } from './memory-objects.js';
import type { Answer, ObjectClient } from './object-client.js';
import { processOn } from './objects-bench.js';

const { signal } = new AbortController();
const cutOff: Answer<never> = { kind: 'ambiguous', cause: new Error('reset') };
const begin = (kind: 'file' | 'directory', around: (client: ObjectClient) => ObjectClient) => {
  const bucket = memoryBucket();
  const store = processOn(bucket, { isTrusted: false, around });
  const path = 'memory://bucket/daily.txt';
  const target = { path, kind, mode: 'overwrite', runId: 'run-1', output: 'daily' } as const;
  return () => store.begin({ options: {}, target, signal });
};

/** Takes conditions and writes all the same; the answers to so many of its writes are lost. */
const careless =
  (lost: readonly number[]) =>
  (client: ObjectClient): ObjectClient => {
    let writes = 0;
    const after = async <T>(answer: Promise<Answer<T>>): Promise<Answer<T>> => {
      const given = await answer;
      writes += 1;
      return lost.includes(writes) ? cutOff : given;
    };
    return {
      ...client,
      put: (put, life) => after(client.put({ ...put, condition: undefined }, life)),
      completeUpload: (completing, life) =>
        after(client.completeUpload({ ...completing, condition: undefined }, life)),
    };
  };

it('a store that ignores conditions is found out though answers are lost', async () => {
  for (const kind of ['directory', 'file'] as const) {
    for (const lost of [[1], [2], [1, 2], [2, 3], [2, 3, 4]]) {
      await expect(begin(kind, careless(lost))()).rejects.toThrow('the store ignores If-None-Match');
    }
  }
});

it('a store that ignores conditions of completions is found out though answers are lost', async () => {
  for (const condition of ['absent', 'tag']) {
    let completions = 0;
    const around = (client: ObjectClient): ObjectClient => ({
      ...client,
      async completeUpload(completing, life) {
        if (completing.condition?.kind !== condition) return client.completeUpload(completing, life);
        completions += 1;
        const answer = await client.completeUpload({ ...completing, condition: undefined }, life);
        return completions === 1 ? cutOff : answer;
      },
    });
    const name = condition === 'absent' ? 'If-None-Match' : 'If-Match';
    await expect(begin('file', around)()).rejects.toThrow(`the store ignores ${name}`);
  }
});

it('a store of which nothing is learnt fails for now, and is asked again by the next output', async () => {
  let isDown = true;
  const around = (client: ObjectClient): ObjectClient => ({
    ...client,
    put: async (put, life) => (isDown && put.key.includes('/probe-') ? cutOff : client.put(put, life)),
  });
  const again = begin('directory', around);
  await expect(again()).rejects.toMatchObject({ code: 'STORE_FAILED', status: 'temporary' });
  isDown = false;
  expect(await again()).toMatchObject({ staging: { base: 0 } });
});

it('a strict store passes though any one of its answers is lost', async () => {
  for (const kind of ['directory', 'file'] as const) {
    for (let at = 1; at <= 10; at += 1) {
      let calls = 0;
      const lossy = async <T>(answer: Promise<Answer<T>>): Promise<Answer<T>> => {
        calls += 1;
        const given = await answer;
        return calls === at ? cutOff : given;
      };
      const around = (client: ObjectClient): ObjectClient => ({
        ...client,
        put: (put, life) => lossy(client.put(put, life)),
        completeUpload: (completing, life) => lossy(client.completeUpload(completing, life)),
      });
      expect(await begin(kind, around)()).toMatchObject({ staging: { base: 0 } });
    }
  }
});
