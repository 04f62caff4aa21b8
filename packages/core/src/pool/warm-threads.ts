// Owns the threads that no pool uses now. Their code is loaded and compiled, which a new thread needs a second or two of
// work for: the next pool gets them. It knows nothing of what a thread is.

export interface WarmThreadsOptions {
  /** Threads kept at most. */
  readonly limit: number;
  /** Milliseconds after which a thread that nobody has taken is ended. */
  readonly keepMs: number;
  /** Calls back once; returns how to call it off. Must not keep the process alive. */
  readonly startTimer: (callback: () => void, delayMs: number) => () => void;
}

export interface WarmThreads<T> {
  /** The thread that was kept last, which is now the caller's. */
  take(): T | undefined;
  /** Keeps a thread; `end` is called when it is not wanted any more, or at once where there are enough. */
  keep(thread: T, end: () => void): void;
  /** Forgets a thread that has died. */
  forget(thread: T): void;
}

export function createWarmThreads<T>({ limit, keepMs, startTimer }: WarmThreadsOptions): WarmThreads<T> {
  /** With the calls that stop their timers; in the order in which they came. */
  const kept = new Map<T, () => void>();
  const forget = (thread: T): void => {
    kept.get(thread)?.();
    kept.delete(thread);
  };
  return {
    take() {
      const last = [...kept.keys()].at(-1);
      if (last !== undefined) forget(last);
      return last;
    },
    keep(thread, end) {
      if (kept.size >= limit) {
        end();
        return;
      }
      const stopTimer = startTimer(() => {
        kept.delete(thread);
        end();
      }, keepMs);
      kept.set(thread, stopTimer);
    },
    forget,
  };
}
