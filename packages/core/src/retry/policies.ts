// Owns the retry policies that come with the framework. They decide only; waiting and trying again is the caller's.
import { PlanError } from '../errors/named-errors.js';
import type { RetryDecision, RetryPolicy } from './policy.js';

const giveUp: RetryDecision = { retry: false };
/** Longest delay that a timer of the platform takes; a longer one would fire at once. */
export const longestDelayMs: number = 2_147_483_647;

/** How often `fixed` tries, and how long it waits. */
export interface FixedOptions {
  /** Tries in all, the first one included: 3 means at most two retries. */
  readonly attempts: number;
  /** Milliseconds before every retry: `1_000`. */
  readonly delayMs: number;
}

/** How often `exponential` tries, and how long it waits. */
export interface ExponentialOptions {
  /** Tries in all, the first one included. Default 3. */
  readonly attempts?: number | undefined;
  /** Upper bound of the delay before the first retry, in milliseconds; it doubles with every retry. Default 200. */
  readonly baseMs?: number | undefined;
  /** Upper bound of every delay, in milliseconds. Default 30,000. */
  readonly capMs?: number | undefined;
}

/** One attempt only: whatever fails has failed. */
export function none(): RetryPolicy {
  return () => giveUp;
}

/**
 * The same delay before every retry. Gives up on permanent errors.
 * Throws a PlanError for options that are not numbers in range.
 */
export function fixed(options: FixedOptions): RetryPolicy {
  const { attempts, delayMs } = options;
  checkAttempts('fixed', attempts);
  checkDelay('fixed', 'delayMs', delayMs);
  return (error, attempt) =>
    error.status === 'permanent' || attempt >= attempts ? giveUp : { retry: true, delayMs };
}

/**
 * A random delay between 0 and a bound that doubles from `baseMs` up to `capMs`: "full jitter", which spreads clients
 * that failed together (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). Gives up on
 * permanent errors. Throws a PlanError for options that are not numbers in range.
 *
 * @example exponential({ attempts: 5 }) // at most 200, 400, 800, then 1,600 ms
 */
export function exponential(options: ExponentialOptions = {}): RetryPolicy {
  const { attempts = 3, baseMs = 200, capMs = 30_000 } = options;
  checkAttempts('exponential', attempts);
  checkDelay('exponential', 'baseMs', baseMs);
  checkDelay('exponential', 'capMs', capMs);
  if (capMs < baseMs) {
    throw refused(
      'exponential',
      `capMs (${capMs}) is below baseMs (${baseMs}). Raise capMs or lower baseMs.`,
    );
  }
  return (error, attempt, random) => {
    if (error.status === 'permanent' || attempt >= attempts) return giveUp;
    // Beyond 2^31 every base of a millisecond has met the cap; the limit keeps 0 * Infinity out.
    const bound = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 31));
    return { retry: true, delayMs: random() * bound };
  };
}

function checkAttempts(policy: string, attempts: number): void {
  if (!Number.isSafeInteger(attempts) || attempts < 1) {
    const next = 'Pass a whole number of at least 1; it counts the first attempt too.';
    throw refused(policy, `attempts is ${String(attempts)}. ${next}`);
  }
}

function checkDelay(policy: string, option: string, delayMs: number): void {
  if (typeof delayMs !== 'number' || !(delayMs >= 0 && delayMs <= longestDelayMs)) {
    throw refused(
      policy,
      `${option} is ${String(delayMs)}. Pass milliseconds between 0 and ${longestDelayMs}.`,
    );
  }
}

function refused(policy: string, problem: string): PlanError {
  return new PlanError(`The retry policy ${policy}(...) cannot be used: ${problem}`, {
    operation: `declare ${policy}`,
    context: { policy },
  });
}
