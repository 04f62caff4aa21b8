// Owns the assertions that several suites share: how a refusal must look, that rows are the same, and that a place is disposed of.
import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import { isTailraceError } from '../errors/tailrace-error.js';

/**
 * The call must reject, with a TailraceError, and with that code when one is given.
 * @param names what the message has to name: the target, so that a person knows which of many it was
 */
export async function rejectsWithin(
  code: string | undefined,
  what: string,
  call: () => unknown,
  names?: string,
): Promise<void> {
  const thrown = await thrownBy(call);
  assert.ok(thrown !== undefined, `${what} must be refused, but was accepted`);
  assert.ok(
    isTailraceError(thrown.error),
    `${what} must be refused with a TailraceError, not with ${String(thrown.error)}`,
  );
  const { message } = thrown.error;
  if (code !== undefined) assert.equal(thrown.error.code, code, `${what} was refused with: ${message}`);
  if (names !== undefined)
    assert.ok(message.includes(names), `${what}: the message does not name ${names}: ${message}`);
}

/** What a call threw or rejected with, `undefined` when it did neither. */
export async function thrownBy(call: () => unknown): Promise<{ readonly error: unknown } | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return { error };
  }
}

const briefly = (row: unknown): string =>
  inspect(row, {
    depth: 4,
    maxArrayLength: 10,
    maxStringLength: 100,
    breakLength: Number.POSITIVE_INFINITY,
    compact: true,
  });

/**
 * Rows must be the same, in the same order. Fails with the first that is not, by itself: newer versions of Node make a difference of
 * all that does not match, and of thousands of rows that takes more memory than there is.
 */
export function sameInOrder(actual: readonly unknown[], expected: readonly unknown[], what: string): void {
  const count = Math.min(actual.length, expected.length);
  for (let row = 0; row < count; row += 1) {
    const [found, wanted] = [actual[row], expected[row]];
    if (isDeepStrictEqual(found, wanted)) continue;
    assert.fail(`${what}: row ${row} is ${briefly(found)}, wanted is ${briefly(wanted)}`);
  }
  assert.equal(actual.length, expected.length, `${what}: ${actual.length} of ${expected.length} rows`);
}

/** Runs a test on a place of its own, which is disposed of in any case. */
export async function withPlace<P extends { dispose(): Promise<void> }>(
  make: () => Promise<P>,
  body: (place: P) => Promise<void>,
): Promise<void> {
  const place = await make();
  try {
    await body(place);
  } finally {
    await place.dispose();
  }
}
