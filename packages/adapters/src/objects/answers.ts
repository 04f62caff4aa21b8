// Owns what clients of all stores make of what an SDK gave back: facts, tags, and what is no answer of a store.
import type { Answer, ByteRange, ObjectFacts } from '@tailrace/core/objects';
import { plainCause } from './timed-call.js';

/** Something came in place of an answer, as of whoever stands before the service. */
export function unreadable(what: string): Answer<never> {
  return { kind: 'ambiguous', cause: plainCause('UnreadableAnswer', what, undefined) };
}

/** An answer without a tag is not one of the service to a write. */
export function tagged(tag: string | undefined): Answer<string> {
  return tag === undefined ? unreadable('it has no entity tag') : { kind: 'done', value: tag };
}

export function factsOf(said: {
  readonly bytes: number | undefined;
  readonly tag: string | undefined;
  readonly metadata: ObjectFacts['metadata'] | undefined;
}): Answer<ObjectFacts> {
  const { bytes, tag, metadata = {} } = said;
  if (bytes === undefined || tag === undefined) return unreadable('it tells no length or entity tag');
  return { kind: 'done', value: { bytes, tag, metadata } };
}

/**
 * An object, or a range of one, once its body is here.
 * @param range as the answer states it: `bytes 0-9/100`
 */
export function gotten(
  body: Uint8Array | undefined,
  facts: Answer<ObjectFacts>,
  range: string | undefined,
): Answer<{ readonly body: Uint8Array; readonly facts: ObjectFacts }> {
  if (facts.kind !== 'done') return facts;
  const { value } = facts;
  if (body?.length !== value.bytes) return unreadable('the body has another length than was said');
  const whole = Number(/\/(\d+)$/.exec(range ?? '')?.[1] ?? value.bytes);
  return { kind: 'done', value: { body, facts: { ...value, bytes: whole } } };
}

/** Where an object of one tag was asked for and what is there ends before the range, another one is there. */
export function outOfRangeIsReplaced<T>(answer: Answer<T>, range: ByteRange | undefined): Answer<T> {
  return range?.tag !== undefined && isOutOfRange(answer) ? { kind: 'precondition' } : answer;
}

/** By the code that both services give with a 416, which judges have kept as the name. */
export function isOutOfRange(answer: Answer<unknown>): boolean {
  return answer.kind === 'refused' && answer.cause instanceof Error && answer.cause.name === 'InvalidRange';
}

export function goneIsDone(answer: Answer<undefined>): Answer<undefined> {
  return answer.kind === 'absent' ? { kind: 'done', value: undefined } : answer;
}
