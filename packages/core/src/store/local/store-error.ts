// Owns how a failed call on the file system becomes an error that says what failed, where, and what to do about it.
import { type ErrnoMeaning, errnos } from '../../errors/errno.js';
import { type ErrorStatus, isTailraceError, messageOf, TailraceError } from '../../errors/tailrace-error.js';

export interface FailedStep {
  /** Verb phrase for the message: `write to`, `publish`. */
  readonly step: string;
  readonly path: string;
  readonly output: string;
  /** Overrides what the errno says. */
  readonly status?: ErrorStatus | undefined;
  /** Replaces the advice of the errno. */
  readonly advice?: string | undefined;
}

/** Name of the errno of a failed call, if it is one: `ENOSPC`. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || isTailraceError(error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True when the call failed with one of these errnos. */
export function failedWith(error: unknown, ...errnos: readonly string[]): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && errnos.includes(errno);
}

/** STORE_FAILED for a failed call; members of the family pass unchanged. */
export function storeError(error: unknown, failed: FailedStep): TailraceError {
  if (isTailraceError(error)) return error;
  const errno = errnoOf(error);
  const advice = failed.advice ?? meaningOf(errno)?.advice ?? 'See the cause of this error';
  return new TailraceError(
    `Could not ${failed.step} ${failed.path}: ${errno ?? messageOf(error)}. ${advice}.`,
    {
      code: 'STORE_FAILED',
      operation: failed.step,
      status: failed.status ?? meaningOf(errno)?.status ?? 'temporary',
      context: { path: failed.path, output: failed.output, errno },
      cause: error,
    },
  );
}

/** Runs a step and turns what it throws into a STORE_FAILED. */
export async function attemptStep<T>(failed: FailedStep, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw storeError(error, failed);
  }
}

function meaningOf(errno: string | undefined): ErrnoMeaning | undefined {
  return errno === undefined ? undefined : errnos.get(errno);
}
