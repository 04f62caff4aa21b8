// Owns the worker that is none: serves attempts on the main thread, over a real message channel, so that machines,
// order and cloning are the same as with threads.
import type { FromWorker, ToWorker, WorkerStartup } from '../wire/messages.js';
import { createOutbox } from '../wire/outbox.js';
import { serveAttempts } from './serve.js';

/** What it needs of a MessagePort. */
interface Port {
  postMessage(messages: readonly FromWorker[]): void;
  on(event: 'message', listener: (messages: readonly ToWorker[]) => void): unknown;
  close(): void;
  unref(): void;
}

export function serveInline(port: Port, startup: WorkerStartup): void {
  const outbox = createOutbox<FromWorker>((messages) => port.postMessage(messages), setImmediate);
  const post = (message: FromWorker): void => outbox.add(message);
  const stopped = (): void => {
    outbox.flush();
    port.close();
  };
  const server = serveAttempts(startup, { post, stopped });
  port.on('message', (messages: readonly ToWorker[]) => {
    for (const message of messages) server.receive(message);
  });
  // The other end, on the same thread, keeps the process alive while there is something to do.
  port.unref();
  post({ type: 'worker.ready' });
}
