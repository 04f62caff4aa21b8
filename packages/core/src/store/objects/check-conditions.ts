// Owns the test of a store for what commits rest on, conditions on writes: several stores that are popular for tests accept
// them, and write all the same.
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { PlanError } from '../../errors/named-errors.js';
import { isTailraceError } from '../../errors/tailrace-error.js';
import type { StoreTarget } from '../../sink/store.js';
import { abortUpload } from './clear.js';
import { lastCalls } from './last-calls.js';
import type { Condition, ObjectClient } from './object-client.js';
import { done, toldFor, unanswered } from './object-error.js';
import type { ObjectPlace } from './object-keys.js';
import type { Objects, WriteEnd } from './objects.js';

/** Times that one question is asked. */
const maxRounds = 5;

/** A condition that the store ignores; undefined when it keeps to all that were tried. */
type Ignored = 'If-None-Match' | 'If-Match' | undefined;

/** One test, for all outputs that wait for it. It is none of theirs: it ends when the last of them has gone. */
interface SharedTest {
  readonly ignored: Promise<Ignored>;
  /** What it has written is gone, or was given up. Never rejects. */
  readonly tidied: Promise<void>;
  /** Of the target that it was made beside. */
  readonly home: string;
  readonly life: AbortController;
  waiting: number;
}

const tested = new WeakMap<ObjectClient, Map<StoreTarget['kind'], SharedTest>>();

/** Once for each client and kind of target. Throws a PlanError naming the store. */
export async function checkConditions(
  objects: Objects,
  place: ObjectPlace,
  target: StoreTarget,
): Promise<void> {
  for (;;) {
    objects.signal.throwIfAborted();
    const test = testFor(objects, place, target.kind);
    try {
      const ignored = await ended(test, objects.signal);
      if (ignored !== undefined) throw ignores(target, ignored);
      return;
    } catch (error) {
      objects.signal.throwIfAborted();
      // What is refused to another output, by the place that it has, may be allowed to this one.
      const isForOther =
        isTailraceError(error) && error.code === 'STORE_FAILED' && error.status === 'permanent';
      if (!isForOther || test.home === place.home) throw toldFor(error, objects.about);
    }
  }
}

function testFor(objects: Objects, place: ObjectPlace, kind: StoreTarget['kind']): SharedTest {
  const known = tested.get(objects.client) ?? new Map<StoreTarget['kind'], SharedTest>();
  tested.set(objects.client, known);
  const running = known.get(kind);
  if (running !== undefined) return running;
  const life = new AbortController();
  const key = `${place.home}probe-${randomUUID()}`;
  const ignored = runTest(objects.with(life.signal), key, kind);
  // A probe that stays is small and hidden; the answer about conditions is what counts.
  const tidied = ignored
    .then(
      () => lastCalls(objects).remove(key),
      () => lastCalls(objects).remove(key),
    )
    .catch(() => undefined);
  const test = { ignored, tidied, home: place.home, life, waiting: 0 };
  known.set(kind, test);
  // Asked again by the next output: the store may have been out of reach.
  const forget = (): void => void (known.get(kind) === test && known.delete(kind));
  ignored.catch(forget);
  life.signal.addEventListener('abort', forget, { once: true });
  return test;
}

async function settled({ ignored, tidied }: SharedTest): Promise<Ignored> {
  try {
    return await ignored;
  } finally {
    await tidied;
  }
}

/** The end of a test, or the reason of the signal. */
async function ended(test: SharedTest, signal: AbortSignal): Promise<Ignored> {
  setMaxListeners(0, signal);
  let leave = (): void => undefined;
  const isLeft = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  test.waiting += 1;
  try {
    return await Promise.race([settled(test), isLeft]);
  } finally {
    signal.removeEventListener('abort', leave);
    test.waiting -= 1;
    // Of a test that has ended this changes nothing, but that a failed one is forgotten.
    if (test.waiting === 0 && signal.aborted) test.life.abort(signal.reason);
  }
}

async function runTest(objects: Objects, key: string, kind: StoreTarget['kind']): Promise<Ignored> {
  const body = new TextEncoder().encode('tailrace');
  const absent = { kind: 'absent' } as const;
  // Whatever its answers are: it has to be there.
  await learnt(objects, `write ${key}`, async () => {
    await objects.decide({ key, body, condition: absent });
    return objects.head(key);
  });
  const isIgnored = await isDone(objects, `write ${key} once more`, async () => {
    const { end } = await objects.decide({ key, body, condition: absent });
    return end;
  });
  if (isIgnored) return 'If-None-Match';
  return kind === 'file' ? testCompletion(objects, key) : undefined;
}

async function testCompletion(objects: Objects, key: string): Promise<Ignored> {
  const wrong = { kind: 'tag', tag: '"00000000000000000000000000000000"' } as const;
  for (const condition of [{ kind: 'absent' } as const, wrong]) {
    const step = `complete an upload to ${key}`;
    if (await isDone(objects, step, () => completeAt(objects, key, condition))) {
      return condition.kind === 'absent' ? 'If-None-Match' : 'If-Match';
    }
  }
  return undefined;
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
    return (await objects.complete(completing)).end;
  } finally {
    // An upload that stays goes with the next sweep; the answer about conditions is what counts.
    await abortUpload(lastCalls(objects), upload).catch(() => undefined);
  }
}

/** Whether a write whose condition does not hold is done all the same. */
async function isDone(objects: Objects, step: string, write: () => Promise<WriteEnd>): Promise<boolean> {
  const end = await learnt(objects, step, async () => {
    const told = await write();
    return told === 'done' || told === 'taken' ? told : undefined;
  });
  return end === 'done';
}

/** What was not learnt is asked again: only an answer that is clear passes. */
async function learnt<T>(objects: Objects, step: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (let round = 1; round <= maxRounds; round += 1) {
    if (round > 1) await objects.pause(round);
    const answer = await ask();
    if (answer !== undefined) return answer;
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
