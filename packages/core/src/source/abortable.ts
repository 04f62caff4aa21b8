// Owns waiting for a promise that may never settle: the wait ends with the signal, whatever the promise does later.

/** Settles as `promise` does; rejects with the signal's reason when it is aborted first. */
export function abortable<T>(promise: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      // Its outcome is of no interest any more, but a rejection must not surface as unhandled.
      promise.then(undefined, () => undefined);
      return;
    }
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener('abort', onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
  });
}
