import { expect, it } from 'vitest';
import { createLanes } from './lanes.js';

it('gives out so many at once, in the order in which they were asked for', async () => {
  const lanes = createLanes(2);
  const order: number[] = [];
  const first = await lanes.take();
  const second = await lanes.take();
  const waiting = [1, 2].map(async (number) => {
    const lane = await lanes.take();
    order.push(number);
    return lane;
  });
  await Promise.resolve();
  expect(order).toEqual([]);
  second.giveBack();
  // Twice is once.
  second.giveBack();
  const third = await waiting[0];
  expect(order).toEqual([1]);
  first.giveBack();
  await waiting[1];
  third?.giveBack();
  expect(order).toEqual([1, 2]);
});

it('memory that is given back is handed out again, and never more is kept than may be in flight', async () => {
  const lanes = createLanes(2);
  const close = lanes.open();
  const [first, second] = [await lanes.take(), await lanes.take()];
  expect([first.spare, second.spare]).toEqual([undefined, undefined]);
  const [a, b, c] = [new Uint8Array(1), new Uint8Array(2), new Uint8Array(3)];
  first.giveBack(a);
  // One lane is out, one is free and has its memory: no more is kept.
  lanes.open()(c);
  second.giveBack(b);
  const again = [await lanes.take(), await lanes.take()];
  expect(new Set(again.map(({ spare }) => spare))).toEqual(new Set([a, b]));
  again[0]?.giveBack(a);
  const third = await lanes.take();
  expect(third.spare).toBe(a);
  close();
});

it('keeps no memory once no file is open', async () => {
  const lanes = createLanes(1);
  const close = lanes.open();
  const closeOther = lanes.open();
  (await lanes.take()).giveBack(new Uint8Array(1));
  close();
  close();
  const lane = await lanes.take();
  expect(lane.spare).toEqual(new Uint8Array(1));
  closeOther(new Uint8Array(2));
  lane.giveBack(lane.spare);
  expect((await lanes.take()).spare).toBeUndefined();
});
