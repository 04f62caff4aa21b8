// Owns how a worker comes to life: as a thread, new or kept warm, or on the main thread over a message channel.
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import { textFrom } from '../errors/thrown.js';
import type { FromThread, FromWorker, ToThread, ToWorker, WorkerStartup } from '../wire/messages.js';
import { createOutbox } from '../wire/outbox.js';
import { createWarmThreads } from './warm-threads.js';

/** What is heard of a thread. */
export interface ThreadEvents {
  message(message: FromWorker): void;
  /** Once, when it is gone: why, if it was not asked to stop. */
  ended(error: PlainError | undefined): void;
}

/** A thread, or what stands for one. */
export interface Thread {
  post(message: ToWorker): void;
  /** Ends it now, whatever it is doing. A thread that is inside a blocking system call ends after that call. */
  terminate(why?: string): Promise<void>;
  /** Whether it keeps the process alive. */
  keepAlive(on: boolean): void;
}

/** Starts a thread that works for a pool. */
export type StartThread = (startup: WorkerStartup, events: ThreadEvents) => Thread;

/** Worker threads have a lower priority than the main thread: they see to it themselves (`worker/give-way.ts`). */
export const threadsGiveWay: boolean = process.platform === 'linux';

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

/** A thread, and who uses it now. */
interface KeptThread {
  readonly worker: Worker;
  user: ThreadUser | undefined;
}

interface ThreadUser {
  message(message: FromThread): void;
  error(error: unknown): void;
  exit(exitCode: number): void;
}

const keepMs = 10_000;
const heapAdvice =
  'Let the sink keep fewer objects or write smaller batches, or raise the limit of every heap with --max-old-space-size.';

const warm = createWarmThreads<KeptThread>({
  limit: availableParallelism(),
  keepMs,
  startTimer: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
});

function newThread(): KeptThread {
  const worker = new Worker(resolve('#worker-entry'), { name: 'tailrace worker' });
  const thread: KeptThread = { worker, user: undefined };
  worker.on('message', (messages: readonly FromThread[]) => {
    for (const message of messages) thread.user?.message(message);
  });
  // The death of a thread that nobody uses costs nobody anything.
  worker.on('error', (error) => thread.user?.error(error));
  worker.on('exit', (exitCode) => {
    warm.forget(thread);
    thread.user?.exit(exitCode);
  });
  return thread;
}

/**
 * A worker thread: one that has served another pool well until lately, or a new one. Only threads in which every attempt has
 * ended well are used again: after a failure or a cancel, something of the sink may still be at work.
 */
export const startWorkerThread: StartThread = (startup, events) => {
  const thread = warm.take() ?? newThread();
  const { worker } = thread;
  const outbox = createOutbox<ToThread>((messages) => worker.postMessage(messages), queueMicrotask);
  let failure: PlainError | undefined;
  let stopping = false;
  let sound = true;
  const stopped = (): void => {
    if (!sound) {
      // Its exit is what ends it.
      worker.terminate().catch((error: unknown) => thread.user?.error(error));
      return;
    }
    thread.user = undefined;
    worker.unref();
    warm.keep(thread, () => {
      // Nobody is left who could be told; the exit is seen to by the listeners of the thread.
      worker.terminate().catch(() => undefined);
    });
    events.ended(undefined);
  };
  const user: ThreadUser = {
    message(message) {
      switch (message.type) {
        case 'worker.crashed':
          failure = lost(
            message.error.context.outOfMemory === true
              ? `Worker ${startup.name} was ended: ${message.error.message}`
              : `Worker ${startup.name} died of an error outside any call of a sink: ${message.error.message}`,
            { ...message.error.context, worker: startup.name },
            [message.error.message, ...message.error.causes],
          );
          if (message.error.stack !== undefined) failure = { ...failure, stack: message.error.stack };
          return;
        case 'worker.stopped':
          stopped();
          return;
        case 'attempt.failed':
        case 'attempt.aborted':
          sound = false;
          events.message(message);
          return;
        default:
          events.message(message);
      }
    },
    error(error) {
      const { message } = toPlainError(error, { code: 'WORKER_LOST', operation: 'run worker' });
      const outOfMemory = textFrom(error, 'code') === 'ERR_WORKER_OUT_OF_MEMORY';
      const context = outOfMemory ? { worker: startup.name, outOfMemory } : { worker: startup.name };
      failure ??= lost(
        `Worker ${startup.name} died: ${message}${outOfMemory ? `. ${heapAdvice}` : ''}`,
        context,
        [message],
      );
    },
    exit(exitCode) {
      const exited = `Worker ${startup.name} exited with code ${exitCode} in the middle of its work (process.exit in a sink?).`;
      events.ended(stopping ? undefined : (failure ?? lost(exited, { worker: startup.name, exitCode }, [])));
    },
  };
  thread.user = user;
  /** Afterwards the thread may be another pool's. */
  const isOurs = (): boolean => thread.user === user;
  worker.ref();
  outbox.add({ type: 'worker.start', startup });
  return {
    post(message) {
      if (!isOurs()) return;
      if (message.type === 'worker.stop') stopping = true;
      outbox.add(message);
    },
    async terminate(why = 'it did not answer') {
      if (!isOurs()) return;
      sound = false;
      failure ??= lost(`Worker ${startup.name} was ended because ${why}.`, { worker: startup.name }, []);
      await worker.terminate();
    },
    keepAlive(on) {
      if (!isOurs()) return;
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
  const outbox = createOutbox<ToWorker>((messages) => port1.postMessage(messages), queueMicrotask);
  port1.on('message', (messages: readonly FromWorker[]) => {
    for (const message of messages) events.message(message);
  });
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
    post: (message) => outbox.add(message),
    async terminate() {
      end(lost('The write did not answer and there is no worker thread to end (workers: 0).', {}, []));
    },
    keepAlive(on) {
      if (on) port1.ref();
      else port1.unref();
    },
  };
};
