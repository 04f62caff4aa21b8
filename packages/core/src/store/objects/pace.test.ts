import { expect, it } from 'vitest';
import type { Answer } from './object-client.js';
import { hurriedClock } from './objects-bench.js';
import { createPace } from './pace.js';

const slowDown: Answer<never> = { kind: 'throttled', cause: new Error('SlowDown'), isCertain: true };
const cutOff: Answer<never> = { kind: 'ambiguous', cause: new Error('reset') };
const done: Answer<number> = { kind: 'done', value: 1 };
const { signal } = new AbortController();
const repeatable = { isRepeatable: true, signal };

it('makes every call of the store wait when one of them is told to ask less', async () => {
  const clock = hurriedClock();
  const pace = createPace({ clock, random: () => 1, baseMs: 1_000 });
  const answers = [slowDown, slowDown, done];
  await pace.call(async () => answers.shift() ?? done, repeatable);
  // 1,000 after the first answer, 2,000 after the second.
  expect(clock.now()).toBe(3_000);
  pace.hear(5_000);
  let askedAt = 0;
  await pace.call(async () => {
    askedAt = clock.now();
    return done;
  }, repeatable);
  expect(askedAt).toBe(8_000);
});

it('tells other threads how long it waits, and takes the word of the store where that is longer', async () => {
  const told: number[] = [];
  const clock = hurriedClock();
  const pace = createPace({ clock, random: () => 0.5, baseMs: 1_000, tell: (waitMs) => told.push(waitMs) });
  const answers: Answer<number>[] = [
    { kind: 'throttled', cause: 0, isCertain: true, afterMs: 7_000 },
    slowDown,
  ];
  await pace.call(async () => answers.shift() ?? done, repeatable);
  expect(told).toEqual([7_000, 1_000]);
});

it('repeats what was cut off only where it may be made twice', async () => {
  const pace = createPace({ clock: hurriedClock(), random: () => 0.5 });
  let calls = 0;
  const make = async (): Promise<Answer<number>> => {
    calls += 1;
    return calls === 1 ? cutOff : done;
  };
  expect(await pace.call(make, { isRepeatable: false, signal })).toBe(cutOff);
  expect(calls).toBe(1);
  calls = 0;
  expect(await pace.call(make, repeatable)).toBe(done);
  expect(calls).toBe(2);
});

it('gives up after so many tries of a call, and after so many retries in all', async () => {
  const pace = createPace({
    clock: hurriedClock(),
    random: () => 0,
    attempts: 3,
    minRetries: 5,
    retriesPerCall: 0,
  });
  let calls = 0;
  const make = async (): Promise<Answer<number>> => {
    calls += 1;
    return cutOff;
  };
  const callsOfEach: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    calls = 0;
    expect(await pace.call(make, repeatable)).toBe(cutOff);
    callsOfEach.push(calls);
  }
  expect(callsOfEach).toEqual([3, 3, 2, 1]);
  expect(pace.stats()).toMatchObject({ calls: 4, retries: 5 });
});

it('stops waiting when its signal is aborted', async () => {
  const life = new AbortController();
  const pace = createPace({ clock: hurriedClock(), random: () => 1 });
  pace.hear(1_000);
  life.abort(new Error('enough'));
  const answer = await pace.call(async () => done, { isRepeatable: true, signal: life.signal });
  expect(answer).toMatchObject({ kind: 'refused' });
});
