// Owns one worker's place: the thread that fills it now, and the attempts that run in it. What its death means for the
// place is the worker machine's business; what it means for a write, the write machine's.

import { CancelledError } from '../errors/named-errors.js';
import type { PlainError } from '../errors/plain-error.js';
import type { RemoteInspection } from '../inspect/remote-inspection.js';
import type { ModuleRef } from '../sink/module-ref.js';
import type { Prepared } from '../sink/sink.js';
import { type Clock, sleep } from '../time/clock.js';
import type { AttemptMoved, AttemptSpec, BatchConsumed, FromWorker, SendBatch } from '../wire/messages.js';
import { createLiveness } from './liveness.js';
import type { StartThread, Thread } from './thread.js';

/** What an attempt's owner is told. Exactly one of prepared, failed, aborted or lost comes last. */
export interface AttemptListener {
  moved(message: AttemptMoved): void;
  consumed(message: BatchConsumed): void;
  /** A batch that the sink had kept is not read any more. */
  freed(seq: number): void;
  prepared(prepared: Prepared, busyMs: number): void;
  failed(error: PlainError, busyMs: number): void;
  aborted(): void;
  lost(error: PlainError): void;
}

export interface HostEvents {
  ready(): void;
  ended(error: PlainError | undefined): void;
}

export interface WorkerHost {
  readonly slot: string;
  /** `w1.2`: slot and incarnation. */
  readonly name: string;
  /** A thread is there and listens. */
  readonly up: boolean;
  /** Its first thread is still on its way. */
  readonly fresh: boolean;
  /** Attempts running in it. */
  readonly load: number;
  /** Milliseconds its threads have been at work, as told at the end of each attempt. */
  readonly threadMs: number;
  start(events: HostEvents): void;
  startAttempt(spec: AttemptSpec, listener: AttemptListener): void;
  sendBatch(attemptId: string, seq: number, batch: SendBatch['batch']): void;
  sealAttempt(attemptId: string): void;
  cancelAttempt(attemptId: string): void;
  has(attemptId: string): boolean;
  /** Has its thread load what attempts of the sink will need. Gives false, and does nothing, when it was told so before. */
  warm(sink: ModuleRef): boolean;
  /** Asks the thread to end and waits for it. */
  stop(): Promise<void>;
  /**
   * Ends the thread now. One that is inside a blocking call of the system ends only after that: when it has not ended within
   * the grace it is abandoned, as if it had; what it says later is not heard. Never rejects.
   */
  terminate(why?: string): Promise<void>;
}

export interface HostOptions {
  readonly slot: string;
  readonly startThread: StartThread;
  readonly clock: Clock;
  /** Milliseconds a thread that is terminated has to end before it is abandoned. */
  readonly graceMs: number;
  /** Milliseconds a thread with attempts may give no sign of life before it is ended; 0 for no limit. */
  readonly unresponsiveMs: number;
  /** Bytes a thread may hold outside of V8's heap; 0 for no limit. */
  readonly memoryLimitBytes: number;
  /** Called when a thread was abandoned. */
  readonly onAbandoned: () => void;
  readonly inspect: ((attemptId: string, event: RemoteInspection) => void) | undefined;
  /** Called whenever there may be room: an attempt ended, or the thread is ready. */
  readonly onRoom: () => void;
  /** Called when the number of attempts running has changed; not when the thread has ended, and all with it. */
  readonly onLoad: (load: number) => void;
}

