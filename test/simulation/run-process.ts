// Owns one run of a real pipeline in a simulated process: declares it from its plan, starts it, and holds it to its rules
// until it has ended.
import { filter } from 'rxjs';
import type { Memory } from '../../packages/core/src/materialise/memory.js';
import { declareGraph } from '../../packages/core/src/pipeline/declare.js';
import type { Graph } from '../../packages/core/src/pipeline/graph.js';
import type { Report } from '../../packages/core/src/pipeline/report.js';
import { runPipeline } from '../../packages/core/src/pipeline/run.js';
import { minimumBytes } from '../../packages/core/src/pipeline/sizes.js';
import { fixed, none } from '../../packages/core/src/retry/policies.js';
import type { FileSinkSettings } from '../../packages/core/src/sink/file/settings.js';
import type { Sink } from '../../packages/core/src/sink/sink.js';
import type { Source } from '../../packages/core/src/source/source.js';
import { createAttemptRules } from './attempt-rules.js';
import type { History } from './history.js';
import { inspectorOf } from './inspect-rules.js';
import { type AddressedLines, type AddressedStore, moduleUrls, register, resetFlakiness } from './modules.js';
import type { Target } from './observe.js';
import type { SimProcess } from './process.js';
import { countOf, isChosen, rowOf, rowSchema, type SimRow } from './rows.js';
import type { OutputPlan, ProcessPlan } from './scenario.js';
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
  readonly threads: ThreadTrouble;
  readonly watched: boolean;
}

