import { describe, expect, it } from 'vitest';
import type { PlainError } from '../errors/plain-error.js';
import { checkedDecision } from './checked-decision.js';
import type { RetryDecision, RetryPolicy } from './policy.js';

const error: PlainError = {
  code: 'STORE_FAILED',
  status: 'temporary',
  operation: 'write',
  message: 'The disk is full.',
  context: {},
  causes: [],
};
const ask = (policy: RetryPolicy) =>
  checkedDecision(policy, { output: 'routes', error, attempt: 2 }, () => 0.5);
// What a program in JavaScript may return.
const answering = (answer: unknown) => ask(() => answer as RetryDecision);

describe('the decision of a retry policy', () => {
  it('is taken as it is when it can be carried out', () => {
    expect(answering({ retry: false })).toEqual({ retry: false });
    expect(answering({ retry: true, delayMs: 0 })).toEqual({ retry: true, delayMs: 0 });
    expect(
      ask((seen, attempt, random) => ({ retry: seen.code === 'STORE_FAILED', delayMs: attempt * random() })),
    ).toEqual({ retry: true, delayMs: 1 });
  });

  it.each([
    [undefined, 'returned undefined'],
    [null, 'returned no decision'],
    [true, 'returned true'],
    [Promise.resolve({ retry: true, delayMs: 1 }), 'returned no decision'],
    [{ retry: 'yes', delayMs: 1 }, 'returned retry: yes'],
    [{ retry: true }, 'returned delayMs: undefined'],
    [{ retry: true, delayMs: -1 }, 'returned delayMs: -1'],
    [{ retry: true, delayMs: Number.NaN }, 'returned delayMs: NaN'],
    [{ retry: true, delayMs: Number.POSITIVE_INFINITY }, 'returned delayMs: Infinity'],
  ])('that is %o is none: no other try, and the error names the policy', (answer, problem) => {
    expect(answering(answer)).toMatchObject({
      retry: false,
      error: {
        code: 'STORE_FAILED',
        message: expect.stringContaining(
          `The disk is full. It was not tried again. The retry policy of output routes ${problem}.`,
        ),
      },
    });
  });

  it('is none when the policy throws', () => {
    const decision = ask(() => {
      throw new Error('a bug');
    });
    expect(decision).toMatchObject({
      retry: false,
      error: { causes: ['The retry policy of output routes threw: a bug'] },
    });
  });
});
