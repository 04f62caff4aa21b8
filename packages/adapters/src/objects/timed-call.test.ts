import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ask, timedCall } from './timed-call.js';

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
  const said = new Error('no');
  expect(await timedCall(init, signal, () => ask(Promise.reject(said)))).toEqual({
    kind: 'refused',
    cause: said,
  });
  expect(vi.getTimerCount()).toBe(0);
});

it('a mistake of the code around an SDK is no answer of the store: it fails for good, and says whose it is', async () => {
  const { signal } = new AbortController();
  const broken = timedCall(init, signal, async () => {
    const answer: { readonly at?: Date } = await ask(Promise.resolve({}));
    // As code has it that trusts a type too much.
    return { kind: 'done', value: (answer.at as Date).getTime() };
  });
  await expect(broken).rejects.toMatchObject({
    code: 'STORE_FAILED',
    status: 'permanent',
    message: expect.stringMatching(
      /^The client of the store has failed by itself, not the store: TypeError: /,
    ),
    cause: expect.any(TypeError),
  });
  expect(vi.getTimerCount()).toBe(0);
});
