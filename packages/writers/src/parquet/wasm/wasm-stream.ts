// Owns one running `transformParquetStream`: batches in, bytes out, backpressure between. It repairs what that function
// leaves open: it swallows every error of its input and output, so that both are remembered and thrown here.
import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web';
import { setImmediate as macrotask } from 'node:timers/promises';
import { type RecordBatch, transformParquetStream, type WriterProperties } from 'parquet-wasm';

export interface WasmStream {
  /**
   * Encodes a batch. Resolves when the engine is done with it and everything it put out has been delivered.
   * @param make is called when the engine asks for a batch, so that no batch waits in its memory
   */
  write(make: () => RecordBatch): Promise<void>;
  /** Ends the file; resolves when its last byte has been delivered. At least one batch must have been written. */
  finish(): Promise<void>;
  /** Lets the engine end and free its memory; its output is dropped. Never waits for it. Idempotent. */
  abort(reason: unknown): void;
}

/**
 * @param properties are used up
 * @param deliver takes the bytes of the file in order; what it throws ends the stream
 */
export function openWasmStream(
  properties: WriterProperties,
  deliver: (bytes: Uint8Array) => void | Promise<void>,
): WasmStream {
  let input: ReadableStreamDefaultController<RecordBatch> | undefined;
  let output: { cancel(reason: unknown): Promise<void> } | undefined;
  let failure: { readonly error: unknown } | undefined;
  /** The engine waits for the next batch: what went in before is encoded. */
  let asked = false;
  let inputOpen = true;
  let delivered = 0;
  let delivering = false;
  let wake = (): void => {};

  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const rethrow = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  const closeInput = (): void => {
    if (inputOpen) input?.close();
    inputOpen = false;
  };
  const fail = (error: unknown): void => {
    failure ??= { error };
    // A closed input is what ends the engine's loop: it ignores errors, also those of its output.
    closeInput();
    output?.cancel(error).catch(() => {}); // the reason is known already
    wake();
  };

  const source = new ReadableStream<RecordBatch>(
    {
      start(controller) {
        input = controller;
      },
      pull() {
        asked = true;
        wake();
      },
    },
    { highWaterMark: 0 },
  );
  const pumped = pump().catch(fail);

  async function pump(): Promise<void> {
    // The streams of node:stream/web are the global ones; only their type declarations differ.
    const readable = (await transformParquetStream(
      source as globalThis.ReadableStream,
      properties,
    )) as ReadableStream<Uint8Array>;
    const reader = readable.getReader();
    output = reader;
    if (failure !== undefined) await reader.cancel(failure.error);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      delivering = true;
      await deliver(value);
      delivering = false;
      delivered += 1;
      wake();
    }
  }

  async function untilAsked(): Promise<void> {
    rethrow();
    while (!asked) {
      await changed();
      rethrow();
    }
  }

  /**
   * Once the engine asks again, what it put out is on its way to `deliver` by microtasks alone: when a macrotask brings
   * nothing new, all of it has arrived. This makes sizes the same on every run, and hands on backpressure.
   */
  async function untilDelivered(): Promise<void> {
    for (let before = -1; before !== delivered || delivering; ) {
      rethrow();
      before = delivered;
      if (delivering) await changed();
      else await macrotask();
    }
    rethrow();
  }

  return {
    async write(make) {
      await untilAsked();
      const batch = make();
      asked = false;
      input?.enqueue(batch);
      await untilAsked();
      await untilDelivered();
    },
    async finish() {
      await untilAsked();
      closeInput();
      await pumped;
      rethrow();
    },
    abort: fail,
  };
}
