// Owns the batches that an attempt has been sent and has not encoded: a queue with one reader. Its size is bounded by
// the byte budget of the main thread, which counts every batch until the write is prepared.
import type { SendBatch } from '../wire/messages.js';

export interface QueuedBatch {
  readonly seq: number;
  readonly batch: SendBatch['batch'];
}

export interface AttemptQueue {
  push(batch: QueuedBatch): void;
  seal(): void;
  /** The next batch, or undefined when sealed and empty; rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<QueuedBatch | undefined>;
}

export function createAttemptQueue(): AttemptQueue {
  const items: QueuedBatch[] = [];
  let sealed = false;
  let wake: (() => void) | undefined;
  const notify = (): void => {
    wake?.();
    wake = undefined;
  };
  return {
    push(item) {
      items.push(item);
      notify();
    },
    seal() {
      sealed = true;
      notify();
    },
    async next(signal) {
      signal.addEventListener('abort', notify, { once: true });
      try {
        for (;;) {
          signal.throwIfAborted();
          const item = items.shift();
          if (item !== undefined) return item;
          if (sealed) return undefined;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        signal.removeEventListener('abort', notify);
      }
    },
  };
}
