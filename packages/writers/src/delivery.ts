// Owns the way of a file's bytes to its sink: one piece at a time, and what holds once that failed or was given up.
import type { ByteSink } from '@tailrace/core/sink';

export interface Delivery {
  /** Bytes handed over so far: the offset of the next piece in the file. */
  readonly bytes: number;
  /** Throws the reason why the file is given up, if it is. */
  ensureOpen(): void;
  /** Resolves when the sink has taken the bytes; rejects at once when the file is given up meanwhile. */
  write(bytes: Uint8Array): Promise<void>;
  /** Does `action`; when it fails the file is given up for that reason. */
  attempt<T>(action: () => Promise<T>): Promise<T>;
  /** Ends listening to the signal: everything is written. */
  close(): void;
  /** Gives the file up without waiting for the sink. Idempotent. */
  abort(): void;
}

export function delivery(out: ByteSink, signal: AbortSignal): Delivery {
  let bytes = 0;
  let failure: { readonly error: unknown } | undefined;
  /** Rejects the write that waits for the sink. */
  let interrupt = (_error: unknown): void => {};

  const fail = (error: unknown): void => {
    failure ??= { error };
    interrupt(error);
  };
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const close = (): void => signal.removeEventListener('abort', onAbort);
  const ensureOpen = (): void => {
    if (failure !== undefined) throw failure.error;
    signal.throwIfAborted();
  };

  return {
    get bytes() {
      return bytes;
    },
    ensureOpen,
    async write(piece) {
      ensureOpen();
      bytes += piece.length;
      const taken = out.write(piece);
      if (taken === undefined) return;
      await new Promise<void>((resolve, reject) => {
        interrupt = reject;
        taken.then(resolve, reject);
      });
    },
    async attempt(action) {
      try {
        return await action();
      } catch (error) {
        fail(error);
        throw error;
      }
    },
    close,
    abort() {
      close();
      fail(signal.aborted ? signal.reason : new Error('the file was aborted'));
    },
  };
}
