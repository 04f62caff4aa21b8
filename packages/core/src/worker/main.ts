// Owns the entry of a worker thread: serves one pool after the other over its port, and says so before it dies of an error
// in user code that no call can catch.
import { parentPort } from 'node:worker_threads';
import { toPlainError } from '../errors/plain-error.js';
import type { FromThread, ToThread } from '../wire/messages.js';
import { createOutbox } from '../wire/outbox.js';
import { giveWay } from './give-way.js';
import { serveAttempts, type WorkerServer } from './serve.js';

const port = parentPort;
if (port === null)
  throw new Error('This module is the entry of a Tailrace worker thread; it is not imported.');

giveWay();

const outbox = createOutbox<FromThread>((messages) => port.postMessage(messages), setImmediate);
const post = (message: FromThread): void => outbox.add(message);

const crash = (operation: string) => (error: unknown) => {
  post({ type: 'worker.crashed', error: toPlainError(error, { code: 'WORKER_LOST', operation }) });
  outbox.flush();
  process.exit(1);
};
process.on('uncaughtException', crash('uncaught exception in a worker'));
process.on('unhandledRejection', crash('unhandled rejection in a worker'));

let server: WorkerServer | undefined;
const stopped = (): void => {
  server = undefined;
  post({ type: 'worker.stopped' });
};
const receive = (message: ToThread): void => {
  if (message.type === 'worker.start') {
    server = serveAttempts(message.startup, { post, stopped, crash: crash('limit memory') });
    post({ type: 'worker.ready' });
  } else {
    server?.receive(message);
  }
};
port.on('message', (messages: readonly ToThread[]) => {
  for (const message of messages) receive(message);
});