export function createWorkerHost(options: HostOptions): WorkerHost {
  const attempts = new Map<string, AttemptListener>();
  /** URLs of the modules of sinks. */
  const warmed = new Set<string>();
  let thread: Thread | undefined;
  let ready = false;
  let fresh = true;
  let incarnation = 0;
  let formerMs = 0;
  let currentMs = 0;
  let onGone: (() => void) | undefined;
  let abandon: (() => void) | undefined;

  const liveness = createLiveness({
    clock: options.clock,
    limitMs: options.unresponsiveMs,
    ask: () => thread?.post({ type: 'worker.ping' }),
    onSilent: () =>
      void host.terminate(
        `it gave no sign of life for ${options.unresponsiveMs} ms (a loop in a sink that never ends, or a call that blocks?)`,
      ),
  });

  const settle = (attemptId: string): AttemptListener | undefined => {
    const listener = attempts.get(attemptId);
    attempts.delete(attemptId);
    liveness.watch(attempts.size > 0);
    if (attempts.size === 0) thread?.keepAlive(false);
    if (listener !== undefined) options.onLoad(attempts.size);
    return listener;
  };

  const receive = (message: FromWorker, events: HostEvents): void => {
    switch (message.type) {
      case 'worker.ready':
        ready = true;
        fresh = false;
        // Until now it kept the process alive: somebody may be waiting for it.
        if (attempts.size === 0) thread?.keepAlive(false);
        events.ready();
        options.onRoom();
        return;
      case 'attempt.moved':
        attempts.get(message.attemptId)?.moved(message);
        return;
      case 'attempt.consumed':
        currentMs = message.threadMs;
        attempts.get(message.attemptId)?.consumed(message);
        return;
      case 'attempt.freed':
        attempts.get(message.attemptId)?.freed(message.seq);
        return;
      case 'attempt.prepared':
        currentMs = message.threadMs;
        settle(message.attemptId)?.prepared(message.prepared, message.busyMs);
        options.onRoom();
        return;
      case 'attempt.failed':
        currentMs = message.threadMs;
        settle(message.attemptId)?.failed(message.error, message.busyMs);
        options.onRoom();
        return;
      case 'attempt.aborted':
        settle(message.attemptId)?.aborted();
        options.onRoom();
        return;
      case 'worker.inspection':
        options.inspect?.(message.attemptId, message.event);
        return;
      case 'worker.alive':
        // Whatever it says is a sign of life.
        return;
      case 'worker.crashed':
        // Told by `ended`, which follows.
        return;
    }
  };

  const host: WorkerHost = {
    slot: options.slot,
    get name() {
      return `${options.slot}.${incarnation}`;
    },
    get up() {
      return thread !== undefined && ready;
    },
    get fresh() {
      return fresh;
    },
    get load() {
      return attempts.size;
    },
    get threadMs() {
      return formerMs + currentMs;
    },
    start(events) {
      incarnation += 1;
      let isOver = false;
      const ended = (error: PlainError | undefined): void => {
        // Abandoned before.
        if (isOver) return;
        isOver = true;
        thread = undefined;
        ready = false;
        const wasFresh = fresh;
        fresh = false;
        formerMs += currentMs;
        currentMs = 0;
        liveness.watch(false);
        onGone?.();
        const victims = [...attempts.values()];
        attempts.clear();
        events.ended(error);
        for (const victim of victims) victim.lost(error ?? stoppedUnderneath(host.name));
        // What was kept for it is for the others.
        if (wasFresh) options.onRoom();
      };
      thread = options.startThread(
        {
          name: host.name,
          memoryLimitBytes: options.memoryLimitBytes,
        },
        {
          message(message) {
            if (isOver) return;
            liveness.heard();
            receive(message, events);
          },
          ended,
        },
      );
      abandon = () => {
        if (isOver) return;
        options.onAbandoned();
        ended(abandoned(host.name, options.graceMs));
      };
    },
    startAttempt(spec, listener) {
      if (thread === undefined) {
        listener.lost(stoppedUnderneath(host.name));
        return;
      }
      attempts.set(spec.attemptId, listener);
      liveness.watch(true);
      thread.keepAlive(true);
      thread.post({ type: 'attempt.start', spec });
      options.onLoad(attempts.size);
    },
    sendBatch(attemptId, seq, batch) {
      if (attempts.has(attemptId)) thread?.post({ type: 'attempt.batch', attemptId, seq, batch });
    },
    sealAttempt(attemptId) {
      if (attempts.has(attemptId)) thread?.post({ type: 'attempt.seal', attemptId });
    },
    cancelAttempt(attemptId) {
      if (attempts.has(attemptId)) thread?.post({ type: 'attempt.cancel', attemptId });
    },
    has: (attemptId) => attempts.has(attemptId),
    warm(sink) {
      // Not a second time in a thread that stands for one that has died: loading may be what it died of.
      if (warmed.has(sink.url)) return false;
      warmed.add(sink.url);
      thread?.post({ type: 'worker.warm', sink });
      return true;
    },
    async stop() {
      const stopping = thread;
      if (stopping === undefined) return;
      stopping.keepAlive(true);
      const gone = new Promise<void>((resolve) => {
        onGone = resolve;
      });
      stopping.post({ type: 'worker.stop' });
      await gone;
    },
    async terminate(why) {
      const ending = thread;
      const giveUp = abandon;
      if (ending === undefined) return;
      const over = new AbortController();
      const late = sleep(options.clock, options.graceMs, over.signal).then(
        () => {
          ending.keepAlive(false);
          giveUp?.();
        },
        // It has ended within the grace.
        () => {},
      );
      await Promise.race([ending.terminate(why), late]);
      over.abort(new CancelledError('The worker has ended.', { operation: 'end worker' }));
      await late;
    },
  };
  return host;
}

const abandoned = (worker: string, graceMs: number): PlainError => ({
  code: 'WORKER_LOST',
  status: 'temporary',
  operation: 'end worker',
  message:
    `Worker ${worker} was abandoned: it had not ended ${graceMs} ms after it was told to, so it is inside a call of the ` +
    'system that does not return, such as I/O on a disk or mount that hangs. Look at the mount; the process can end only ' +
    'when that call does, or by SIGKILL.',
  context: { worker, graceMs, abandoned: true },
  causes: [],
});

const stoppedUnderneath = (worker: string): PlainError => ({
  code: 'WORKER_LOST',
  status: 'temporary',
  operation: 'run attempt',
  message: `Worker ${worker} was gone before the attempt could end.`,
  context: { worker },
  causes: [],
});
