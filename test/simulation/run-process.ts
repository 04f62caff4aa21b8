// Owns one run of a real pipeline in a simulated process: declares it from its plan, starts it, and holds it to its rules
// until it has ended.
import type { Memory } from '../../packages/core/src/materialise/memory.js';
import type { Graph } from '../../packages/core/src/pipeline/graph.js';
import type { Report } from '../../packages/core/src/pipeline/report.js';
import { runPipeline } from '../../packages/core/src/pipeline/run.js';
import { minimumBytes } from '../../packages/core/src/pipeline/sizes.js';
import { createAttemptRules } from './attempt-rules.js';
import type { Groups } from './group-rules.js';
import type { History, Turn } from './history.js';
import { inspectorOf } from './inspect-rules.js';
import type { JobRules } from './job-rules.js';
import { register, resetFlakiness } from './modules.js';
import type { Target } from './observe.js';
import { addressOf, graphOf } from './pipeline.js';
import type { ProcessPlan } from './plans.js';
import type { SimProcess } from './process.js';
import { countOf } from './rows.js';
import { createThreads, type ThreadTrouble } from './threads.js';
import type { World } from './world.js';

export interface RunningProcess {
  readonly plan: ProcessPlan;
  readonly process: SimProcess;
  /** It has ended by itself, and its memory and scratch storage have been looked at. */
  readonly ended: boolean;
  readonly report: Report | undefined;
  /** Looks at what must hold at every moment. */
  check(): void;
}

export interface RunProcessOptions {
  readonly world: World;
  readonly process: SimProcess;
  readonly plan: ProcessPlan;
  readonly targets: readonly Target[];
  readonly histories: readonly History[];
  readonly groups: Groups;
  /** What the job has published, where it is one. */
  readonly jobRules: JobRules;
  readonly threads: ThreadTrouble;
  readonly watched: boolean;
  /** A group of its outputs was decided. */
  readonly onDecided: () => void;
}

