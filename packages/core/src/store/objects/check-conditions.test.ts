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

/** Two outputs on one client; the first one is aborted while the probe is written the second time. */
const twoAtOnce = (around: (client: ObjectClient, abort: () => void) => ObjectClient) => {
  const life = new AbortController();
  const bucket = memoryBucket();
  const abort = (): void => life.abort(new Error('the first one was aborted'));
  const store = processOn(bucket, { isTrusted: false, around: (client) => around(client, abort) });
  const beginAt = (name: string, until: AbortSignal) => {
    const path = `memory://bucket/${name}`;
    const target = {
      path,
      kind: 'directory',
      mode: 'overwrite',
      runId: `run-${name}`,
      output: name,
    } as const;
    return store.begin({ options: {}, target, signal: until });
  };
  return Promise.allSettled([beginAt('a', life.signal), beginAt('b', signal)]);
};

it('an output that is aborted while conditions are tested ends none that waits for the same test', async () => {
  let probes = 0;
  const [a, b] = await twoAtOnce((client, abort) => ({
    ...client,
    async put(put, life) {
      if (!put.key.includes('/probe-')) return client.put(put, life);
      probes += 1;
      if (probes === 2) abort();
      return life.aborted ? cutOff : client.put(put, life);
    },
  }));
  expect(a).toMatchObject({ status: 'rejected', reason: { message: 'the first one was aborted' } });
  expect(b).toMatchObject({ status: 'fulfilled', value: { staging: { base: 0 } } });
  expect(probes).toBe(2);
});

it('an output that is aborted alone ends the test, and the next one has a test of its own', async () => {
  const life = new AbortController();
  const keys = new Set<string>();
  let isStalled = true;
  const around = (client: ObjectClient): ObjectClient => ({
    ...client,
    async put(put, until) {
      if (!put.key.includes('/probe-')) return client.put(put, until);
      keys.add(put.key);
      if (!isStalled) return client.put(put, until);
      life.abort(new Error('enough'));
      return new Promise((resolve) => {
        const onEnd = (): void => resolve(cutOff);
        if (until.aborted) onEnd();
        else until.addEventListener('abort', onEnd, { once: true });
      });
    },
    // What is left of the probe is never taken away.
    remove: (key, until) =>
      isStalled && key.includes('/probe-') ? new Promise(() => undefined) : client.remove(key, until),
  });
  const store = processOn(memoryBucket(), { isTrusted: false, around });
  const target = {
    path: 'memory://bucket/a',
    kind: 'directory',
    mode: 'overwrite',
    runId: 'run-1',
    output: 'a',
  } as const;
  await expect(store.begin({ options: {}, target, signal: life.signal })).rejects.toThrow('enough');
  isStalled = false;
  expect(await store.begin({ options: {}, target, signal })).toMatchObject({ staging: { base: 0 } });
  expect(keys.size).toBe(2);
});

it('each output is told of a store that ignores conditions, or is out of reach, by its own name', async () => {
  const [a, b] = await twoAtOnce(careless([]));
  for (const [end, name] of [
    [a, 'a'],
    [b, 'b'],
  ] as const) {
    expect(end).toMatchObject({
      status: 'rejected',
      reason: { context: { output: name, path: `memory://bucket/${name}` } },
    });
  }
  const [, other] = await twoAtOnce((client) => ({ ...client, put: async () => cutOff }));
  expect(other).toMatchObject({
    reason: {
      code: 'STORE_FAILED',
      status: 'temporary',
      context: { output: 'b', path: 'memory://bucket/b' },
    },
  });
});

it('what is refused beside one output is tried beside the other', async () => {
  const [a, b] = await twoAtOnce((client) => ({
    ...client,
    put: async (put, life) =>
      put.key.startsWith('a/')
        ? { kind: 'refused', cause: new Error('AccessDenied') }
        : client.put(put, life),
  }));
  expect(a).toMatchObject({ status: 'rejected', reason: { context: { output: 'a' } } });
  expect(b).toMatchObject({ status: 'fulfilled' });
});
