import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromPlainError, toPlainError } from './plain-error.js';
import { isTailraceError, TailraceError, toTailraceError } from './tailrace-error.js';

const fallback = { code: 'SINK_FAILED', operation: 'write' } as const;
/** There and back, as between threads. */
const cross = (thrown: unknown): TailraceError =>
  fromPlainError(structuredClone(toPlainError(thrown, fallback)));

const thrower = (): never => {
  throw new Error('this cannot be read');
};
const unreadable = new Proxy(new Error('x'), {
  get: thrower,
  has: thrower,
  getPrototypeOf: thrower,
  ownKeys: thrower,
  getOwnPropertyDescriptor: thrower,
});
const oddGetters = Object.defineProperties(new Error('odd'), {
  // First: V8 writes the stack, with the message in it, when it is replaced.
  stack: { get: thrower },
  message: { get: thrower },
  code: { get: thrower },
  status: { get: thrower },
  cause: { get: thrower },
});
const circular = new Error('round');
circular.cause = circular;
const selfGathering = new AggregateError([], 'self');
selfGathering.errors.push(selfGathering, selfGathering);

describe('anything that is thrown', () => {
  it.each<[string, unknown, RegExp]>([
    ['null', null, /a thrown null/],
    ['undefined', undefined, /a thrown undefined/],
    ['a string', 'out of order', /^out of order$/],
    ['a symbol', Symbol('s'), /a thrown symbol: Symbol\(s\)/],
    ['an object without a prototype', Object.create(null), /a thrown object that has no text/],
    ['a function', () => 1, /a thrown function/],
    ['an error whose getters throw', () => oddGetters, /an error whose message cannot be read/],
    ['a proxy that refuses everything', () => unreadable, /a thrown object that has no text/],
    ['an error that is its own cause', circular, /^round$/],
    ['an error that gathers itself', selfGathering, /^self$/],
    ['an error with what cannot be cloned', Object.assign(new Error('f'), { f: () => 1 }), /^f$/],
    ['a DOMException', new DOMException('too late', 'TimeoutError'), /^too late$/],
  ])('crosses threads as a TailraceError: %s', (name, given, message) => {
    // These must not meet what prints the names of tests.
    const thrown = /proxy|getters/.test(name) && typeof given === 'function' ? given() : given;
    const error = cross(thrown);
    expect(error).toBeInstanceOf(TailraceError);
    expect(error).toMatchObject({ code: 'SINK_FAILED', status: 'temporary', operation: 'write' });
    expect(error.message).toMatch(message);
    expect(isTailraceError(toTailraceError(thrown, 'Writing failed', fallback))).toBe(true);
  });

  it('is read without ever throwing', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withSparseArray: true, withBigInt: true }),
        (value) => {
          for (const thrown of [
            value,
            Object.assign(new Error('x'), { code: value, status: value, cause: value }),
          ]) {
            const plain = toPlainError(thrown, fallback);
            expect(structuredClone(plain)).toEqual(plain);
            expect(isTailraceError(fromPlainError(plain))).toBe(true);
          }
        },
      ),
    );
  });
});

describe('a TailraceError that crosses threads', () => {
  it('keeps its code, status, operation and plain facts, and leaves behind what cannot be cloned', () => {
    const context = { path: '/x', rows: 3, last: true, f: () => 1, big: { a: 1 } };
    const error = new TailraceError('broke', {
      code: 'STORE_FAILED',
      operation: 'write to',
      status: 'permanent',
      // As plain JavaScript could do.
      context: context as never,
    });
    const { code, status, operation, context: crossed } = cross(error);
    expect({ code, status, operation, crossed }).toEqual({
      code: 'STORE_FAILED',
      status: 'permanent',
      operation: 'write to',
      crossed: { path: '/x', rows: 3, last: true },
    });
  });

  it('does not pass for one of the family with a status of its own making', () => {
    expect(
      isTailraceError(Object.assign(new Error('x'), { code: 'STALLED', status: 'soon', operation: 'y' })),
    ).toBe(false);
    expect(
      isTailraceError(
        Object.assign(new Error('x'), { code: 'toString', status: 'permanent', operation: 'y' }),
      ),
    ).toBe(false);
  });
});

describe('an AggregateError', () => {
  it('brings the messages of what it gathers', () => {
    const error = cross(new AggregateError([new Error('first'), new Error('second')], 'both failed'));
    expect(error.message).toBe('both failed');
    expect(error.cause).toMatchObject({ message: 'first', cause: { message: 'second' } });
  });

  it('is permanent when one of those is', () => {
    const refused = Object.assign(new Error('no'), { code: 'EACCES' });
    const late = Object.assign(new Error('late'), { code: 'ETIMEDOUT' });
    expect(cross(new AggregateError([late, refused]))).toMatchObject({
      status: 'permanent',
      context: { errno: 'EACCES' },
    });
    expect(cross(new AggregateError([late]))).toMatchObject({
      status: 'temporary',
      context: { errno: 'ETIMEDOUT' },
    });
  });
});
