// Owns how messages cross together: those of one moment in one post, because each post wakes the other thread, and costs
// more than what it carries.

export interface Outbox<M> {
  /** Sends it with what else is said until the moment is over. */
  add(message: M): void;
  /** Sends what is there now. */
  flush(): void;
}

/**
 * @param post takes the messages in their order; never called without any
 * @param atEnd calls back when the moment is over
 */
export function createOutbox<M>(
  post: (messages: readonly M[]) => void,
  atEnd: (flush: () => void) => void,
): Outbox<M> {
  let messages: M[] = [];
  const flush = (): void => {
    if (messages.length === 0) return;
    const all = messages;
    messages = [];
    post(all);
  };
  return {
    add(message) {
      messages.push(message);
      if (messages.length === 1) atEnd(flush);
    },
    flush,
  };
}
