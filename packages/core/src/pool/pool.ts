// Owns the imperative interface: submit a dataset, get a handle at once, wait for everything at the end. It holds no
// states of its own; they are the pool actor's.
import { type ActorRefFrom, createActor } from 'xstate';
import { CancelledError, PlanError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Inspector } from '../inspect/remote-inspection.js';
import { isMaterialised } from '../materialise/dataset.js';
import type { Materialised } from '../materialise/materialised.js';
import type { Memory } from '../materialise/memory.js';
import type { Sink } from '../sink/sink.js';
import { type Clock, type Random, sleep, systemClock } from '../time/clock.js';
import { createPoolCore, errorOf, type OpenOutput, type PoolCore } from './core.js';
import { type Deferred, deferred } from './deferred.js';
import { newRunId } from './run-id.js';
import type { OutputFeed } from '../output/feed.js';
import { type OutputProgress, type OutputReport, type OutputState, progressOf, reportOf, stateOf } from './output-report.js';
import type { PoolMachine } from './pool.machine.js';
import { checkWorkers, memoryOf, type OutputOptions, settingsOf } from './settings.js';
import type { StartThread } from './thread.js';

export interface PoolOptions {
  /** Worker threads; 0 runs the same machines on the main thread. Default: cores - 1, at least 1. */
  readonly workers?: number;
  /** Bytes that may be held, `'256MiB'` by default, or a memory shared with datasets. */
  readonly memory?: string | number | Memory;
  /** Where batches are spilled. Default: the system's directory for temporary files. */
  readonly scratchDir?: string;
  /** Attempts that may be open in one worker at once. Default 16. */
  readonly openPerWorker?: number;
  /** Milliseconds an attempt has to answer a cancel before its worker is ended. Default 5,000. */
  readonly graceMs?: number;
  /** Times a worker is started again before its place is dead. Default 8. */
  readonly maxRestarts?: number;
  /** XState inspector: sees every actor, those in workers included. */
  readonly inspect?: Inspector;
  readonly clock?: Clock;
  readonly random?: Random;
  /** How threads are started: for tests. */
  readonly startThread?: StartThread;
}

export interface SubmitOptions extends OutputOptions {
  /** Name for reports and the inspector. Default: the sink's name with a number. */
  readonly name?: string;
}

/** A submitted output. */
export interface OutputHandle {
  readonly name: string;
  readonly state: OutputState;
  /** Resolves when it is committed; rejects with what it failed of. */
  readonly done: Promise<OutputReport>;
  /** Gives up and removes what was staged; `done` then rejects with a CancelledError. */
  cancel(reason?: string): void;
}

export interface PoolStats {
  readonly state: string;
  readonly workers: readonly { readonly name: string; readonly load: number; readonly up: boolean }[];
  /** Outputs by lifecycle state. */
  readonly queued: number;
  readonly active: number;
  readonly done: number;
  readonly failed: number;
  /** Writes waiting for a worker. */
  readonly waitingWrites: number;
  readonly bytesHeld: number;
  readonly bytesLimit: number;
  readonly peakBytesHeld: number;
  readonly bytesSpilled: number;
  readonly saturated: boolean;
  readonly outputs: readonly OutputProgress[];
}

export interface DrainOptions {
  /** One deadline over everything, in milliseconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Pool {
  readonly memory: Memory;
  /** Queues a dataset to be written and returns at once. The pool keeps it until the output has ended. */
  submit<R>(data: Materialised<R>, sink: Sink<NoInfer<R>>, options?: SubmitOptions): OutputHandle;
  /** Opens an output that is fed batch by batch: what `writeTo` is made of. */
  open<R>(sink: Sink<R>, options?: SubmitOptions): { readonly feed: OutputFeed; readonly handle: OutputHandle };
  /**
   * Takes no more, finishes everything and ends the workers. Rejects with an AggregateError naming every output that
   * failed, or with DRAIN_TIMEOUT naming what is unfinished: the pool then still works on it.
   */
  drain(options?: DrainOptions): Promise<void>;
  /** Takes no more, finishes what is active, cancels what is queued, ends the workers. */
  stop(): Promise<void>;
  /** Cancels everything now and ends the workers. */
  abort(reason?: string): Promise<void>;
  stats(): PoolStats;
  /** The pool's actor, for `subscribe` and inspection. */
  readonly actor: ActorRefFrom<PoolMachine>;
}

/** Outputs that are actors at once; the rest wait as plain records. */
const maxLiveOutputs = 64;

interface Submission {
  readonly name: string;
  readonly done: Deferred<OutputReport>;
  start(): void;
  /** Set once it has left the queue. */
  open: OpenOutput | undefined;
  ended: OutputState | undefined;
  cancelReason: string | undefined;
}

