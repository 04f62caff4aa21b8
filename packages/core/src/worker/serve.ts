// Owns a worker's side of the conversation: starts an attempt machine per `attempt.start`, routes batches and cancels to
// it, and reports every move. It runs in a worker thread, or on the main thread when there are no workers.
import { performance } from 'node:perf_hooks';
import { createActor } from 'xstate';
import type { BatchData } from '../batch/batch.js';
import type { PlainError } from '../errors/plain-error.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import { readSpilled as readSpilledFile } from '../materialise/scratch.js';
import { createAttemptMachine } from '../output/attempt.machine.js';
import { cancelledAttempt } from '../output/cancelled-attempt.js';
import { loadModule } from '../sink/load.js';
import type { ModuleRef } from '../sink/module-ref.js';
import type { SinkDefinition } from '../sink/sink.js';
import { type Clock, systemClock } from '../time/clock.js';
import type { AttemptSpec, AttemptState, FromWorker, ToWorker, WorkerStartup } from '../wire/messages.js';
import { type AttemptQueue, createAttemptQueue } from './attempt-queue.js';
import { createForwarder } from './forward-inspection.js';
import { externalBytes, memoryExceeded } from './memory-watch.js';
import { createAttemptRun } from './run-attempt.js';

/** The channel to the main thread. */
export interface WorkerChannel {
  post(message: FromWorker): void;
  /** No attempt is running and none will come. */
  stopped(): void;
  /** Ends the thread, when it holds more memory than it may. Not there without a thread of its own. */
  readonly crash?: (error: TailraceError) => void;
}

/** What a worker has of its machine: replaced where a whole run is simulated. */
export interface WorkerSurroundings {
  readonly clock: Pick<Clock, 'now' | 'yield'>;
  readonly readSpilled: (path: string) => Promise<BatchData>;
}

const thisThread: WorkerSurroundings = { clock: systemClock, readSpilled: (path) => readSpilledFile(path) };

export interface WorkerServer {
  receive(message: ToWorker): void;
}

interface Running {
  readonly queue: AttemptQueue;
  cancel(error: PlainError): void;
}

/** Has the sink load what its attempts will need. */
async function warm(module: ModuleRef): Promise<void> {
  const sink = await loadModule<SinkDefinition>(module, 'sink');
  await sink.warm?.();
}

export function serveAttempts(
  startup: WorkerStartup,
  channel: WorkerChannel,
  { clock, readSpilled }: WorkerSurroundings = thisThread,
): WorkerServer {
  const running = new Map<string, Running>();
  let isServing = true;
  /** A sink may let go of a batch after its pool has let go of the thread: attempts of the next pool may have the same ids. */
  const post = (message: FromWorker): void => {
    if (isServing) channel.post(message);
  };
  const forwarder = createForwarder(startup.name, post);
  const bootMs = performance.eventLoopUtilization().active;
  const threadMs = (): number => performance.eventLoopUtilization().active - bootMs;

  const start = (spec: AttemptSpec): void => {
    const { attemptId } = spec;
    let isCancelled = false;
    const outcomeOf = (state: AttemptState, error: PlainError = cancelledAttempt(attemptId)): FromWorker => {
      const { prepared, busyMs } = run;
      if (state === 'prepared' && prepared !== undefined) {
        return { type: 'attempt.prepared', attemptId, prepared, busyMs, threadMs: threadMs() };
      }
      // Not by the error's code: a sink may throw a CancelledError of its own, which is a failure.
      if (isCancelled) return { type: 'attempt.aborted', attemptId };
      return { type: 'attempt.failed', attemptId, error, busyMs, threadMs: threadMs() };
    };
    const queue = createAttemptQueue();
    const run = createAttemptRun({
      spec,
      queue,
      inspect: spec.inspect ? forwarder.sink(attemptId) : undefined,
      now: () => clock.now(),
      yield: () => clock.yield(),
      readSpilled,
      consumed(seq, rows, busyMs, freed) {
        post({ type: 'attempt.consumed', attemptId, seq, rows, busyMs, threadMs: threadMs(), freed });
        if (channel.crash === undefined) return;
        const exceeded = memoryExceeded(startup.memoryLimitBytes, externalBytes());
        if (exceeded !== undefined) channel.crash(exceeded);
      },
      freed: (seq) => post({ type: 'attempt.freed', attemptId, seq }),
    });
    const actor = createActor(createAttemptMachine(run.effects), {
      id: attemptId,
      input: { attemptId },
      ...(spec.inspect ? { inspect: forwarder.attempt(attemptId) } : {}),
    });
    running.set(attemptId, {
      queue,
      cancel(error) {
        isCancelled = true;
        actor.send({ type: 'attempt.cancel', error });
      },
    });
    let last: AttemptState | undefined;
    actor.subscribe((snapshot) => {
      const state: AttemptState = snapshot.value;
      if (state === last) return;
      last = state;
      if (snapshot.status !== 'done') {
        // Its first state is known, and the last one is told by the outcome.
        if (state !== 'opening') post({ type: 'attempt.moved', attemptId, state });
        return;
      }
      running.delete(attemptId);
      const { error } = snapshot.context;
      // XState tells inspectors of the end of the attempt's last effect only after this.
      queueMicrotask(() => post(outcomeOf(state, error)));
    });
    actor.start();
  };

  return {
    receive(message) {
      switch (message.type) {
        case 'attempt.start':
          start(message.spec);
          return;
        case 'attempt.batch':
          running.get(message.attemptId)?.queue.push({ seq: message.seq, batch: message.batch });
          return;
        case 'attempt.seal':
          running.get(message.attemptId)?.queue.seal();
          return;
        case 'attempt.cancel': {
          const attempt = running.get(message.attemptId);
          if (attempt === undefined) post({ type: 'attempt.aborted', attemptId: message.attemptId });
          else attempt.cancel(cancelledAttempt(message.attemptId));
          return;
        }
        case 'worker.warm':
          // What fails is met again by the attempt that opens the sink, and told by it.
          warm(message.sink).catch(() => {});
          return;
        case 'worker.ping':
          post({ type: 'worker.alive' });
          return;
        case 'worker.stop':
          isServing = false;
          channel.stopped();
          return;
      }
    },
  };
}
