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
  const told: (readonly [number, number])[] = [];
  const clock = hurriedClock();
  const pace = createPace({ clock, random: () => 0.5, baseMs: 1_000, tell: (...waits) => told.push(waits) });
  const answers: Answer<number>[] = [
    { kind: 'throttled', cause: 0, isCertain: true, afterMs: 7_000 },
    slowDown,
  ];
  await pace.call(async () => answers.shift() ?? done, repeatable);
  // Within 2,000 after the second answer, and half of it by this random number.
  expect(told).toEqual([
    [7_000, 7_000],
    [2_000, 0],
  ]);
  expect(clock.now()).toBe(8_000);
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
    maxRetries: 5,
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

it('counts as one what many calls are told that were under way together', async () => {
  const clock = hurriedClock();
  const pace = createPace({ clock, random: () => 1, baseMs: 1_000 });
  const told: number[] = [];
  const call = (): Promise<Answer<number>> => {
    let isFirst = true;
    return pace.call(async () => {
      const answer = isFirst ? slowDown : done;
      if (!isFirst) told.push(clock.now());
      isFirst = false;
      return answer;
    }, repeatable);
  };
  await Promise.all(Array.from({ length: 16 }, call));
  expect(told).toHaveLength(16);
  expect(pace.stats().waits).toBe(1);
});

it('lets those that wait go on at moments of their own', async () => {
  let drawn = 0;
  const moments: number[] = [];
  const waits: { readonly at: number; readonly go: () => void }[] = [];
  const clock = {
    ...hurriedClock(),
    now: () => 0,
    setTimeout: (go: () => void, delayMs: number) => waits.push({ at: delayMs, go }),
  };
  const random = (): number => {
    drawn += 1;
    return drawn / 10;
  };
  const pace = createPace({ clock, random });
  pace.hear(1_000);
  const calls = [1, 2, 3].map(() => pace.call(async () => done, repeatable));
  for (const { at, go } of waits) {
    moments.push(at);
    go();
  }
  await Promise.all(calls);
  expect(moments).toEqual([100, 200, 300]);
});

it('gets retries back by calls that end well, up to as many as it began with', async () => {
  const pace = createPace({ clock: hurriedClock(), random: () => 0, maxRetries: 4, retriesPerCall: 0.5 });
  const triesOf = async (): Promise<number> => {
    let tries = 0;
    await pace.call(async () => {
      tries += 1;
      return cutOff;
    }, repeatable);
    return tries;
  };
  expect(await triesOf()).toBe(5);
  expect(await triesOf()).toBe(1);
  for (let call = 0; call < 4; call += 1) await pace.call(async () => done, repeatable);
  expect(await triesOf()).toBe(3);
  for (let call = 0; call < 100; call += 1) await pace.call(async () => done, repeatable);
  expect(await triesOf()).toBe(5);
});

it('is not made faster by reads that are answered while writes are refused', async () => {
  const clock = hurriedClock();
  const told: number[] = [];
  const pace = createPace({ clock, random: () => 0, baseMs: 1_000, tell: (waitMs) => told.push(waitMs) });
  const refused: Answer<never> = { kind: 'throttled', cause: 0, isCertain: false };
  for (let round = 0; round < 4; round += 1) {
    await pace.call(async () => refused, { isRepeatable: false, signal });
    for (let look = 0; look < 3; look += 1)
      await pace.call(async () => done, { ...repeatable, isRead: true });
  }
  expect(told).toEqual([1_000, 2_000, 4_000, 8_000]);
});
