import { expect, it } from 'vitest';
import { createLanes } from './lanes.js';

const { signal } = new AbortController();

it('gives out so many at once, in the order in which they were asked for', async () => {
  const lanes = createLanes(2);
  const order: number[] = [];
  const first = await lanes.take(signal);
  const second = await lanes.take(signal);
  const waiting = [1, 2].map(async (number) => {
    const lane = await lanes.take(signal);
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
  const [first, second] = [await lanes.take(signal), await lanes.take(signal)];
  expect([first.spare, second.spare]).toEqual([undefined, undefined]);
  const [a, b, c] = [new Uint8Array(1), new Uint8Array(2), new Uint8Array(3)];
  first.giveBack(a);
  // One lane is out, one is free and has its memory: no more is kept.
  lanes.open()(c);
  second.giveBack(b);
  const again = [await lanes.take(signal), await lanes.take(signal)];
  expect(new Set(again.map(({ spare }) => spare))).toEqual(new Set([a, b]));
  again[0]?.giveBack(a);
  const third = await lanes.take(signal);
  expect(third.spare).toBe(a);
  close();
});

/** Timers that are over when the test says so. */
function heldTimers() {
  const due = new Set<() => void>();
  const start = (callback: () => void) => {
    due.add(callback);
    return () => void due.delete(callback);
  };
  return { start, due };
}

it('memory of one file is that of the next one, and of none that comes later', async () => {
  const { start, due } = heldTimers();
  const lanes = createLanes(1, start);
  const memory = new Uint8Array(1);
  lanes.open()(memory);
  const close = lanes.open();
  expect(due.size).toBe(0);
  expect(lanes.spare()).toBe(memory);
  expect(lanes.spare()).toBeUndefined();
  close(memory);
  for (const end of due) end();
  expect(lanes.spare()).toBeUndefined();
});

it('keeps no memory once no file is open', async () => {
  const { start, due } = heldTimers();
  const lanes = createLanes(1, start);
  const close = lanes.open();
  const closeOther = lanes.open();
  (await lanes.take(signal)).giveBack(new Uint8Array(1));
  close();
  close();
  const lane = await lanes.take(signal);
  expect(lane.spare).toEqual(new Uint8Array(1));
  closeOther(new Uint8Array(2));
  lane.giveBack(lane.spare);
  for (const end of due) end();
  expect((await lanes.take(signal)).spare).toBeUndefined();
});

it('who waits leaves when its signal is aborted, with the reason of that, and takes no lane from who comes after', async () => {
  const lanes = createLanes(1);
  const only = await lanes.take(signal);
  const life = new AbortController();
  const reason = new Error('enough');
  const left = lanes.take(life.signal);
  const next = lanes.take(signal);
  life.abort(reason);
  await expect(left).rejects.toBe(reason);
  await expect(lanes.take(life.signal)).rejects.toBe(reason);
  only.giveBack();
  (await next).giveBack();
  await expect(lanes.take(life.signal)).rejects.toBe(reason);
  (await lanes.take(signal)).giveBack();
});

it('small files share a lane, and who waits for a whole one is not passed by small ones that come later', async () => {
  const lanes = createLanes(1);
  const half = await lanes.take(signal, 0.5);
  const quarter = await lanes.take(signal, 0.25);
  const order: string[] = [];
  const whole = lanes.take(signal).then((lane) => {
    order.push('whole');
    return lane;
  });
  const small = lanes.take(signal, 0.01).then((lane) => {
    order.push('small');
    return lane;
  });
  half.giveBack();
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual([]);
  quarter.giveBack();
  (await whole).giveBack();
  (await small).giveBack();
  expect(order).toEqual(['whole', 'small']);
  (await lanes.take(signal)).giveBack();
});

it('as many small files are in a lane as fit, however their shares are rounded', async () => {
  const lanes = createLanes(1);
  const taken = await Promise.all(Array.from({ length: 10 }, () => lanes.take(signal, 0.05)));
  const all = await Promise.all([...Array.from({ length: 6 }, () => lanes.take(signal, 0)), ...taken]);
  let isThere = false;
  const next = lanes.take(signal, 0.001).then((lane) => {
    isThere = true;
    return lane;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isThere).toBe(false);
  for (const lane of all) lane.giveBack();
  (await next).giveBack();
  (await lanes.take(signal)).giveBack();
});

it('who leaves while it waits for a whole lane lets those in who need less', async () => {
  const lanes = createLanes(1);
  await lanes.take(signal, 0.5);
  const life = new AbortController();
  const left = lanes.take(life.signal);
  const small = lanes.take(signal, 0.5);
  life.abort(new Error('enough'));
  await expect(left).rejects.toThrow('enough');
  (await small).giveBack();
});

it('memory that is spare makes room for small files: both count as in flight', async () => {
  const lanes = createLanes(1);
  const close = lanes.open();
  (await lanes.take(signal)).giveBack(new Uint8Array(1));
  const small = await lanes.take(signal, 0.1);
  expect([small.spare, lanes.spare()]).toEqual([undefined, undefined]);
  small.giveBack();
  close();
});
