// Owns the wiring of a run: pool, outputs, stages, report. It has no logic of its own; each part has its file.
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { type ActorRefFrom, createActor, type Subscription } from 'xstate';
import type { Schema } from '../batch/schema.js';
import { CancelledError } from '../errors/named-errors.js';
import { type TailraceError, toTailraceError } from '../errors/tailrace-error.js';
import { guardInspector } from '../inspect/guard-inspector.js';
import type { Inspector } from '../inspect/remote-inspection.js';
import type { Memory } from '../materialise/memory.js';
import { createPoolCore } from '../pool/core.js';
import { deferred } from '../pool/deferred.js';
import { errorOf, type OpenOutput, type OutputEnd } from '../pool/open-output.js';
import { type OutputProgress, progressOf } from '../pool/output-report.js';
import type { PoolMachine } from '../pool/pool.machine.js';
import { newRunId } from '../pool/run-id.js';
import { checkWorkers, memoryOf, settingsOf } from '../pool/settings.js';
import { type StartThread, threadsGiveWay } from '../pool/thread.js';
import { type Clock, type Random, systemClock } from '../time/clock.js';
import { type Graph, type GraphOutput, originOf } from './graph.js';
import type { RunProgress } from './progress.js';
import { type Report, reportOfRun } from './report.js';
import { createRunMachine, type RunMachine } from './run.machine.js';
import { failureOfRun } from './run-failure.js';
import { createGraphRuntime, type GraphRuntime } from './runtime.js';
import { checkBudget, sizedForBudget } from './sizes.js';

export interface RunOptions {
  /**
   * Worker threads. `'auto'`, the default: one, and up to as many as there are cores while there is more to write; as
   * many of them encode at once as there are cores that the main thread does not use. A number: exactly that many; 0
   * runs the same machines on the main thread.
   */
  readonly workers?: number | 'auto' | undefined;
  /** Bytes that may be held. Default `'256MiB'`. */
  readonly memory?: string | number | Memory | undefined;
  /** Where batches are spilled. Default: the system's directory for temporary files. */
  readonly scratchDir?: string | undefined;
  /** Abort everything when one output fails. Default false: the others go on. */
  readonly failFast?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** XState inspector: sees every actor, those in workers included. */
  readonly inspect?: Inspector | undefined;
  /** Freeze items that several consumers see. Default: when NODE_ENV is `development` or `test`. */
  readonly freeze?: boolean | undefined;
  /** Milliseconds without any movement before stages that wait for each other fail. Default 60,000. */
  readonly stallMs?: number | undefined;
  /** Attempts that may be open in one worker at once. Default 16. */
  readonly openPerWorker?: number | undefined;
  /** Milliseconds an attempt has to answer a cancel before its worker is ended. Default 5,000. */
  readonly graceMs?: number | undefined;
  /** Times a worker is started again before its place is dead. Default 8. */
  readonly maxRestarts?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** How threads are started: for tests. */
  readonly startThread?: StartThread | undefined;
}

/** A pipeline under way. */
export interface Run {
  readonly id: string;
  readonly pipeline: string;
  /** Resolves with the report when every output is committed; rejects with an AggregateError naming every one that is not. */
  readonly completed: Promise<Report>;
  /** Like `completed`, but resolves however the run ended. */
  readonly settled: Promise<Report>;
  progress(): RunProgress;
  /** Cancels everything now and removes what was staged; `completed` then rejects. */
  abort(reason?: string): void;
  getSnapshot(): ReturnType<ActorRefFrom<RunMachine>['getSnapshot']>;
  subscribe(listener: (snapshot: ReturnType<ActorRefFrom<RunMachine>['getSnapshot']>) => void): Subscription;
  readonly actor: ActorRefFrom<RunMachine>;
}

