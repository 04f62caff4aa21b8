// Owns the pipeline of a simulated process: its source, its stages, its sinks, its group, as its plan has them.
import { filter } from 'rxjs';
import { declareGraph } from '../../packages/core/src/pipeline/declare.js';
import type { Graph } from '../../packages/core/src/pipeline/graph.js';
import type { OutputRef } from '../../packages/core/src/pipeline/handle.js';
import { fixed, none } from '../../packages/core/src/retry/policies.js';
import type { FileSinkSettings } from '../../packages/core/src/sink/file/settings.js';
import type { Sink } from '../../packages/core/src/sink/sink.js';
import type { Source } from '../../packages/core/src/source/source.js';
import { type AddressedLines, type AddressedStore, moduleUrls } from './modules.js';
import type { Target } from './observe.js';
import type { OutputPlan, ProcessPlan } from './plans.js';
import type { SimProcess } from './process.js';
import { isChosen, rowOf, rowSchema, type SimRow } from './rows.js';
import type { World } from './world.js';

export interface PipelineOptions {
  readonly world: World;
  readonly process: SimProcess;
  readonly plan: ProcessPlan;
  readonly targets: readonly Target[];
}

/** Under which name the modules find what belongs to a process: all runs of a job have one, for it is in the keys of outputs. */
export const addressOf = ({ name, by, job }: ProcessPlan): string => (job === undefined ? name : by);

export function graphOf({ world, process, plan, targets }: PipelineOptions): Graph {
  return declareGraph('simulated', (flow) => {
    const options = { schema: rowSchema, batchRows: plan.batchRows };
    const raw = flow.source('raw', sourceOf(world, process, plan), options);
    const written = new Map<string, OutputRef>();
    for (const output of plan.outputs) {
      const target = targets[output.target];
      if (target === undefined) throw new Error(`no target ${output.target}`);
      const { rows, textLength } = plan;
      const choice = { rows, without: output.without, textLength, parts: output.parts };
      const from =
        output.without === 0 && output.parts === undefined
          ? raw
          : flow.stage(
              `kept-${output.name}`,
              raw,
              filter((row: SimRow) => isChosen(choice, row.n)),
              options,
            );
      const { attempts, delayMs, timeoutMs, writeRows, slow } = output;
      const ref = flow.write(output.name, from, sinkOf(addressOf(plan), target, output), {
        retry: attempts === 1 ? none() : fixed({ attempts, delayMs }),
        ...(timeoutMs === 0 ? {} : { timeoutMs }),
        writeRows,
        slow,
      });
      written.set(output.name, ref);
    }
    const [one, other, ...more] = plan.group?.flatMap((name) => written.get(name) ?? []) ?? [];
    if (one !== undefined && other !== undefined) flow.commitGroup('together', [one, other, ...more]);
  });
}

function sourceOf(world: World, process: SimProcess, plan: ProcessPlan): Source<SimRow> {
  return {
    name: 'rows',
    ...(plan.job === undefined ? {} : { fingerprint: async () => 'the same' }),
    async *open() {
      for (let from = 0; from < plan.rows; from += plan.chunkRows) {
        await new Promise<void>((resolve) => {
          world.time.after(process.dice.next() * 2, process.guard(resolve));
        });
        const to = Math.min(plan.rows, from + plan.chunkRows);
        if (plan.sourceFailsAt !== undefined && to > plan.sourceFailsAt) throw new Error('the source breaks');
        yield Array.from({ length: to - from }, (_, at) => rowOf(plan.by, from + at, plan.textLength));
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
    maxPartAgeMs: undefined,
    minPartBytes: 2 ** 20,
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
    mode: plan.mode,
    single: target.kind === 'file',
    requires: partitionBy,
    reserveBytes: plan.reserveBytes,
  };
}
