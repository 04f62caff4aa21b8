// Every call of a run, in turn, ends in every half-answer that a network gives, and its process dies before or after it: what
// readers see is the old version or the new one, as the run was told; the next run ends as it should, and nothing is left.
import { expect, it } from 'vitest';
import { isTailraceError } from '../../errors/tailrace-error.js';
import type { WriteMode } from '../../sink/sink.js';
import type { StoreTarget } from '../../sink/store.js';
import { type CallFault, memoryBucket } from './memory-objects.js';
import { type ObjectProcess, placeOn, processOn, stageRun, sweepOn } from './objects-bench.js';

interface Scene {
  readonly kind: StoreTarget['kind'];
  readonly mode: WriteMode;
  readonly old: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
}

const long = 'longer than a part, so that it is an upload of several';
const old = { 'p=1/a.txt': 'old a', 'p=3/c.txt': 'old c' };
const files = { 'p=1/b.txt': 'new b', 'p=2/d.txt': long };
const scenes: readonly Scene[] = [
  { kind: 'directory', mode: 'error', old: {}, files, before: {}, after: files },
  { kind: 'directory', mode: 'overwrite', old, files, before: old, after: files },
  { kind: 'directory', mode: 'append', old, files, before: old, after: { ...old, ...files } },
  {
    kind: 'directory',
    mode: 'overwritePartitions',
    old,
    files,
    before: old,
    after: { 'p=3/c.txt': 'old c', ...files },
  },
  {
    kind: 'file',
    mode: 'overwrite',
    old: { 't.txt': 'old' },
    files: { 't.txt': long },
    before: { '.': 'old' },
    after: { '.': long },
  },
  { kind: 'file', mode: 'error', old: {}, files: { 't.txt': long }, before: {}, after: { '.': long } },
];
const faults: readonly CallFault[] = ['before', 'after', 'twice', 'slow down', { late: 1 }, { late: 6 }];

const path = 'memory://bucket/t.txt';
let runs = 0;
const targetOf = ({ kind }: Pick<Scene, 'kind'>, mode: WriteMode): StoreTarget => {
  runs += 1;
  return { path, kind, mode, runId: `run-${runs}`, output: 'routes' };
};

async function publish(store: ObjectProcess, target: StoreTarget, content: Scene['files']): Promise<void> {
  const { context, manifest } = await stageRun(store, target, content);
  await store.commit({ ...context, manifest });
}

/** As the framework does: a commit that failed for now is tried again, and what has failed for good is aborted. */
async function runToItsEnd(
  store: ObjectProcess,
  target: StoreTarget,
  content: Scene['files'],
): Promise<boolean> {
  const { context, manifest } = await stageRun(store, target, content);
  for (let round = 1; ; round += 1) {
    try {
      await store.commit({ ...context, manifest });
      return true;
    } catch (error) {
      if (await store.verify(context)) return true;
      if (round < 3 && isTailraceError(error) && error.status === 'temporary') continue;
      await store.abort(context);
      // It may have arrived before the abort took it back.
      return store.verify(context);
    }
  }
}

async function contentOf(place: ReturnType<typeof placeOn>): Promise<Record<string, string>> {
  const content: [string, string][] = [];
  for (const file of await place.files())
    content.push([file, Buffer.from(await place.read(file)).toString()]);
  return Object.fromEntries(content);
}

async function prepared({ kind, old: there }: Scene) {
  const bucket = memoryBucket();
  if (Object.keys(there).length > 0) {
    await publish(processOn(bucket), targetOf({ kind }, 'error'), there);
  }
  return { bucket, place: placeOn(bucket, path, kind) };
}

/** Calls of the run when nothing happens to it. */
async function callsOf(scene: Scene): Promise<number> {
  const { bucket } = await prepared(scene);
  let calls = 0;
  const store = processOn(bucket, {
    faultOf: (call) => {
      calls = call;
      return undefined;
    },
  });
  await publish(store, targetOf(scene, scene.mode), scene.files);
  return calls;
}

async function endsWhole(
  scene: Scene,
  place: ReturnType<typeof placeOn>,
  bucket: ReturnType<typeof memoryBucket>,
) {
  const seen = await contentOf(place);
  await publish(processOn(bucket), targetOf(scene, 'overwrite'), {
    [Object.keys(scene.files)[0] ?? '']: 'next',
  });
  expect(Object.values(await contentOf(place))).toEqual(['next']);
  // An upload to a single file of which the answer was lost has no name of its own: it is empty, and left to a sweep.
  if (scene.kind === 'file') await sweepOn(bucket, { path, kind: 'file' });
  expect(await place.leftovers()).toEqual([]);
  return seen;
}

for (const scene of scenes) {
  const { kind, mode } = scene;
  it(`a ${kind} in mode ${mode} tells the truth whatever becomes of any one call`, async () => {
    const calls = await callsOf(scene);
    expect(calls).toBeGreaterThan(5);
    for (let at = 1; at <= calls; at += 1) {
      for (const fault of faults) {
        const { bucket, place } = await prepared(scene);
        const store = processOn(bucket, { faultOf: (call) => (call === at ? fault : undefined) });
        const done = await runToItsEnd(store, targetOf(scene, mode), scene.files);
        const what = `${JSON.stringify(fault)} at call ${at}`;
        expect(await contentOf(place), what).toEqual(done ? scene.after : scene.before);
        // One fault is no reason to fail: everything is looked at or asked again.
        expect(done, what).toBe(true);
        expect(await endsWhole(scene, place, bucket), what).toEqual(scene.after);
      }
    }
  });

  it(`a ${kind} in mode ${mode} is old or new as a whole when its process dies at any call`, async () => {
    const calls = await callsOf(scene);
    for (let at = 1; at <= calls; at += 1) {
      for (const fault of ['never', 'died'] as const) {
        const { bucket, place } = await prepared(scene);
        let die = (): void => undefined;
        const death = new Promise<'dead'>((resolve) => {
          die = () => resolve('dead');
        });
        const store = processOn(bucket, {
          isDead: true,
          faultOf(call) {
            if (call !== at) return undefined;
            // Once the call was carried out, where it is.
            setImmediate(die);
            return fault;
          },
        });
        const target = targetOf(scene, mode);
        const end = await Promise.race([publish(store, target, scene.files), death]);
        const seen = await contentOf(place);
        const what = `${fault} at call ${at}, ${String(end)}`;
        expect([scene.before, scene.after], what).toContainEqual(seen);
        expect(await endsWhole(scene, place, bucket), what).toEqual(seen);
      }
    }
  });
}

it('a store that answers nothing to the commit is found out, and what was sent cannot arrive after an abort', async () => {
  for (const late of [1, 3, 8, 20, 60]) {
    const bucket = memoryBucket();
    const place = placeOn(bucket, path, 'directory');
    await publish(processOn(bucket), targetOf({ kind: 'directory' }, 'error'), old);
    let sent = 0;
    const store = processOn(bucket, {
      faultOf(_, name, key) {
        if (name !== 'put' || !key.includes('/versions/') || sent > 0) return undefined;
        sent += 1;
        return { late };
      },
    });
    const { context, manifest } = await stageRun(store, targetOf({ kind: 'directory' }, 'overwrite'), files);
    const isTold = await store.commit({ ...context, manifest }).then(
      () => true,
      () => false,
    );
    if (!isTold) await store.abort(context);
    const isDone = await store.verify(context);
    // Whatever is under way arrives.
    for (let call = 0; call < 100; call += 1) await bucket.client().head('x', context.signal);
    expect(await contentOf(place)).toEqual(isDone ? files : old);
  }
});
