// Owns time: the only place that reads a clock or sets a timer. Everything else takes a Clock, so tests never sleep.

/**
 * How long one turn may last before the event loop gets its chance, in milliseconds. What a server on the same thread is late by
 * is about two of these for each source or reader that is busy, and what its own turn takes; each costs some 10 microseconds.
 */
export const longestTurnMs = 5;

/** Time as the framework sees it; XState's `clock` option accepts it too. */
export interface Clock {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Milliseconds since 1970-01-01T00:00Z, for names and reports only. */
  wallTime(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  /** Resolves after pending I/O events and messages have been handled. */
  yield(): Promise<void>;
}

/** About 25 days: the longest that a timer of Node takes. With more it warns, and fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, longestTimerMs)),
  // XState and our own callers hand back what setTimeout returned; the interface keeps it opaque.
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  yield: () => new Promise((resolve) => setImmediate(resolve)),
};

/** Waits on `clock`; rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      clock.clearTimeout(handle);
      reject(signal?.reason);
    };
    const handle = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A source of numbers in [0, 1); injected so that jitter and samples are repeatable in tests. */
export type Random = () => number;
