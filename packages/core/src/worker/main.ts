// Owns the entry of a worker thread: connects its port to the attempt server, and says so before it dies of an error in
// user code that no call can catch.
import { parentPort, workerData } from 'node:worker_threads';
import { toPlainError } from '../errors/plain-error.js';
import type { FromWorker, ToWorker, WorkerStartup } from '../wire/messages.js';
import { serveAttempts } from './serve.js';

const port = parentPort;
if (port === null)
  throw new Error('This module is the entry of a Tailrace worker thread; it is not imported.');

const post = (message: FromWorker): void => port.postMessage(message);

const crash = (operation: string) => (error: unknown) => {
  post({ type: 'worker.crashed', error: toPlainError(error, { code: 'WORKER_LOST', operation }) });
  process.exit(1);
};
process.on('uncaughtException', crash('uncaught exception in a worker'));
process.on('unhandledRejection', crash('unhandled rejection in a worker'));

// The pool is the only one who starts this module, and gives it exactly this.
const server = serveAttempts(workerData as WorkerStartup, { post, stopped: () => process.exit(0) });
port.on('message', (message: ToWorker) => server.receive(message));
post({ type: 'worker.ready' });
