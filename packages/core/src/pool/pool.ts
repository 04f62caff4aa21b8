// Owns the imperative interface: submit a dataset, get a handle at once, wait for everything at the end. It holds no
// states of its own; they are the pool actor's.
import { availableParallelism } from 'node:os';
import { createActor } from 'xstate';
import type { Schema } from '../batch/schema.js';
import { CancelledError, PlanError } from '../errors/named-errors.js';
import { TailraceError, toTailraceError } from '../errors/tailrace-error.js';
import { guardInspector } from '../inspect/guard-inspector.js';
import { isMaterialised } from '../materialise/dataset.js';
import { type Materialised, unhurriedBatches } from '../materialise/materialised.js';
import type { OutputFeed } from '../output/feed.js';
import { withStore } from '../sink/file/store-of-scheme.js';
import type { Sink } from '../sink/sink.js';
import { sleep, systemClock } from '../time/clock.js';
import type { Pool, PoolOptions, SubmitOptions } from './contract.js';
import { createPoolCore } from './core.js';
import type { OpenOutput } from './open-output.js';
import type { OutputSettings } from './output-record.js';
import { progressOf } from './output-report.js';
import { newRunId } from './run-id.js';
import { checkWorkers, memoryOf, settingsOf } from './settings.js';
import { createSubmissions } from './submissions.js';
import { threadsGiveWay } from './thread.js';
import { workerSettings } from './worker-settings.js';

/** So many failures are told in the message of `drain`; its errors hold more. */
const maxToldFailures = 20;

/**
 * Starts a pool of writers. End it with `drain`, `stop` or `abort`: until then its threads are there.
 * @throws PlanError for wrong options
 * @example const pool = createPool({ workers: 2, memory: '512MiB' });
 */
