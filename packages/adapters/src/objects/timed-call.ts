// Owns how a call of an SDK ends in time: with what it gave, when its signal is aborted, or when it takes too long.
import { setMaxListeners } from 'node:events';
import { messageOf, TailraceError } from '@tailrace/core';
import type { Answer } from '@tailrace/core/objects';

/** Turns what an SDK throws into an answer; never throws itself. */
export type Judge = (error: unknown) => Exclude<Answer<never>, { readonly kind: 'done' }>;

export interface TimedCalls {
  /** Longest time of a call in milliseconds. */
  readonly timeoutMs: number;
  readonly judge: Judge;
}

/** What an SDK threw, told from mistakes of our own code. */
class FromSdk extends Error {}

/** Everything that is asked of an SDK goes through this: only what it throws is judged to be an answer. */
export async function ask<T>(sdk: Promise<T>): Promise<T> {
  try {
    return await sdk;
  } catch (cause) {
    throw new FromSdk('a call of an SDK failed', { cause });
  }
}

/**
 * Rejects for a mistake of the code around the SDK alone, which tells nothing of the store and would be made again.
 * @param act makes the call; its signal is aborted when the time is over, or when the caller's is
 */
export async function timedCall<T>(
  { timeoutMs, judge }: TimedCalls,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<Answer<T>>,
): Promise<Answer<T>> {
  if (signal.aborted) return { kind: 'ambiguous', cause: signal.reason };
  // Many calls at once listen to the signal of one output; Node would take more than ten for a leak.
  setMaxListeners(0, signal);
  const life = new AbortController();
  // Some of what an SDK waits for hears no signal: whoever looks for credentials, for one.
  const isOver = new Promise<Answer<T>>((resolve) => {
    life.signal.addEventListener('abort', () => resolve({ kind: 'ambiguous', cause: life.signal.reason }), {
      once: true,
    });
  });
  const onAbort = (): void => life.abort(signal.reason);
  const timer = setTimeout(() => life.abort(new Error(`no answer came within ${timeoutMs} ms`)), timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([act(life.signal), isOver]);
  } catch (error) {
    if (life.signal.aborted) return { kind: 'ambiguous', cause: life.signal.reason };
    if (error instanceof FromSdk) return judge(error.cause);
    throw mistake(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function mistake(cause: unknown): TailraceError {
  const name = cause instanceof Error ? `${cause.name}: ` : '';
  return new TailraceError(
    `The client of the store has failed by itself, not the store: ${name}${messageOf(cause)}. It would fail again. Report this.`,
    { code: 'STORE_FAILED', status: 'permanent', operation: 'call store', cause },
  );
}

/**
 * What an SDK says of a failure, without what hangs on its errors: requests with their headers, text that was signed.
 * @param name short, such as `SlowDown`
 */
export function plainCause(name: string, message: string, status: number | undefined): Error {
  const cause = new Error(`${name}${status === undefined ? '' : ` (${status})`}: ${message}`);
  cause.name = name;
  return cause;
}
