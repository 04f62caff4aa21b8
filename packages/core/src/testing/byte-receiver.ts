// Owns destinations of bytes for the conformance suite of formats: slow, failing, or stuck until they are cancelled.
import type { ByteSink } from '../sink/format.js';

export interface Receiver extends ByteSink {
  content(): Uint8Array;
  /** Calls of `write` so far. */
  readonly calls: number;
  /** Two writes were under way at once. */
  readonly overlapped: boolean;
}

interface ReceiverOptions {
  /** Takes its bytes a turn of the event loop after the call. */
  readonly slow?: boolean;
  /** Fails once it has been given more bytes than this. */
  readonly failAfterBytes?: number;
  readonly failure?: Error;
}

export function receiver(options: ReceiverOptions = {}): Receiver {
  const chunks: Uint8Array[] = [];
  let bytesWritten = 0;
  let calls = 0;
  let writing = 0;
  let overlapped = false;
  return {
    get bytesWritten() {
      return bytesWritten;
    },
    get calls() {
      return calls;
    },
    get overlapped() {
      return overlapped;
    },
    content: () => new Uint8Array(Buffer.concat(chunks)),
    async write(bytes) {
      calls += 1;
      if (writing > 0) overlapped = true;
      bytesWritten += bytes.byteLength;
      if (options.failAfterBytes !== undefined && bytesWritten > options.failAfterBytes)
        throw options.failure;
      writing += 1;
      // Late, so that bytes that change too early are seen.
      if (options.slow) await turn();
      chunks.push(new Uint8Array(bytes));
      writing -= 1;
    },
  };
}

/** A destination that never answers, until its signal is aborted: then it rejects with the reason. */
export function stuckReceiver(signal: AbortSignal): ByteSink & { readonly reached: Promise<void> } {
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  return {
    bytesWritten: 0,
    reached,
    write: () =>
      new Promise((_, reject) => {
        reach();
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
}

/** Lets everything run that is ready to. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
