// Single files where several runs share one name: what is there has its manifest, and a run that was given up sends nothing more.
import { expect, it } from 'vitest';
import type { StoreTarget } from '../../sink/store.js';
import { type MemoryBucket, memoryBucket } from './memory-objects.js';
import type { ObjectClient } from './object-client.js';
import { placeOn, processOn, stageRun, sweepOn } from './objects-bench.js';

const path = 'memory://bucket/daily.txt';
const { signal } = new AbortController();
let runs = 0;
const targetOf = (mode: StoreTarget['mode'] = 'overwrite'): StoreTarget => {
  runs += 1;
  return { path, kind: 'file', mode, runId: `run-${runs}`, output: 'daily' };
};
const opened = (bucket: MemoryBucket) =>
  processOn(bucket).open?.({ options: {}, target: { path, kind: 'file' }, signal });

async function publish(bucket: MemoryBucket, text: string): Promise<void> {
  const store = processOn(bucket);
  const { context, manifest } = await stageRun(store, targetOf(), { 'daily.txt': text });
  await store.commit({ ...context, manifest });
}

/** As on Azure: blocks under the name of the file cannot be taken back. */
const withoutAborts = (client: ObjectClient): ObjectClient => ({
  ...client,
  abortUpload: async (upload, life) =>
    upload.key === 'daily.txt' ? { kind: 'done', value: undefined } : client.abortUpload(upload, life),
});

it('what a run tidies after its commit is nothing of a run that publishes meanwhile', async () => {
  for (let at = 1; at <= 12; at += 1) {
    const bucket = memoryBucket();
    await publish(bucket, 'before');
    let calls = 0;
    let isThere = false;
    let second: Promise<void> | undefined;
    const inner = bucket.client();
    // The second publishes while the first is at one of its calls after it has published.
    const beside: ProxyHandler<ObjectClient> = {
      get(client, name) {
        const member: unknown = Reflect.get(client, name);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]): Promise<unknown> => {
          if (isThere) calls += 1;
          if (isThere && calls === at) {
            second = publish(bucket, 'second');
            await second;
          }
          const answer: unknown = await Reflect.apply(member, client, args);
          if (name === 'completeUpload') isThere = true;
          return answer;
        };
      },
    };
    const first = processOn(bucket, { around: () => new Proxy(inner, beside) });
    const ran = await stageRun(first, targetOf(), { 'daily.txt': 'first' });
    await first.commit({ ...ran.context, manifest: ran.manifest });
    const version = await opened(bucket);
    const text = await version?.read('daily.txt', { start: 0, bytes: version.manifest.bytes });
    expect(Buffer.from(text ?? '').toString()).toBe(second === undefined ? 'first' : 'second');
    await publish(bucket, 'after');
    expect(await placeOn(bucket, path, 'file').leftovers()).toEqual([]);
  }
});

it('the manifest of a run that is about to complete its file is left alone', async () => {
  const bucket = memoryBucket();
  let arrived = (): void => undefined;
  const isAbout = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const slow = processOn(bucket, {
    around: (client) => ({
      ...client,
      async completeUpload(completing, life) {
        arrived();
        await gate;
        return client.completeUpload(completing, life);
      },
    }),
  });
  const ran = await stageRun(slow, targetOf(), { 'daily.txt': 'slow' });
  const end = slow.commit({ ...ran.context, manifest: ran.manifest }).catch((error: unknown) => error);
  await isAbout;
  const manifests = (): number =>
    [...bucket.stored.keys()].filter((key) => key.includes('/manifests/')).length;
  await publish(bucket, 'quick');
  expect(manifests()).toBe(2);
  letGo();
  expect(await end).toMatchObject({ code: 'CONFLICT' });
  await slow.abort(ran.context);
  expect(manifests()).toBe(1);
});

it('a run that was given up while its completion had no answer does not send it again', async () => {
  const bucket = memoryBucket();
  let tries = 0;
  let arrived = (): void => undefined;
  const isSent = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let giveUp = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const store = processOn(bucket, {
    around: (client) => ({
      ...withoutAborts(client),
      async completeUpload(completing, life) {
        tries += 1;
        if (tries > 1) return client.completeUpload(completing, life);
        arrived();
        await gate;
        return { kind: 'ambiguous', cause: new Error('no answer') };
      },
    }),
  });
  const ran = await stageRun(store, targetOf('error'), { 'daily.txt': 'given up' });
  const life = new AbortController();
  const end = store
    .commit({ ...ran.context, signal: life.signal, manifest: ran.manifest })
    .catch((error: unknown) => error);
  await isSent;
  life.abort(new Error('cancelled'));
  await store.abort(ran.context);
  giveUp();
  expect(await end).toMatchObject({ message: 'cancelled' });
  expect(tries).toBe(1);
  expect(await store.verify(ran.context)).toBe(false);
  expect(await placeOn(bucket, path, 'file').files()).toEqual([]);
});

it('a completion that arrives after its run was given up has its manifest, which goes with a sweep where it never does', async () => {
  for (const isLate of [true, false]) {
    const bucket = memoryBucket();
    const store = processOn(bucket, {
      around: withoutAborts,
      faultOf: (_, name) => (name === 'completeUpload' ? (isLate ? { late: 200 } : 'before') : undefined),
    });
    const ran = await stageRun(store, targetOf('error'), { 'daily.txt': 'late' });
    await expect(store.commit({ ...ran.context, manifest: ran.manifest })).rejects.toThrow();
    await store.abort(ran.context);
    for (let call = 0; call < 300; call += 1) await bucket.client().head('x', signal);
    expect((await opened(bucket))?.manifest.rows).toBe(isLate ? 1 : undefined);
    await sweepOn(bucket, { path, kind: 'file' });
    expect((await opened(bucket))?.manifest.rows).toBe(isLate ? 1 : undefined);
    expect([...bucket.stored.keys()].filter((key) => key.includes('/manifests/'))).toHaveLength(
      isLate ? 1 : 0,
    );
  }
});

it('an upload that could not be ended with its file is ended with its run', async () => {
  const bucket = memoryBucket();
  let isCutOff = true;
  const store = processOn(bucket, {
    faultOf: (_, name) => (name === 'abortUpload' && isCutOff ? 'before' : undefined),
  });
  const context = { options: {}, target: targetOf(), signal };
  const begun = await store.begin(context);
  if (begun === 'skip') throw new Error('nothing is there');
  const staged = { ...context, staging: begun.staging };
  const file = await store.createFile({ ...staged, path: 'daily.txt' });
  await file.write(new TextEncoder().encode('more than one part of it'));
  await file.abort();
  expect(bucket.uploads.size).toBe(1);
  isCutOff = false;
  await store.abort(staged);
  expect(bucket.uploads.size).toBe(0);
  expect(await placeOn(bucket, path, 'file').leftovers()).toEqual([]);
});