export function createPool(options: PoolOptions = {}): Pool {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const memory = memoryOf(options.memory, options.scratchDir);
  const inspect = guardInspector(options.inspect);
  const core = createPoolCore({
    memory,
    workers: checkWorkers(options.workers),
    cores: availableParallelism(),
    threadsGiveWay,
    ...workerSettings(options),
    clock,
    random,
    inspect,
    startThread: options.startThread,
  });
  const actor = createActor(core.machine, {
    id: 'pool',
    input: core.input,
    clock,
    ...(inspect === undefined ? {} : { inspect }),
  });
  core.attach(actor);
  actor.start();

  const submissions = createSubmissions();
  let closing: Promise<void> | undefined;

  // Each output is a run of its own: of two that are appended to one dataset, the second is not the first one again.
  const settingsFor = (
    sink: Sink<never>,
    { name = `${sink.name}-${submissions.added + 1}`, ...rest }: SubmitOptions,
  ): OutputSettings =>
    settingsOf(
      name,
      withStore(sink, options.stores ?? [], name),
      newRunId(clock, random),
      memory.budget.limitBytes,
      rest,
    );
  const refuseMore = (): void => {
    submissions.close();
    if (actor.getSnapshot().status === 'active') actor.send({ type: 'pool.drain' });
  };
  const close = (): Promise<void> => {
    // A memory that came from outside may hold other datasets: its scratch storage is its owner's.
    closing ??= core
      .close()
      .then(() => (typeof options.memory === 'object' ? undefined : memory.scratch.close()));
    return closing;
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
      // The sink accepts the rows of the dataset; inside the pool the row type is of no interest.
      const settings = settingsFor(sink as Sink<never>, submitOptions);
      const kept = data.retain();
      const start = (): OpenOutput => {
        const open = core.openOutput({ ...settings, schema: kept.schema });
        feedFrom(kept, open.record.feed);
        return open;
      };
      return submissions.add(settings.name, start, { now: false, dispose: () => kept.release() });
    },
    open(sink, submitOptions = {}) {
      const settings = settingsFor(sink as Sink<never>, submitOptions);
      let feed: OutputFeed | undefined;
      let refusal: unknown;
      const start = (): OpenOutput => {
        try {
          const open = core.openOutput(settings);
          feed = open.record.feed;
          return open;
        } catch (error) {
          refusal = error;
          throw error;
        }
      };
      // A stream cannot wait in a queue: it is opened beyond the number that may be alive.
      const handle = submissions.add(settings.name, start, { now: true, dispose: () => {} });
      if (feed !== undefined) return { feed, handle };
      throw refusal;
    },
    async drain({ timeoutMs, signal } = {}) {
      refuseMore();
      await within(submissions.allEnded(), timeoutMs, signal);
      await close();
      const { failures, failed, added } = submissions;
      if (failed === 0) return;
      const told = failures.slice(0, maxToldFailures).map(({ message }) => message);
      const rest = failed > told.length ? ` | and ${failed - told.length} more` : '';
      throw new AggregateError(failures, `${failed} of ${added} outputs failed: ${told.join(' | ')}${rest}`);
    },
    async stop() {
      refuseMore();
      submissions.cancelWaiting('The pool was stopped.');
      await submissions.allEnded();
      await close();
    },
    async abort(reason = 'The pool was aborted.') {
      refuseMore();
      submissions.cancelWaiting(reason);
      submissions.cancelLive(reason);
      await submissions.allEnded();
      await close();
    },
    stats() {
      const { budget, scratch } = memory;
      const outputs = Array.from(core.outputs.values(), progressOf);
      const { value } = actor.getSnapshot();
      return {
        state: typeof value === 'string' ? value : 'closing',
        workers: core.workers,
        abandonedWorkers: core.abandoned,
        queued: submissions.waiting + outputs.filter(({ state }) => state === 'queued').length,
        active: outputs.filter(({ state }) => state === 'active').length,
        done: submissions.done,
        failed: submissions.failed,
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

  /** Waits for `work` within one deadline. */
  async function within(work: Promise<void>, timeoutMs?: number, signal?: AbortSignal): Promise<void> {
    const over = new AbortController();
    const limits: Promise<void>[] = [];
    if (timeoutMs !== undefined) {
      const late = sleep(clock, timeoutMs, over.signal).then(() => {
        throw unfinished(submissions.unfinished(), timeoutMs);
      });
      limits.push(late);
    }
    if (signal !== undefined) limits.push(aborted(signal, over.signal));
    try {
      await Promise.race([work, ...limits]);
    } finally {
      over.abort(new CancelledError('The wait is over.', { operation: 'drain pool' }));
      // They reject now because the wait is over, which is no news to anybody.
      await Promise.allSettled(limits);
    }
  }
}

function feedFrom(data: Materialised<unknown>, feed: OutputFeed): void {
  const noColumns: Schema = { fields: [] };
  // However slow the sink is, the data waits for it: limits are the output's own.
  const reading = unhurriedBatches(data).subscribe({
    next: (batch) => {
      feed.schema(batch.schema);
      feed.push(batch);
    },
    complete: () => {
      feed.schema(data.schema ?? noColumns);
      feed.complete();
    },
    error: (error: unknown) =>
      feed.fail(
        toTailraceError(error, `The dataset written to ${feed.name} failed`, {
          code: 'STAGE_FAILED',
          operation: 'read dataset',
          context: { output: feed.name },
        }),
      ),
  });
  feed.onClosed(() => reading.unsubscribe());
}

function unfinished(names: readonly string[], timeoutMs: number): TailraceError {
  return new TailraceError(
    `After ${timeoutMs} ms, ${names.length} output${names.length === 1 ? ' is' : 's are'} unfinished: ` +
      `${names.join(', ')}. The pool still works on them: drain again to wait longer, or abort.`,
    { code: 'DRAIN_TIMEOUT', operation: 'drain pool', context: { timeoutMs, unfinished: names.join(', ') } },
  );
}

/** Rejects when `signal` is aborted, or when `until` is. */
function aborted(signal: AbortSignal, until: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    until.addEventListener('abort', () => {
      signal.removeEventListener('abort', onAbort);
      reject(until.reason);
    });
  });
}