/** Runs a graph. Throws a PlanError before anything is read or written when the options cannot work. */
export function runPipeline(graph: Graph, options: RunOptions = {}): Run {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const workers = checkWorkers(options.workers);
  const memory = memoryOf(options.memory, options.scratchDir);
  const inspect = guardInspector(options.inspect);
  const cores = availableParallelism();
  const openPerWorker = options.openPerWorker ?? 16;
  checkBudget(graph, memory.budget, openPerWorker * Math.max(1, workers === 'auto' ? cores : workers));
  const sized = sizedForBudget(graph, memory.budget);
  const runId = newRunId(clock, random);
  const core = createPoolCore({
    memory,
    workers,
    cores,
    threadsGiveWay,
    openPerWorker,
    graceMs: options.graceMs ?? 5_000,
    bootTimeoutMs: 30_000,
    maxRestarts: options.maxRestarts ?? 8,
    clock,
    random,
    inspect,
    startThread: options.startThread,
  });
  const actor = createActor(createRunMachine(core.machine), {
    id: 'run',
    input: { pipeline: graph.name, runId, pool: core.input },
    clock,
    ...(inspect === undefined ? {} : { inspect }),
  });
  actor.start();
  // The run machine invokes the pool under this id, and nothing else.
  const pool = actor.getSnapshot().children.pool as ActorRefFrom<PoolMachine>;
  core.attach(pool);
  const errors: TailraceError[] = [];
  pool.subscribe({
    error: (error) =>
      errors.push(
        toTailraceError(error, `The pool of pipeline '${graph.name}' broke down`, {
          code: 'POOL_BROKEN',
          operation: 'run pool',
        }),
      ),
  });
  pool.on('credit', ({ open }) => actor.send({ type: 'credit.changed', open }));

  const startedAt = clock.now();
  const cancel = new AbortController();
  // Every source listens; Node would take more than ten for a leak.
  setMaxListeners(0, cancel.signal);
  const settled = deferred<Report>();
  const completed = deferred<Report>();
  const ends = new Map<string, OutputEnd>();
  const opened: OpenOutput[] = [];
  let runtime: GraphRuntime | undefined;
  let stagesEndedAt: number | undefined;

  let aborted = false;

  /** Ends what is alive. The run is then what it ended of: failed, unless it was aborted. */
  const cancelAll = (reason: string): void => {
    if (cancel.signal.aborted) return;
    cancel.abort(
      new CancelledError(reason, { operation: 'run pipeline', context: { pipeline: graph.name } }),
    );
    for (const open of opened) open.cancel(reason);
  };
  const abort = (reason = `The run of pipeline '${graph.name}' was aborted by the caller.`): void => {
    if (cancel.signal.aborted || actor.getSnapshot().status !== 'active') return;
    aborted = true;
    actor.send({ type: 'run.abort' });
    cancelAll(reason);
  };
  const onSignal = (): void => abort(`The run of pipeline '${graph.name}' was aborted by its signal.`);

  const openOutput = (output: GraphOutput): OpenOutput => {
    const open = core.openOutput(
      settingsOf(output.name, output.sink, runId, memory.budget.limitBytes, {
        ...output.options,
        schema: declaredSchema(sized, output.from),
      }),
    );
    opened.push(open);
    open.ended.then(
      (end) => {
        ends.set(end.record.name, end);
        if (end.state === 'failed' && options.failFast)
          cancelAll(`Output ${end.record.name} failed and failFast is set.`);
      },
      // `ended` never rejects.
      () => {},
    );
    return open;
  };

  const execute = async (): Promise<void> => {
    for (const output of graph.outputs) openOutput(output);
    // Every target is open, or refused, before the first row is computed.
    await Promise.all(opened.map((open) => open.begun));
    actor.send({ type: 'run.start' });
    runtime = createGraphRuntime(sized, {
      memory,
      clock,
      signal: cancel.signal,
      feeds: new Map(opened.map((open) => [open.record.name, open.record.feed])),
      // Failures reach the feeds and so the outputs' own errors; a stage without outputs below has only this way.
      onStageFailed: (_stage, error, outputs) => {
        if (outputs.length === 0) errors.push(error);
      },
      freeze: options.freeze,
      stallMs: options.stallMs,
    });
    core.computing(true);
    runtime.start();
    await runtime.finished;
    stagesEndedAt = clock.now();
    core.computing(false);
    actor.send({ type: 'stages.ended' });
    await Promise.all(opened.map((open) => open.ended));
  };

  const report = (): Report =>
    reportOfRun({
      pipeline: graph.name,
      runId,
      workers: core.workerCount,
      cores,
      aborted,
      failedOutsideOutputs: errors.length > 0,
      startedAt,
      stagesEndedAt,
      endedAt: clock.now(),
      threadMs: core.threadMs,
      budget: memory.budget,
      stages: runtime?.stats() ?? [],
      ends: graph.outputs.flatMap(({ name }) => ends.get(name) ?? []),
    });

  const inFamily = (error: unknown, what: string): TailraceError =>
    toTailraceError(error, `The run of pipeline '${graph.name}' ${what}`, {
      code: 'STAGE_FAILED',
      operation: 'run pipeline',
      context: { pipeline: graph.name },
    });
  /** What cannot be put in order is told with the rest, and keeps nobody waiting. */
  const tidy = async (work: () => Promise<void>, what: string): Promise<void> => {
    try {
      await work();
    } catch (error) {
      errors.push(inFamily(error, what));
    }
  };

  const conclude = async (failure: unknown): Promise<void> => {
    if (failure !== undefined) {
      errors.push(inFamily(failure, 'broke down'));
      cancelAll(`The run of pipeline '${graph.name}' broke down.`);
    }
    await Promise.all(opened.map((open) => open.ended));
    const numbers = report();
    options.signal?.removeEventListener('abort', onSignal);
    await tidy(() => core.close(), 'could not end its workers');
    if (typeof options.memory !== 'object') {
      await tidy(() => memory.scratch.close(), 'could not remove its scratch storage');
    }
    const unfinished = [...ends.values()].filter((end) => end.state !== 'done');
    const all = [...unfinished.map(errorOf), ...errors];
    const result: Report =
      numbers.state === 'completed' && all.length > 0 ? { ...numbers, state: 'failed' } : numbers;
    if (actor.getSnapshot().status === 'active') actor.send({ type: 'outputs.ended', failed: all.length });
    settled.resolve(result);
    if (all.length === 0 && result.state === 'completed') completed.resolve(result);
    else completed.reject(failureOfRun(graph.name, unfinished, all));
  };

  if (options.signal?.aborted) onSignal();
  options.signal?.addEventListener('abort', onSignal, { once: true });
  execute()
    .then(
      () => conclude(undefined),
      (error: unknown) => conclude(error),
    )
    .catch((error: unknown) => {
      settled.reject(error);
      completed.reject(error);
    });

  return {
    id: runId,
    pipeline: graph.name,
    completed: completed.promise,
    settled: settled.promise,
    actor,
    abort,
    getSnapshot: () => actor.getSnapshot(),
    subscribe: (listener) => actor.subscribe(listener),
    progress() {
      const outputs: OutputProgress[] = opened.map(progressOf);
      const snapshot = actor.getSnapshot();
      return {
        state: typeof snapshot.value === 'string' ? snapshot.value : 'running',
        elapsedMs: clock.now() - startedAt,
        rows: outputs.reduce((sum, output) => sum + output.rows, 0),
        bytesHeld: memory.budget.usedBytes,
        bytesLimit: memory.budget.limitBytes,
        outputs,
        sources: (runtime?.stats() ?? [])
          .filter((stage) => stage.kind === 'source')
          .map((stage) => ({ name: stage.name, rows: stage.rows, totalRows: stage.totalItems })),
      };
    },
  };
}

/** The schema that was declared for what an output is written from, if one was. */
function declaredSchema(graph: Graph, from: string): Schema | undefined {
  const node = graph.nodes.find((candidate) => candidate.name === originOf(graph, from));
  return node === undefined || node.kind === 'hold' ? undefined : node.options.schema;
}
