// Owns the test of a store for what commits rest on, conditions on writes: several stores that are popular for tests accept
// them, and write all the same.
import { randomUUID } from 'node:crypto';
import { PlanError } from '../../errors/named-errors.js';
import type { StoreTarget } from '../../sink/store.js';
import { abortUpload } from './clear.js';
import type { Condition, ObjectClient } from './object-client.js';
import { done, unanswered } from './object-error.js';
import type { ObjectPlace } from './object-keys.js';
import { endOf, type Objects, type WriteEnd } from './objects.js';

/** Times that one question is asked. */
const maxRounds = 5;

const tested = new WeakMap<ObjectClient, Map<StoreTarget['kind'], Promise<void>>>();

/** Once for each client and kind of target. Throws a PlanError naming the store. */
export function checkConditions(objects: Objects, place: ObjectPlace, target: StoreTarget): Promise<void> {
  const known = tested.get(objects.client) ?? new Map<StoreTarget['kind'], Promise<void>>();
  tested.set(objects.client, known);
  const running = known.get(target.kind);
  if (running !== undefined) return running;
  const test = runTest(objects, place, target);
  known.set(target.kind, test);
  // Asked again by the next output: the store may have been out of reach.
  test.catch(() => known.delete(target.kind));
  return test;
}

async function runTest(objects: Objects, place: ObjectPlace, target: StoreTarget): Promise<void> {
  const key = `${place.home}probe-${randomUUID()}`;
  const body = new TextEncoder().encode('tailrace');
  const absent = { kind: 'absent' } as const;
  try {
    // Whatever its answers are: it has to be there.
    await untilTrue(objects, `write ${key}`, async () => {
      await objects.decide({ key, body, condition: absent });
      return (await objects.head(key)) !== undefined;
    });
    await untilTrue(objects, `write ${key} once more`, async () => {
      const again = await objects.decide({ key, body, condition: absent });
      if (again === 'done') throw ignores(target, 'If-None-Match');
      return again === 'taken';
    });
    if (target.kind === 'file') await testCompletion(objects, key, target);
  } finally {
    // A probe that stays is small and hidden; the answer about conditions is what counts.
    await objects
      .with(new AbortController().signal)
      .remove(key)
      .catch(() => undefined);
  }
}

async function testCompletion(objects: Objects, key: string, target: StoreTarget): Promise<void> {
  const wrong = { kind: 'tag', tag: '"00000000000000000000000000000000"' } as const;
  for (const condition of [{ kind: 'absent' } as const, wrong]) {
    await untilTrue(objects, `complete an upload to ${key}`, async () => {
      const end = await completeAt(objects, key, condition);
      if (end === 'done') throw ignores(target, condition.kind === 'absent' ? 'If-None-Match' : 'If-Match');
      return end === 'taken';
    });
  }
}

/** How an upload to a key that is there ends, on a condition that does not hold. */
async function completeAt(objects: Objects, key: string, condition: Condition): Promise<WriteEnd> {
  const { signal, about } = objects;
  const begin = await objects.call((client) => client.beginUpload(key, {}, signal));
  const upload = done(begin, `begin an upload to ${key}`, about, signal);
  try {
    const body = new TextEncoder().encode('other');
    const put = await objects.call((client) => client.putPart(upload, 1, body, signal));
    const part = done(put, `upload a part of ${key}`, about, signal);
    const completing = { upload, parts: [part], condition, metadata: {} };
    const answer = await objects.call((client) => client.completeUpload(completing, signal), false);
    return endOf(answer, `complete the upload to ${key}`, objects);
  } finally {
    // An upload that stays goes with the next sweep; the answer about conditions is what counts.
    await abortUpload(objects.with(new AbortController().signal), upload).catch(() => undefined);
  }
}

/** What was not learnt is asked again: only an answer that is clear passes. */
async function untilTrue(objects: Objects, step: string, ask: () => Promise<boolean>): Promise<void> {
  for (let round = 1; round <= maxRounds; round += 1) {
    if (round > 1) await objects.pause(round);
    if (await ask()) return;
    objects.signal.throwIfAborted();
  }
  throw unanswered(step, objects.about);
}

function ignores({ path, output }: StoreTarget, condition: string): PlanError {
  return new PlanError(
    `Output "${output}" cannot go to ${path}: the store ignores ${condition}, so that two runs could overwrite each other ` +
      `without either being told. Use a store that keeps to conditions on writes.`,
    { operation: 'begin output', context: { path, output } },
  );
}