export function runProcess(options: RunProcessOptions): RunningProcess {
  const { world, process, plan, histories, groups, jobRules } = options;
  const isInline = plan.workers === 0;
  const planOf = new Map(plan.outputs.map((output) => [output.name, output]));
  const historyOf = (output: string): History | undefined => histories[planOf.get(output)?.target ?? -1];
  const published = new Set<string>();
  const commits = new Map<string, number>();
  const faultsAtCommit = new Map<string, number>();
  const rules = createAttemptRules(world, process.name, planOf);

  if (plan.sourceFailsAt !== undefined) rules.excuse('source');
  if (plan.failFast) rules.excuse('failFast');
  const address = addressOf(plan);
  resetFlakiness(address);
  const group = groups.watch(process, plan.by, historyOf);
  const begun = (output: string): void => {
    const history = historyOf(output);
    if (history === undefined) return;
    groups.begun(history, process);
    history.begun(process.name);
  };
  const committing = (output: string): Turn | undefined => {
    if (!faultsAtCommit.has(output)) faultsAtCommit.set(output, process.faults);
    if (plan.job !== undefined) jobRules.committing(process.name, output);
    return historyOf(output)?.committing(plan.by, planOf.get(output)?.mode ?? 'error');
  };
  register(address, {
    store: process.storeFor(process.main),
    thread: undefined,
    watch: {
      looked: begun,
      begun,
      placed: group.placed,
      deciding(places) {
        world.trace.add(`${process.name} decides`);
        group.deciding(places, committing);
        world.reached('decision');
      },
      decided(outcome) {
        world.trace.add(`${process.name} has decided: ${outcome}`);
        group.decided(outcome);
        if (outcome === 'decided') options.onDecided();
      },
      committing(output) {
        const count = (commits.get(output) ?? 0) + 1;
        commits.set(output, count);
        const own = planOf.get(output);
        if (own !== undefined && count > own.attempts)
          world.violate('broken rule', `${process.name} ${output} commits ${count} times of ${own.attempts}`);
        if (group.isMember(output)) group.committing(output);
        else committing(output);
        world.trace.add(`${process.name} commits ${output}`);
        world.reached('commit');
      },
      committed(output, runId) {
        world.trace.add(`${process.name} has committed ${output}`);
        // Told twice where the look after a commit that was given up found it, and that commit ended well after all.
        if (published.has(output)) return;
        published.add(output);
        historyOf(output)?.committed(plan.by, runId);
        group.committed(output);
        jobRules.published(output);
      },
    },
  });

  const graph = graphOf(options);
  const memory = process.memory(limitOf(graph, plan));
  const settings = {
    workers: plan.workers,
    memory,
    failFast: plan.failFast,
    freeze: false,
    openPerWorker: plan.openPerWorker,
    graceMs: plan.graceMs,
    maxRestarts: plan.maxRestarts,
    clock: process.clock,
    random: process.random,
    ...(plan.job === undefined ? {} : { resume: plan.job.directory, durable: plan.job.durable }),
    ...(options.watched ? { inspect: inspectorOf(world, process.name) } : {}),
    startThread: createThreads({
      world,
      process,
      trouble: options.threads,
      isInline,
      onStarted: rules.started,
      onGivenUp: rules.givenUp,
      onLosing: rules.losing,
      onEnded: rules.ended,
    }),
  };
  const run = runPipeline(graph, settings, process.journal);
  const failing = run.completed.then(
    () => undefined,
    (error: unknown) => error,
  );
  let report: Report | undefined;
  let ended = false;
  let worst = 0;

  const conclude = async (): Promise<void> => {
    report = await run.settled;
    world.trace.add(`${process.name} settles: ${report.state}`);
    for (const output of report.outputs) {
      world.trace.add(`${process.name} ${output.name} ${output.state} ${output.error?.message ?? ''}`);
      checkOutput(output);
    }
    for (const told of report.groups) {
      // Without the outputs that were published before; one that is left alone is no group any more.
      if (told.outputs.filter(group.isMember).length > 1)
        group.reported(told.state, world.faults.size > 0 || rules.isExcused());
    }
    if (plan.job !== undefined) jobRules.ended(process.name, plan.job, report, await failing);
    checkMemory(memory);
    await memory.scratch.close();
    if (process.scratchFiles > 0) world.violate('broken rule', `${process.name} leaves scratch files`);
    ended = true;
  };

  const checkOutput = (output: Report['outputs'][number]): void => {
    const own = planOf.get(output.name);
    if (own === undefined) return;
    const isPublished = published.has(output.name);
    const name = `${process.name} ${output.name}`;
    if (output.kept === true) {
      if (plan.job === undefined) world.violate('broken rule', `${name} is kept, and in no job`);
      if (historyOf(output.name)?.holds(plan.by) !== true)
        world.violate('lost', `${name} is kept, and is not there`);
      jobRules.published(output.name);
    } else if (output.state === 'done') {
      if (!isPublished) world.violate('lost', `${name} is done, but was never published`);
      const wanted = countOf({ ...own, rows: plan.rows, textLength: 0 });
      if (output.rows !== wanted)
        world.violate('lost', `${name} is done with ${output.rows} of ${wanted} rows`);
    } else {
      if (output.state !== 'failed' && output.state !== 'cancelled')
        world.violate('broken rule', `${name} ended ${output.state}`);
      const isLate = group.isMember(output.name) && group.isDecided();
      if (isPublished && !isLate)
        world.violate('half visible', `${name} ended ${output.state}, and is published`);
      const isSure = !isPublished && process.faults === (faultsAtCommit.get(output.name) ?? process.faults);
      if (!group.isMember(output.name)) historyOf(output.name)?.gaveUp(plan.by, process, isSure);
      const mates = plan.group?.includes(output.name) ? plan.outputs : [own];
      rules.mayFail(output, mates);
    }
  };

  const checkMemory = ({ budget, spillables }: Memory): void => {
    if (budget.usedBytes !== 0)
      world.violate('broken rule', `${process.name} still holds ${budget.usedBytes} bytes`);
    if (spillables.size !== 0)
      world.violate('broken rule', `${process.name} still has ${spillables.size} holders`);
  };

  conclude().catch((error: unknown) => {
    world.violate('broken rule', `${process.name} did not settle: ${String(error)}`);
    ended = true;
  });
  if (plan.abortAtMs !== undefined) {
    world.time.after(
      plan.abortAtMs,
      process.guard(() => {
        world.trace.add(`${process.name} is aborted`);
        world.count('abort');
        rules.excuse('abort');
        run.abort();
      }),
    );
  }

  return {
    plan,
    process,
    get ended() {
      return ended;
    },
    get report() {
      return report;
    },
    check() {
      const { usedBytes } = memory.budget;
      if (usedBytes <= worst) return;
      worst = usedBytes;
      const allowed = ceilingOf(memory, plan);
      if (usedBytes < 0 || usedBytes > allowed)
        world.violate('broken rule', `${process.name} holds ${usedBytes} bytes, more than ${allowed}`);
    },
  };
}

/** Memory that a run cannot do without, and what its plan spares. */
function limitOf(graph: Graph, plan: ProcessPlan): number {
  return minimumBytes(graph, 0.5, plan.openPerWorker * Math.max(1, plan.workers)) + plan.spareBytes;
}

/**
 * Bytes that may be held at most. Admission looks before an item is taken: beyond the limit there may be what one turn adds,
 * the encoders of the attempts that are open, and the builders of the stages.
 */
function ceilingOf({ budget }: Memory, plan: ProcessPlan): number {
  const open = plan.outputs.length * (Math.max(1, plan.workers) + 1);
  const encoders = Math.max(...plan.outputs.map(({ reserveBytes }) => reserveBytes)) * open;
  const chunk = plan.chunkRows * (plan.textLength + 64);
  return budget.limitBytes + encoders + 2 * plan.outputs.length * (64 * 1024 + 8 * chunk);
}
