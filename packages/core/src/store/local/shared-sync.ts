// Owns how syncs of one directory are shared: outputs beside each other ask for the same ones at the same time, and each
// waits for the disk. It knows nothing of outputs.

interface Running {
  readonly now: Promise<void>;
  /** The one after it, once somebody has asked for it. */
  next: Promise<void> | undefined;
}

/**
 * Wraps a sync so that calls for one path share it. What a call's changes need is a sync that begins after the call: one that
 * is under way does not count, but all who come meanwhile share the next. If one fails, it has failed for all who asked before
 * its end.
 */
export function shareSyncs(sync: (path: string) => Promise<void>): (path: string) => Promise<void> {
  const running = new Map<string, Running>();

  const start = (path: string): Promise<void> => {
    const now = sync(path);
    const one: Running = { now, next: undefined };
    running.set(path, one);
    now.then(
      () => {
        if (one.next === undefined) running.delete(path);
      },
      () => {
        if (running.get(path) === one) running.delete(path);
      },
    );
    return now;
  };
  return (path) => {
    const one = running.get(path);
    if (one === undefined) return start(path);
    // A system tells of data that it could not write once, so a failure may be about the changes of those who wait: no second
    // sync says otherwise.
    one.next ??= one.now.then(() => start(path));
    return one.next;
  };
}
