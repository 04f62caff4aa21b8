// The turns that unpacking leaves to others are as long as those of the pump.

import { type Clock, longestTurnMs, systemClock } from '@tailrace/core';
import { expect, it } from 'vitest';
import { turnsOf } from './turns.js';

it('a turn is as long as one of the pump, and no longer', async () => {
  let now = 0;
  let yields = 0;
  const clock: Clock = { ...systemClock, now: () => now, yield: async () => void yields++ };
  const nextTurn = turnsOf(new AbortController().signal, clock);
  now = longestTurnMs - 0.01;
  await nextTurn();
  expect(yields).toBe(0);
  now = longestTurnMs;
  await nextTurn();
  expect(yields).toBe(1);
});