/** Starts a pool of writers. Throws a PlanError for wrong options. */
export function createPool(options: PoolOptions = {}): Pool {
  const clock = options.clock ?? systemClock;
  const ownMemory = typeof options.memory !== 'object';
  const memory = memoryOf(options.memory, options.scratchDir);
  const core: PoolCore = createPoolCore({
    memory,
    workers: checkWorkers(options.workers),
    openPerWorker: options.openPerWorker ?? 16,
    graceMs: options.graceMs ?? 5_000,
    bootTimeoutMs: 30_000,
    maxRestarts: options.maxRestarts ?? 8,
    clock,
    random: options.random ?? Math.random,
    inspect: options.inspect,
    ...(options.startThread === undefined ? {} : { startThread: options.startThread }),
  });
  const actor = createActor(core.machine, {
    id: 'pool',
    input: core.input,
    clock,
    ...(options.inspect === undefined ? {} : { inspect: options.inspect }),
  });
  core.attach(actor);
  actor.start();

  const runId = newRunId(clock, options.random ?? Math.random);
  const live = new Set<Submission>();
  let waiting: Submission[] = [];
  const failures: TailraceError[] = [];
  let counts = { done: 0, failed: 0 };
  let submitted = 0;
  let taking = true;
  let idle: Deferred<void> | undefined;
  let closing: Promise<void> | undefined;

  const end = (submission: Submission, state: OutputState, result: OutputReport | TailraceError): void => {
    submission.ended = state;
    live.delete(submission);
    if (result instanceof Error) {
      failures.push(result);
      counts = { ...counts, failed: counts.failed + 1 };
      submission.done.reject(result);
    } else {
      counts = { ...counts, done: counts.done + 1 };
      submission.done.resolve(result);
    }
    startNext();
    if (live.size === 0 && waiting.length === 0) idle?.resolve();
  };
  const startNext = (): void => {
    while (live.size < maxLiveOutputs) {
      const next = waiting.shift();
      if (next === undefined) return;
      live.add(next);
      next.start();
    }
  };
  const follow = (submission: Submission, open: OpenOutput): void => {
    submission.open = open;
    open.ended.then(
      (ended) => end(submission, ended.state, ended.state === 'done' ? reportOf(ended) : errorOf(ended)),
      // `ended` never rejects.
      () => {},
    );
    if (submission.cancelReason !== undefined) open.cancel(submission.cancelReason);
  };
  const enqueue = (name: string, start: (submission: Submission) => void): OutputHandle => {
    if (!taking) {
      throw new TailraceError(`The pool takes no more outputs: ${name} came after drain, stop or abort.`, {
        code: 'CLOSED',
        operation: 'submit output',
        context: { output: name },
      });
    }
    const submission: Submission = {
      name,
      done: deferred(),
      start: () => start(submission),
      open: undefined,
      ended: undefined,
      cancelReason: undefined,
    };
    waiting.push(submission);
    startNext();
    return {
      name,
      get state() {
        return submission.ended ?? (submission.open === undefined ? 'queued' : stateOf(submission.open));
      },
      done: submission.done.promise,
      cancel(reason = `Output ${name} was cancelled by the caller.`) {
        if (submission.ended !== undefined) return;
        submission.cancelReason = reason;
        if (submission.open !== undefined) submission.open.cancel(reason);
        else if (waiting.includes(submission)) {
          waiting = waiting.filter((other) => other !== submission);
          end(submission, 'cancelled', cancelledBeforeStart(name, reason));
        }
      },
    };
  };
  const nameOf = (sink: Sink<never>, given: string | undefined): string => {
    submitted += 1;
    return given ?? `${sink.name}-${submitted}`;
  };

  const close = (): Promise<void> => {
    closing ??= core.close().then(() => (ownMemory ? memory.scratch.close() : undefined));
    return closing;
  };
  const allEnded = async (): Promise<void> => {
    if (live.size === 0 && waiting.length === 0) return;
    idle ??= deferred();
    await idle.promise;
  };

  return {
    memory,
    actor,
    submit(data, sink, submitOptions = {}) {
      if (!isMaterialised(data)) {
        throw new PlanError(
          'pool.submit takes a dataset, not a stream that would be computed again by the writer: ' +
            'put materialise() at the end of the stage and submit the handle it emits.',
          { operation: 'submit output' },
        );
      }
      // The sink accepts R; inside the pool the row type is of no interest.
      const anySink = sink as Sink<never>;
      const name = nameOf(anySink, submitOptions.name);
      const settings = settingsOf(name, anySink, runId, memory.budget.limitBytes, submitOptions);
      const kept = data.retain();
      return enqueue(name, (submission) => {
        const open = core.openOutput({ ...settings, schema: kept.schema });
        const { feed } = open.record;
        const reading = kept.batches().subscribe({
          next: (batch) => {
            feed.schema(batch.schema);
            feed.push(batch);
          },
          complete: () => {
            feed.schema(kept.schema ?? { fields: [] });
            feed.complete();
          },
          error: (error: unknown) => feed.fail(asFailure(name, error)),
        });
        feed.onClosed(() => reading.unsubscribe());
        follow(submission, open);
        open.ended.finally(() => kept.release()).catch(() => {});
      });
    },
    open(sink, submitOptions = {}) {
      const anySink = sink as Sink<never>;
      const name = nameOf(anySink, submitOptions.name);
      const settings = settingsOf(name, anySink, runId, memory.budget.limitBytes, submitOptions);
      let feed: OutputFeed | undefined;
      // A stream cannot wait in a queue: it is opened beyond the number that may be alive, at once.
      const handle = enqueue(name, (submission) => {
        const open = core.openOutput(settings);
        feed = open.record.feed;
        follow(submission, open);
      });
      if (feed === undefined) {
        const mine = waiting.pop();
        if (mine !== undefined) {
          live.add(mine);
          mine.start();
        }
      }
      if (feed === undefined) throw new TailraceError('The output did not open.', { code: 'CLOSED', operation: 'open output' });
      return { feed, handle };
    },
    async drain({ timeoutMs, signal } = {}) {
      taking = false;
      actor.send({ type: 'pool.drain' });
      const waited = new AbortController();
      const deadlines: Promise<never>[] = [];
      if (timeoutMs !== undefined) {
        deadlines.push(
          sleep(clock, timeoutMs, waited.signal).then(() => {
            throw unfinished([...live, ...waiting], timeoutMs);
          }),
        );
      }
      if (signal !== undefined) deadlines.push(abortion(signal, waited.signal));
      try {
        await Promise.race([allEnded(), ...deadlines]);
      } finally {
        waited.abort(new CancelledError('Waited enough.', { operation: 'drain pool' }));
        for (const deadline of deadlines) deadline.catch(() => {});
      }
      await close();
      if (failures.length > 0) {
        const names = failures.map((error) => error.message).join(' | ');
        throw new AggregateError(failures, `${failures.length} of ${submitted} outputs failed: ${names}`);
      }
    },
    async stop() {
      taking = false;
      actor.send({ type: 'pool.drain' });
      const dropped = waiting;
      waiting = [];
      for (const { name } of dropped) cancelledBeforeStart(name, 'The pool was stopped.');
      for (const submission of dropped) {
        end(submission, 'cancelled', cancelledBeforeStart(submission.name, 'The pool was stopped before it began.'));
      }
      await allEnded();
      await close();
    },
    async abort(reason = 'The pool was aborted.') {
      taking = false;
      const dropped = waiting;
      waiting = [];
      for (const submission of dropped) end(submission, 'cancelled', cancelledBeforeStart(submission.name, reason));
      for (const submission of [...live]) submission.open?.cancel(reason);
      await allEnded();
      await close();
    },
    stats() {
      const { budget, scratch } = memory;
      const outputs = [...core.outputs.values()].map(progressOf);
      return {
        state: String(actor.getSnapshot().value),
        workers: core.workers,
        queued: waiting.length + outputs.filter((output) => output.state === 'queued').length,
        active: outputs.filter((output) => output.state === 'active').length,
        ...counts,
        waitingWrites: core.waiting,
        bytesHeld: budget.usedBytes,
        bytesLimit: budget.limitBytes,
        peakBytesHeld: budget.peakBytes,
        bytesSpilled: scratch.usedBytes,
        saturated: budget.saturated,
        outputs,
      };
    },
  };
}

const cancelledBeforeStart = (name: string, reason: string): CancelledError =>
  new CancelledError(`Output ${name} was cancelled before it began: ${reason}`, {
    operation: 'write output',
    context: { output: name },
  });

const asFailure = (name: string, error: unknown): TailraceError =>
  error instanceof TailraceError
    ? error
    : new TailraceError(`The dataset of output ${name} failed: ${error instanceof Error ? error.message : String(error)}`, {
        code: 'STAGE_FAILED',
        operation: 'read dataset',
        context: { output: name },
        cause: error,
      });

function unfinished(left: readonly Submission[], timeoutMs: number): TailraceError {
  const names = left.map(({ name, open }) => `${name} (${open === undefined ? 'queued' : stateOf(open)})`).join(', ');
  return new TailraceError(
    `After ${timeoutMs} ms, ${left.length} output${left.length === 1 ? ' is' : 's are'} unfinished: ${names}. ` +
      `The pool still works on them: drain again to wait longer, or abort.`,
    { code: 'DRAIN_TIMEOUT', operation: 'drain pool', context: { timeoutMs, unfinished: names } },
  );
}

function abortion(signal: AbortSignal, until: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    until.addEventListener('abort', () => signal.removeEventListener('abort', onAbort), { once: true });
  });
}
