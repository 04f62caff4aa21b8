import { expect, it } from 'vitest';
import { memoryBucket } from './memory-objects.js';
import type { Answer, ObjectClient } from './object-client.js';
import { processOn, stageRun } from './objects-bench.js';

const target = {
  path: 'memory://bucket/routes',
  kind: 'directory',
  mode: 'error',
  runId: 'run-1',
  output: 'routes',
} as const;

/** Answers nothing from some moment on, until a call is given up. */
function stalling() {
  const state = { isStalled: false };
  const unanswered = (signal: AbortSignal): Promise<Answer<never>> =>
    new Promise((resolve) => {
      const onEnd = (): void => resolve({ kind: 'ambiguous', cause: signal.reason });
      if (signal.aborted) onEnd();
      else signal.addEventListener('abort', onEnd, { once: true });
    });
  const around = (client: ObjectClient): ObjectClient => ({
    ...client,
    list: (prefix, options, signal) =>
      state.isStalled ? unanswered(signal) : client.list(prefix, options, signal),
    put: (put, signal) => (state.isStalled ? unanswered(signal) : client.put(put, signal)),
    remove: (key, signal) => (state.isStalled ? unanswered(signal) : client.remove(key, signal)),
  });
  return { state, around };
}

/** Deadlines that pass when a test says so. */
function deadlines() {
  const acts: (() => void)[] = [];
  return {
    setDeadline: (act: () => void) => void acts.push(act),
    pass: () => {
      for (const act of acts.splice(0)) act();
    },
  };
}

it('the abort of an output ends when the store has been silent for a while', async () => {
  const { state, around } = stalling();
  const { setDeadline, pass } = deadlines();
  const store = processOn(memoryBucket(), { around, setDeadline });
  const { context } = await stageRun(store, target, { 'a.txt': 'a' });
  state.isStalled = true;
  const ended = store.abort(context).catch((error: unknown) => error);
  await new Promise((resolve) => setImmediate(resolve));
  pass();
  expect(await ended).toMatchObject({
    code: 'STORE_FAILED',
    status: 'temporary',
    message: expect.stringContaining('the next run or a sweep removes'),
  });
});

it('the abort of an output that takes long goes on while the store answers', async () => {
  const bucket = memoryBucket();
  const { setDeadline, pass } = deadlines();
  const around = (client: ObjectClient): ObjectClient => ({
    ...client,
    async remove(key, signal) {
      const answer = await client.remove(key, signal);
      pass();
      return signal.aborted ? { kind: 'ambiguous', cause: signal.reason } : answer;
    },
  });
  const store = processOn(bucket, { around, setDeadline });
  const { context } = await stageRun(store, target, { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' });
  await store.abort(context);
  expect([...bucket.stored.keys()]).toEqual([]);
});

it('a commit whose run was given up ends, too, and says nothing of what it does not know', async () => {
  const { state, around } = stalling();
  const { setDeadline, pass } = deadlines();
  const store = processOn(memoryBucket(), { around, setDeadline });
  const { context, manifest } = await stageRun(store, target, { 'a.txt': 'a' });
  const life = new AbortController();
  state.isStalled = true;
  const ended = store.commit({ ...context, manifest, signal: life.signal }).catch((error: unknown) => error);
  await new Promise((resolve) => setImmediate(resolve));
  life.abort(new Error('given up'));
  await new Promise((resolve) => setImmediate(resolve));
  pass();
  expect(await ended).toMatchObject({ code: 'STORE_FAILED', status: 'temporary' });
});
