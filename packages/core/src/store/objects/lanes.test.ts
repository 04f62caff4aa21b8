import { expect, it } from 'vitest';
import { createLanes } from './lanes.js';

it('gives out so many at once, in the order in which they were asked for', async () => {
  const lanes = createLanes(2);
  const order: number[] = [];
  const first = await lanes.take();
  const second = await lanes.take();
  const waiting = [1, 2].map(async (number) => {
    const giveBack = await lanes.take();
    order.push(number);
    return giveBack;
  });
  await Promise.resolve();
  expect(order).toEqual([]);
  second();
  // Twice is once.
  second();
  const third = await waiting[0];
  expect(order).toEqual([1]);
  first();
  await waiting[1];
  third?.();
  expect(order).toEqual([1, 2]);
});
