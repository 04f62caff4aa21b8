// Owns how a worker comes to life: as a thread, or on the main thread over a message channel when there are none.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import type { FromWorker, ToWorker, WorkerStartup } from '../wire/messages.js';

export interface ThreadEvents {
  message(message: FromWorker): void;
  /** Once, when it is gone: why, if it was not asked to stop. */
  ended(error: PlainError | undefined): void;
}

export interface Thread {
  post(message: ToWorker): void;
  /** Ends it now, whatever it is doing. A thread that is inside a blocking system call ends after that call. */
  terminate(): Promise<void>;
  /** Whether it keeps the process alive. */
  keepAlive(on: boolean): void;
}

export type StartThread = (startup: WorkerStartup, events: ThreadEvents) => Thread;

// Resolved through package.json "imports", which points at the built file from the sources too.
const resolve = createRequire(import.meta.url).resolve;

const lost = (message: string, context: PlainError['context'], causes: readonly string[]): PlainError => ({
  code: 'WORKER_LOST',
  status: 'temporary',
  operation: 'run worker',
  message,
  context,
  causes,
});

/** A worker thread. */
export const startWorkerThread: StartThread = (startup, events) => {
  const worker = new Worker(resolve('#worker-entry'), {
    workerData: startup,
    name: `tailrace ${startup.name}`,
  });
  let failure: PlainError | undefined;
  let stopping = false;
  worker.on('message', (message: FromWorker) => {
    if (message.type === 'worker.crashed') {
      failure = lost(
        `Worker ${startup.name} died of an error outside any call of a sink: ${message.error.message}`,
        { worker: startup.name },
        [message.error.message, ...message.error.causes],
      );
      if (message.error.stack !== undefined) failure = { ...failure, stack: message.error.stack };
      return;
    }
    events.message(message);
  });
  worker.on('error', (error) => {
    const { message } = toPlainError(error, { code: 'WORKER_LOST', operation: 'run worker' });
    failure ??= lost(`Worker ${startup.name} died: ${message}`, { worker: startup.name }, [message]);
  });
  worker.on('exit', (exitCode) => {
    const exited = `Worker ${startup.name} exited with code ${exitCode} in the middle of its work (process.exit in a sink?).`;
    events.ended(stopping ? undefined : (failure ?? lost(exited, { worker: startup.name, exitCode }, [])));
  });
  return {
    post(message) {
      if (message.type === 'worker.stop') stopping = true;
      worker.postMessage(message);
    },
    async terminate() {
      failure ??= lost(
        `Worker ${startup.name} was ended because it did not answer.`,
        { worker: startup.name },
        [],
      );
      await worker.terminate();
    },
    keepAlive(on) {
      if (on) worker.ref();
      else worker.unref();
    },
  };
};

/** The same conversation without a thread: for `workers: 0`. */
export const startInlineThread: StartThread = (startup, events) => {
  const { port1, port2 } = new MessageChannel();
  let open = true;
  const end = (error: PlainError | undefined): void => {
    if (!open) return;
    open = false;
    port1.close();
    events.ended(error);
  };
  port1.on('message', (message: FromWorker) => events.message(message));
  port1.on('close', () => end(undefined));
  const serving = import(pathToFileURL(resolve('#worker-inline')).href).then(
    // The entry's own type: the built file has no declaration of its own.
    (module: { serveInline: (port: typeof port2, startup: WorkerStartup) => void }) => {
      if (open) module.serveInline(port2, startup);
    },
  );
  serving.catch((error: unknown) =>
    end(toPlainError(error, { code: 'WORKER_LOST', operation: 'start worker' })),
  );
  return {
    post: (message) => port1.postMessage(message),
    async terminate() {
      end(lost('The write did not answer and there is no worker thread to end (workers: 0).', {}, []));
    },
    keepAlive(on) {
      if (on) port1.ref();
      else port1.unref();
    },
  };
};
