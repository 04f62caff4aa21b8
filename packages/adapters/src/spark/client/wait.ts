// Owns waiting on an injected clock, and what is thrown when the caller has had enough.
import { CancelledError, type Clock } from '@tailrace/core';

export function cancelled(operation: string, signal: AbortSignal): CancelledError {
  return new CancelledError(`Cancelled while waiting for Spark to ${operation}.`, {
    operation,
    cause: signal.reason,
  });
}

export function throwIfCancelled(operation: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(operation, signal);
}

/** Waits for work; rejects with a CancelledError when the signal is aborted first. */
export function orCancelled(
  work: Promise<void>,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelled(operation, signal));
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Waits; rejects with a CancelledError when the signal is aborted first. */
export function wait(
  clock: Clock,
  delayMs: number,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancelled(operation, signal));
      return;
    }
    const onAbort = (): void => {
      clock.clearTimeout(handle);
      if (signal !== undefined) reject(cancelled(operation, signal));
    };
    const handle = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
