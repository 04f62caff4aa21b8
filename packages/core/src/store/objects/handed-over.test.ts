import { expect, it } from 'vitest';
import { createLanes, type Lanes } from './lanes.js';
import { memoryBucket } from './memory-objects.js';
import type { ObjectClient } from './object-client.js';
import { objectsOf } from './objects.js';
import { hurriedClock } from './objects-bench.js';
import { createPace } from './pace.js';
import { stagedObject } from './staged-object.js';

const { signal } = new AbortController();
const partBytes = 2 ** 20;

/** Everything that can go on by itself has. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A file whose calls of one name are not answered before the test says so, and what is known of its end. */
function heldFile(lanes: Lanes, name: 'put' | 'completeUpload') {
  const bucket = memoryBucket();
  const client = bucket.client();
  const told: string[] = [];
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const wait = async <T>(call: Promise<T>): Promise<T> => {
    told.push(name);
    await held;
    return call;
  };
  const slow: ObjectClient = {
    ...client,
    ...(name === 'put'
      ? { put: (put, life) => wait(client.put(put, life)) }
      : { completeUpload: (completing, life) => wait(client.completeUpload(completing, life)) }),
  };
  const pace = createPace({ clock: hurriedClock(), random: () => 0.5 });
  const about = { path: 'memory://bucket/file', output: 'file' };
  const objects = objectsOf({ client: slow, pace, about, signal });
  const landing = { key: 'file', metadata: {}, mayBePut: true };
  const file = stagedObject({ objects, landing, partBytes, lanes });
  const end = async (): Promise<void> => {
    await file.close(() => void told.push('handed over'));
    told.push('closed');
  };
  return { file, end, told, answer, bucket };
}

it('a small file is sent at once, and handed over when there is room for it among what is in flight', async () => {
  const lanes = createLanes(1);
  const others = await lanes.take(signal);
  const { file, end, told, answer, bucket } = heldFile(lanes, 'put');
  await file.write(Buffer.from('small'));
  const ended = end();
  await quiet();
  expect(told).toEqual(['put']);
  others.giveBack();
  await quiet();
  expect(told).toEqual(['put', 'handed over']);
  // It takes some of the lane until it is there.
  let isFree = false;
  const whole = lanes.take(signal).then((lane) => {
    isFree = true;
    return lane;
  });
  await quiet();
  expect(isFree).toBe(false);
  answer();
  await ended;
  expect(Buffer.from(bucket.stored.get('file')?.body ?? []).toString()).toBe('small');
  (await whole).giveBack();
});

it('a small file that is there before there was room for it has ended, and takes none', async () => {
  const lanes = createLanes(1);
  const others = await lanes.take(signal);
  const { file, end, told, answer } = heldFile(lanes, 'put');
  await file.write(Buffer.from('small'));
  answer();
  await end();
  expect(told).toEqual(['put', 'closed']);
  others.giveBack();
  await quiet();
  (await lanes.take(signal)).giveBack();
});

it('a small file that has ended keeps nobody else waiting for the room that it no more needs', async () => {
  const lanes = createLanes(1);
  const others = await lanes.take(signal, 0.5);
  const { file, end, answer } = heldFile(lanes, 'put');
  await file.write(Buffer.alloc(partBytes));
  const ended = end();
  await quiet();
  let isThere = false;
  const small = lanes.take(signal, 0.25).then((lane) => {
    isThere = true;
    return lane;
  });
  answer();
  await ended;
  await quiet();
  expect(isThere).toBe(true);
  others.giveBack();
  (await small).giveBack();
});

it('a file in parts is handed over when all of them are there, before it is made one object', async () => {
  const lanes = createLanes(1);
  const { file, end, told, answer } = heldFile(lanes, 'completeUpload');
  await file.write(Buffer.alloc(partBytes + 1));
  const ended = end();
  await quiet();
  expect(told).toEqual(['handed over', 'completeUpload']);
  (await lanes.take(signal)).giveBack();
  answer();
  await ended;
  expect(told.at(-1)).toBe('closed');
});
