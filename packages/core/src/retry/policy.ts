// Owns the shape of a retry policy: a pure function of what failed and how often, which never reads a message.
import type { TailraceError } from '../errors/tailrace-error.js';
import type { Random } from '../time/clock.js';

/** Wait so many milliseconds and try again, or give up. */
export type RetryDecision = { readonly retry: true; readonly delayMs: number } | { readonly retry: false };

/**
 * Whether a failed attempt is tried again, and after how long: a pure function. `exponential`, `fixed` and `none` make
 * such.
 * @param error what ended the attempt; decide by `error.status` and `error.code`
 * @param attempt the attempt that failed, counted from 1
 * @param random injected source of jitter, in [0, 1)
 */
export type RetryPolicy = (error: TailraceError, attempt: number, random: Random) => RetryDecision;
