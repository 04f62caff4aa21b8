// Owns what a caller's retry policy is believed: a decision that can be carried out, or that there is none.
import { fromPlainError, type PlainError } from '../errors/plain-error.js';
import { messageOf } from '../errors/tailrace-error.js';
import type { Random } from '../time/clock.js';
import { longestDelayMs } from './policies.js';
import type { RetryDecision, RetryPolicy } from './policy.js';

/** A decision; without one that can be carried out, no other try, and the error that says so. */
export type CheckedDecision = RetryDecision | { readonly retry: false; readonly error: PlainError };

export interface Failed {
  /** Name of the output the policy was given to. */
  readonly output: string;
  readonly error: PlainError;
  /** Attempts that failed, this one included. */
  readonly attempt: number;
}

/** Asks a policy. Never throws: a machine that asks would end with everything beneath it. */
export function checkedDecision(policy: RetryPolicy, failed: Failed, random: Random): CheckedDecision {
  const refused = (problem: string): CheckedDecision => ({
    retry: false,
    error: withProblem(failed, problem),
  });
  let decision: unknown;
  try {
    decision = policy(fromPlainError(failed.error), failed.attempt, random);
  } catch (error) {
    return refused(`threw: ${messageOf(error)}`);
  }
  if (typeof decision !== 'object' || decision === null || !('retry' in decision)) {
    return refused(`returned ${typeof decision === 'object' ? 'no decision' : String(decision)}`);
  }
  if (decision.retry === false) return { retry: false };
  if (decision.retry !== true) return refused(`returned retry: ${String(decision.retry)}`);
  const delayMs = 'delayMs' in decision ? decision.delayMs : undefined;
  if (typeof delayMs === 'number' && delayMs >= 0 && delayMs <= longestDelayMs)
    return { retry: true, delayMs };
  return refused(`returned delayMs: ${String(delayMs)}`);
}

// The attempt's own error leads: that there was no other try is what follows from the policy.
function withProblem({ output, error }: Failed, problem: string): PlainError {
  const why = `The retry policy of output ${output} ${problem}`;
  const next = 'It must return { retry: false } or { retry: true, delayMs } with milliseconds of 0 or more.';
  return {
    ...error,
    message: `${error.message} It was not tried again. ${why}. ${next}`,
    causes: [...error.causes, why],
  };
}
