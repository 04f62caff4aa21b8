// Owns a promise with its ends in hand.
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** A promise to be settled later. A rejection that nobody has asked for yet does not end the process. */
export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // The same failure is always told on another way too (drain, completed); this only keeps Node from exiting first.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
