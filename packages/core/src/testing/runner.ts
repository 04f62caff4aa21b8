// Owns what the conformance suites ask of a test runner. It asserts with node:assert, so that any runner will do.
import assert from 'node:assert/strict';
import { isTailraceError } from '../errors/tailrace-error.js';

/** `{ describe, it }` of vitest, node:test, jest or mocha. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

/** The call must reject, with a TailraceError, and with that code when one is given. */
export async function rejectsWithin(
  family: string | undefined,
  what: string,
  call: () => unknown,
): Promise<void> {
  let thrown: unknown;
  try {
    await call();
  } catch (error) {
    thrown = error ?? new Error('a thrown nothing');
  }
  assert.ok(thrown !== undefined, `${what} must be refused, but was accepted`);
  assert.ok(
    isTailraceError(thrown),
    `${what} must be refused with a TailraceError, not with ${String(thrown)}`,
  );
  if (family !== undefined) assert.equal(thrown.code, family, `${what} was refused with: ${thrown.message}`);
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
