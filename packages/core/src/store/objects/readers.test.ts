// Readers beside writers: what was opened as one version is read as that version, or not at all.
import { expect, it } from 'vitest';
import type { StoreTarget } from '../../sink/store.js';
import { type MemoryBucket, memoryBucket } from './memory-objects.js';
import { processOn, stageRun } from './objects-bench.js';

const { signal } = new AbortController();
let runs = 0;
const targetOf = (kind: StoreTarget['kind'], mode: StoreTarget['mode'] = 'overwrite'): StoreTarget => {
  runs += 1;
  const path = kind === 'file' ? 'memory://bucket/daily.txt' : 'memory://bucket/data/routes';
  return { path, kind, mode, runId: `run-${runs}`, output: 'routes' };
};

async function publish(bucket: MemoryBucket, target: StoreTarget, text: string): Promise<void> {
  const store = processOn(bucket);
  const { context, manifest } = await stageRun(store, target, { 'daily.txt': text });
  await store.commit({ ...context, manifest });
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

it('a single file that is replaced between two calls of one read is no mixture', async () => {
  const bucket = memoryBucket();
  const target = targetOf('file');
  await publish(bucket, target, 'oldoldoldold');
  // Replaced while any one call of the read is on its way, by another process that takes its time.
  for (let at = 1; at <= 2; at += 1) {
    let calls = 0;
    let arm = false;
    let replaced: Promise<void> | undefined;
    const inner = bucket.client();
    const reader = processOn(bucket, {
      around: (client) => ({
        ...client,
        head: (key, life) => before(() => inner.head(key, life)),
        get: (key, range, life) => before(() => inner.get(key, range, life)),
      }),
    });
    const before = async <T>(act: () => Promise<T>): Promise<T> => {
      if (arm) calls += 1;
      if (arm && calls === at) {
        replaced = publish(bucket, targetOf('file'), 'newnewnewnew');
        await replaced;
      }
      return act();
    };
    const version = await reader.open?.({ options: {}, target, signal });
    const first = textOf((await version?.read('daily.txt', { start: 0, bytes: 6 })) ?? new Uint8Array());
    arm = true;
    const second = await version
      ?.read('daily.txt', { start: 6, bytes: 6 })
      .then(textOf, (error: unknown) => error);
    if (replaced === undefined) expect(first + second).toBe('oldoldoldold');
    else expect(second).toMatchObject({ code: 'CONFLICT' });
    await publish(bucket, targetOf('file'), 'oldoldoldold');
  }
});

it('a single file that is replaced by a shorter one while it is read is a ConflictError', async () => {
  const bucket = memoryBucket();
  const target = targetOf('file');
  await publish(bucket, target, 'what was there');
  const version = await processOn(bucket).open?.({ options: {}, target, signal });
  await publish(bucket, targetOf('file'), 'new');
  const read = version?.read('daily.txt', { start: 8, bytes: 6 });
  await expect(read).rejects.toMatchObject({ code: 'CONFLICT' });
});

it('a version that is kept is read to its end, whatever a later run sweeps away', async () => {
  const bucket = memoryBucket();
  let die = (): void => undefined;
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  // Dies once its version is there, before it tidies.
  const dying = processOn(bucket, {
    isDead: true,
    faultOf(_, name, key) {
      if (name !== 'put' || !key.includes('/versions/')) return undefined;
      setImmediate(die);
      return 'died';
    },
  });
  const target = targetOf('directory');
  const ran = await stageRun(dying, target, { 'a.txt': 'what was there' });
  await Promise.race([dying.commit({ ...ran.context, manifest: ran.manifest }), death]);
  const reader = await processOn(bucket).open?.({ options: {}, target, signal });
  const elsewhere = processOn(bucket, { host: 'elsewhere' });
  const next = await stageRun(elsewhere, targetOf('directory'), { 'b.txt': 'what came next' });
  await elsewhere.commit({ ...next.context, manifest: next.manifest });
  await processOn(bucket).begin({ options: {}, target: targetOf('directory', 'append'), signal });
  expect(textOf((await reader?.read('a.txt', { start: 0, bytes: 14 })) ?? new Uint8Array())).toBe(
    'what was there',
  );
});

it('a read ends when its own signal is aborted, with the reason of that', async () => {
  const bucket = memoryBucket();
  for (const kind of ['directory', 'file'] as const) {
    const target = targetOf(kind);
    await publish(bucket, target, 'what was there');
    let isSlow = false;
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const reader = processOn(bucket, {
      around: (client) => ({
        ...client,
        get(key, range, life) {
          if (!isSlow) return client.get(key, range, life);
          return new Promise((resolve) => {
            life.addEventListener('abort', () => resolve({ kind: 'ambiguous', cause: life.reason }));
            asked();
          });
        },
      }),
    });
    const version = await reader.open?.({ options: {}, target, signal });
    isSlow = true;
    const life = new AbortController();
    const read = version?.read('daily.txt', { start: 0, bytes: 1 }, life.signal);
    const reason = new Error('enough');
    await isAsked;
    life.abort(reason);
    await expect(read).rejects.toBe(reason);
  }
});

it('a file that others have put there is no version, so that whoever reads can take it as it is', async () => {
  const bucket = memoryBucket();
  await bucket.client().put({ key: 'daily.txt', body: new Uint8Array(3) }, signal);
  const target = { path: 'memory://bucket/daily.txt', kind: 'file' } as const;
  expect(await processOn(bucket).open?.({ options: {}, target, signal })).toBeUndefined();
});

it('a file of ours whose manifest is gone is told of as one that cannot be read', async () => {
  const bucket = memoryBucket();
  const target = targetOf('file');
  await publish(bucket, target, 'what was there');
  const manifest = [...bucket.stored.keys()].find((key) => key.includes('/manifests/')) ?? 'none';
  await bucket.client().remove(manifest, signal);
  const opened = processOn(bucket).open?.({ options: {}, target, signal });
  await expect(opened).rejects.toThrow(
    'memory://bucket/daily.txt cannot be read: this library has written it, and its manifest is gone.',
  );
});

it('a dataset that is replaced and emptied between the list and the read of its newest version is there', async () => {
  for (const times of [1, 2, 5]) {
    const bucket = memoryBucket();
    const target = { ...targetOf('directory'), keepGenerations: 1, keepGenerationsMs: 0 };
    await publish(bucket, target, 'first');
    const between = (act: () => Promise<void>) => {
      let isDone = false;
      return processOn(bucket, {
        around: (client) => ({
          ...client,
          async get(key, range, life) {
            if (!isDone && key.includes('/versions/')) {
              isDone = true;
              await act();
            }
            return client.get(key, range, life);
          },
        }),
      });
    };
    const replace = async (): Promise<void> => {
      for (let time = 0; time < times; time += 1) {
        await publish(bucket, { ...target, runId: targetOf('directory').runId }, `after ${time}`);
      }
    };
    const version = await between(replace).open?.({ options: {}, target, signal });
    const bytes = version?.manifest.files[0]?.bytes ?? 0;
    expect(textOf((await version?.read('daily.txt', { start: 0, bytes })) ?? new Uint8Array())).toBe(
      `after ${times - 1}`,
    );
    const begin = (mode: StoreTarget['mode']) =>
      between(replace).begin({ options: {}, target: { ...target, mode, runId: `late-${mode}` }, signal });
    expect(await begin('ignore')).toBe('skip');
    await expect(begin('error')).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
  }
});
