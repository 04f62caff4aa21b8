// Owns the worker that is none: serves attempts on the main thread, over a real message channel, so that machines,
// order and cloning are the same as with threads.
import type { FromWorker, ToWorker, WorkerStartup } from '../wire/messages.js';
import { serveAttempts } from './serve.js';

/** What it needs of a MessagePort. */
interface Port {
  postMessage(message: FromWorker): void;
  on(event: 'message', listener: (message: ToWorker) => void): unknown;
  close(): void;
  unref(): void;
}

export function serveInline(port: Port, startup: WorkerStartup): void {
  const post = (message: FromWorker): void => port.postMessage(message);
  const server = serveAttempts(startup, { post, stopped: () => port.close() });
  port.on('message', (message: ToWorker) => server.receive(message));
  // The other end, on the same thread, keeps the process alive while there is something to do.
  port.unref();
  post({ type: 'worker.ready' });
}
