import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { timedCall } from './timed-call.js';

const init = {
  timeoutMs: 1_000,
  judge: (cause: unknown) => ({ kind: 'refused', cause }) as const,
};
beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('ends in time though what it waits for hears no signal, and however that ends later', async () => {
  const fails: ((error: Error) => void)[] = [];
  const deaf = (): Promise<never> => new Promise((_, reject) => fails.push(reject));
  const late = timedCall(init, new AbortController().signal, deaf);
  vi.advanceTimersByTime(1_000);
  expect(await late).toMatchObject({
    kind: 'ambiguous',
    cause: { message: 'no answer came within 1000 ms' },
  });
  const life = new AbortController();
  const cancelled = timedCall(init, life.signal, deaf);
  life.abort(new Error('cancelled'));
  expect(await cancelled).toMatchObject({ kind: 'ambiguous', cause: { message: 'cancelled' } });
  for (const fail of fails) fail(new Error('late'));
});

it('gives what came in time, and what a failure is judged to be', async () => {
  const { signal } = new AbortController();
  expect(await timedCall(init, signal, async () => ({ kind: 'done', value: 1 }))).toEqual({
    kind: 'done',
    value: 1,
  });
  expect(await timedCall(init, signal, () => Promise.reject(new Error('no')))).toMatchObject({
    kind: 'refused',
  });
  expect(vi.getTimerCount()).toBe(0);
});
