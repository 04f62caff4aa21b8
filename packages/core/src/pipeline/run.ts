// Owns the wiring of a run: pool, outputs, stages, report. It has no logic of its own; each part has its file.
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { type ActorRefFrom, createActor } from 'xstate';
import { CancelledError } from '../errors/named-errors.js';
import { type TailraceError, toTailraceError } from '../errors/tailrace-error.js';
import { guardInspector } from '../inspect/guard-inspector.js';
import { createPoolCore } from '../pool/core.js';
import { deferred } from '../pool/deferred.js';
import { errorOf, type OpenOutput, type OutputEnd } from '../pool/open-output.js';
import type { OutputSettings } from '../pool/output-record.js';
import { type OutputProgress, progressOf } from '../pool/output-report.js';
import type { PoolMachine } from '../pool/pool.machine.js';
import { newRunId } from '../pool/run-id.js';
import { checkWorkers, memoryOf, settingsOf } from '../pool/settings.js';
import { threadsGiveWay } from '../pool/thread.js';
import { workerSettings } from '../pool/worker-settings.js';
import { systemClock } from '../time/clock.js';
import { afterLetter } from './after-letter.js';
import { checkRunOptions } from './check-run.js';
import { declaredSchema, type Graph, type GraphOutput, letterOf, originOf } from './graph.js';
import { type Job, jobOfOneRun, machineJournal, openJob } from './job.js';
import { keptProgress, keptReport } from './kept-output.js';
import { heldOf, sourceProgressOf, stageProgressOf } from './progress.js';
import { type Report, reportOfRun } from './report.js';
import { createRunMachine } from './run.machine.js';
import type { Run, RunOptions } from './run-contract.js';
import { failureOfRun } from './run-failure.js';
import { createRunGroups } from './run-groups.js';
import { createGraphRuntime, type GraphRuntime } from './runtime.js';
import { checkBudget, leanedForBudget, sizedForBudget } from './sizes.js';
import { withStores } from './with-stores.js';

/**
 * Runs a graph. Throws a PlanError before anything is read or written when the options cannot work.
 * @param journal where that of a job lies, and who may hold it: the machine's, but in tests and in the simulation
 */
export function runPipeline(declared: Graph, options: RunOptions = {}, journal = machineJournal()): Run {
  checkRunOptions(declared, options);
  const stored = withStores(declared, options.stores);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const workers = checkWorkers(options.workers);
  const memory = memoryOf(options.memory, options.scratchDir);
  const inspect = guardInspector(options.inspect);
  const cores = availableParallelism();
  const worker = workerSettings(options);
  const openAttempts = worker.openPerWorker * Math.max(1, workers === 'auto' ? cores : workers);
  const graph = leanedForBudget(stored, memory.budget, openAttempts);
  checkBudget(graph, memory.budget, openAttempts);
  const sized = sizedForBudget(graph, memory.budget);
  const runId = newRunId(clock, random);
  const core = createPoolCore({
    memory,
    workers,
    cores,
    threadsGiveWay,
    ...worker,
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
  // What is done without a journal, or while it is being read.
  let job: Job = jobOfOneRun(sized, runId);
  let groups = createRunGroups(graph, new Set(), () => '');
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

  /** What stands between the pool and the sink of an output: that of the job, and that it waits for what its stage refused. */
  const aroundOf = (output: GraphOutput): OutputSettings['around'] => {
    const inJob = job.around(output.name);
    // As declared: in a graph that reads back, the stage and what it refused are sources that know nothing of each other.
    const letter = letterOf(sized, originOf(sized, output.from));
    // One that an earlier run of the job has published is not waited for.
    if (letter === undefined || !job.graph.outputs.some(({ name }) => name === letter.name)) return inJob;
    const ended = async (): Promise<OutputEnd | undefined> =>
      opened.find((open) => open.record.name === letter.name)?.ended;
    return (definition) => afterLetter(inJob?.(definition) ?? definition, letter.name, ended);
  };
  const openOutput = (output: GraphOutput): OpenOutput => {
    const open = core.openOutput(
      settingsOf(output.name, output.sink, job.id, memory.budget.limitBytes, {
        ...output.options,
        around: aroundOf(output),
        group: groups.of(output.name),
        onSealed: job.onSealed(output.name),
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

  const resumed = (directory: string): Promise<Job> =>
    openJob({
      graph: sized,
      directory,
      durable: options.durable ?? false,
      memory,
      runId,
      signal: cancel.signal,
      clock,
      graceMs: worker.graceMs,
      ...journal,
    });

  const execute = async (): Promise<void> => {
    if (options.resume !== undefined) job = await resumed(options.resume);
    const left = new Set(job.graph.outputs.map((output) => output.name));
    groups = createRunGroups(graph, left, () => newRunId(clock, random));
    for (const output of job.graph.outputs) openOutput(output);
    // Every target is open, or refused, before the first row is computed.
    await Promise.all(opened.map((open) => open.begun));
    actor.send({ type: 'run.start' });
    runtime = createGraphRuntime(job.graph, {
      memory,
      clock,
      signal: cancel.signal,
      feeds: new Map(opened.map((open) => [open.record.name, open.record.feed])),
      taps: job.taps,
      watches: job.watches,
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
      runId: job.id,
      workers: core.workerCount,
      cores,
      aborted,
      failedOutsideOutputs: errors.length > 0,
      startedAt,
      stagesEndedAt,
      endedAt: clock.now(),
      threadMs: core.threadMs,
      writesAtOnce: core.writesAtOnce,
      budget: memory.budget,
      stages: runtime?.stats() ?? [],
      groups: groups.facts(),
      outputs: graph.outputs.flatMap((output) => {
        const published = job.kept.get(output.name);
        return ends.get(output.name) ?? (published === undefined ? [] : keptReport(output, published));
      }),
    });

  const inFamily = (error: unknown, what: string): TailraceError =>
    toTailraceError(error, `The run of pipeline '${graph.name}' ${what}`, {
      code: 'STAGE_FAILED',
      operation: 'run pipeline',
      context: { pipeline: graph.name },
    });
  /** What cannot be put in order is told with the rest. It is waited for, a journal no longer than its grace. */
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
    const isDone = failure === undefined && [...ends.values()].every((end) => end.state === 'done');
    await tidy(async () => void errors.push(...(await job.close(isDone))), 'could not close its journal');
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
    get id() {
      return job.id;
    },
    pipeline: graph.name,
    completed: completed.promise,
    settled: settled.promise,
    actor,
    abort,
    getSnapshot: () => actor.getSnapshot(),
    subscribe: (listener) => actor.subscribe(listener),
    progress() {
      const outputs: OutputProgress[] = [
        ...Array.from(job.kept, ([name, published]) => keptProgress(name, published)),
        ...opened.map(progressOf),
      ];
      const snapshot = actor.getSnapshot();
      const stages = runtime?.stats() ?? [];
      return {
        state: typeof snapshot.value === 'string' ? snapshot.value : 'running',
        elapsedMs: clock.now() - startedAt,
        rows: opened.reduce((sum, open) => sum + open.record.numbers.rows, 0),
        bytes: opened.reduce((sum, open) => sum + open.record.numbers.bytes, 0),
        workers: core.workerCount,
        ...heldOf(memory.budget),
        outputs,
        sources: sourceProgressOf(stages),
        stages: stageProgressOf(stages),
      };
    },
  };
}
