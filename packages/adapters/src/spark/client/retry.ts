// Owns when a call to Spark is made again, and after how long. The numbers are those of Spark's own clients: some ten minutes
// in all.
// Source: DefaultPolicy of PySpark's sql/connect/client/retries.py (4.2).
import type { Random } from '@tailrace/core';
import { type SparkError, tookTooLong } from './spark-error.js';

/** How often, and after how long, a call that failed for now is made again. */
export interface SparkRetryOptions {
  /** Tries after the first one that may fail one after another. Default 15. */
  readonly maxRetries?: number;
  /** Wait before the first of them, in milliseconds. Default 50; each next one is four times as long. */
  readonly baseMs?: number;
  /** The longest wait, in milliseconds, jitter and what a server asks for not counted. Default 60,000. */
  readonly capMs?: number;
}

export type RetryLimits = Required<SparkRetryOptions>;

export const retryDefaults: RetryLimits = { maxRetries: 15, baseMs: 50, capMs: 60_000 };

const factor = 4;
const jitterMs = 500;
const jitterFromMs = 2_000;
/** What a server may ask for at most. */
const maxServerDelayMs = 600_000;

/**
 * The wait in milliseconds before the call is made again, or undefined for none. A call whose time was up is not given that time again:
 * whoever made it decides.
 * @param failed how many tries have failed one after another, this one included
 */
export function retryDelay(
  error: SparkError,
  failed: number,
  limits: RetryLimits,
  random: Random,
): number | undefined {
  if (error.status !== 'temporary' || error.grpcCode === tookTooLong) return undefined;
  if (failed > limits.maxRetries) return undefined;
  const usual = Math.min(limits.capMs, limits.baseMs * factor ** (failed - 1));
  const wait = Math.max(usual, Math.min(maxServerDelayMs, error.retryDelayMs ?? 0));
  return wait < jitterFromMs ? wait : wait + random() * jitterMs;
}
