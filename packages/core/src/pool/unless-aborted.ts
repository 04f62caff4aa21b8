// Owns waiting for a promise no longer than a signal allows.

/** Settles as `wait` does, or rejects with the signal's reason once it is aborted, whatever `wait` does then. */
export function unlessAborted<T>(wait: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    wait.then(resolve, reject).then(settle, settle);
  });
}