export function runProcess(options: RunProcessOptions): RunningProcess {
  const { world, process, plan, histories } = options;
  const isInline = plan.workers === 0;
  const planOf = new Map(plan.outputs.map((output) => [output.name, output]));
  const historyOf = (output: string): History | undefined => histories[planOf.get(output)?.target ?? -1];
  const published = new Set<string>();
  const commits = new Map<string, number>();
  const faultsAtCommit = new Map<string, number>();
  const rules = createAttemptRules(world, process.name, planOf);

  if (plan.sourceFailsAt !== undefined) rules.excuse('source');
  if (plan.failFast) rules.excuse('failFast');
  resetFlakiness(process.name);
  register(process.name, {
    store: process.storeFor(process.main),
    thread: undefined,
    watch: {
      begun: (output) => historyOf(output)?.begun(process.name),
      committing(output) {
        const count = (commits.get(output) ?? 0) + 1;
        commits.set(output, count);
        const own = planOf.get(output);
        if (own !== undefined && count > own.attempts)
          world.violate('broken rule', `${process.name} ${output} commits ${count} times of ${own.attempts}`);
        if (count === 1) faultsAtCommit.set(output, process.faults);
        historyOf(output)?.committing(process.name, own?.mode ?? 'error');
        world.trace.add(`${process.name} commits ${output}`);
      },
      committed(output, runId) {
        world.trace.add(`${process.name} has committed ${output}`);
        // Told twice where the look after a commit that was given up found it, and that commit ended well after all.
        if (published.has(output)) return;
        published.add(output);
        historyOf(output)?.committed(process.name, runId);
      },
    },
  });

  const graph = graphOf(options);
  const memory = process.memory(limitOf(graph, plan));
  const run = runPipeline(graph, {
    workers: plan.workers,
    memory,
    failFast: plan.failFast,
    freeze: false,
    openPerWorker: plan.openPerWorker,
    graceMs: plan.graceMs,
    maxRestarts: plan.maxRestarts,
    clock: process.clock,
    random: process.random,
    ...(options.watched ? { inspect: inspectorOf(world, process.name) } : {}),
    startThread: createThreads({
      world,
      process,
      trouble: options.threads,
      isInline,
      onStarted: rules.started,
      onGivenUp: rules.givenUp,
      onEnded: rules.ended,
    }),
  });
  // Looked at through `settled`.
  run.completed.catch(() => undefined);
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
    if (output.state === 'done') {
      if (!isPublished) world.violate('lost', `${name} is done, but was never published`);
      const wanted = countOf({ rows: plan.rows, without: own.without, textLength: 0 });
      if (output.rows !== wanted)
        world.violate('lost', `${name} is done with ${output.rows} of ${wanted} rows`);
    } else {
      if (output.state !== 'failed' && output.state !== 'cancelled')
        world.violate('broken rule', `${name} ended ${output.state}`);
      if (isPublished) world.violate('half visible', `${name} ended ${output.state}, and is published`);
      const isSure = !isPublished && process.faults === (faultsAtCommit.get(output.name) ?? process.faults);
      historyOf(output.name)?.gaveUp(process, isSure);
      rules.mayFail(output, own);
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

function graphOf({ world, process, plan, targets }: RunProcessOptions): Graph {
  return declareGraph('simulated', (flow) => {
    const options = { schema: rowSchema, batchRows: plan.batchRows };
    const raw = flow.source('raw', sourceOf(world, process, plan), options);
    for (const output of plan.outputs) {
      const target = targets[output.target];
      if (target === undefined) throw new Error(`no target ${output.target}`);
      const choice = { rows: plan.rows, without: output.without, textLength: plan.textLength };
      const from =
        output.without === 0
          ? raw
          : flow.stage(
              `kept-${output.name}`,
              raw,
              filter((row: SimRow) => isChosen(choice, row.n)),
              options,
            );
      const { attempts, delayMs, timeoutMs, writeRows, slow } = output;
      flow.write(output.name, from, sinkOf(process.name, target, output), {
        retry: attempts === 1 ? none() : fixed({ attempts, delayMs }),
        ...(timeoutMs === 0 ? {} : { timeoutMs }),
        writeRows,
        slow,
      });
    }
  });
}

function sourceOf(world: World, process: SimProcess, plan: ProcessPlan): Source<SimRow> {
  return {
    name: 'rows',
    async *open() {
      for (let from = 0; from < plan.rows; from += plan.chunkRows) {
        await new Promise<void>((resolve) => {
          world.time.after(process.dice.next() * 2, process.guard(resolve));
        });
        const to = Math.min(plan.rows, from + plan.chunkRows);
        if (plan.sourceFailsAt !== undefined && to > plan.sourceFailsAt) throw new Error('the source breaks');
        yield Array.from({ length: to - from }, (_, at) => rowOf(process.name, from + at, plan.textLength));
      }
    },
  };
}

/** As `fileSink` makes it, with the modules of the simulation. */
function sinkOf(at: string, target: Target, plan: OutputPlan): Sink<SimRow> {
  const { deadlyRow, poisonRow, flakyRow, gathers } = plan;
  const lines: AddressedLines = { at, deadlyRow, poisonRow, flakyRow, flakyUntil: 1, gathers };
  const store: AddressedStore = { kind: 'local', at };
  const partitionBy = target.isPartitioned ? ['part'] : [];
  const settings: FileSinkSettings = {
    path: target.path,
    kind: target.kind,
    mode: plan.mode,
    publish: target.publish,
    adopt: target.publish === 'generations',
    takeOver: false,
    format: { url: moduleUrls.format, options: lines },
    store: { url: moduleUrls.store, options: store },
    partitionBy,
    maxPartRows: target.kind === 'file' ? undefined : plan.maxPartRows,
    maxPartBytes: undefined,
    maxOpenPartitions: 2,
    maxPartitions: 100,
    waitingBytes: 4_096,
    maxBufferedBytes: 4_096,
  };
  return {
    name: 'lines',
    module: { url: moduleUrls.sink, options: settings },
    location: { scheme: 'file', path: target.path, kind: target.kind },
    target: target.path,
    single: target.kind === 'file',
    requires: partitionBy,
    reserveBytes: plan.reserveBytes,
  };
}
