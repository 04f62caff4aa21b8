// Owns a run as part of a job that can be resumed: opens its journal, asks the targets, and writes down what happens. What
// is kept and what is redone is decided in resume-plan.ts.
import { join, resolve } from 'node:path';
import type { TailraceError } from '../errors/tailrace-error.js';
import { isSpillThere } from '../materialise/durable-spill.js';
import type { Memory } from '../materialise/memory.js';
import type { OutputFeed } from '../output/feed.js';
import { loadModule } from '../sink/load.js';
import type { Publication, SinkDefinition } from '../sink/sink.js';
import { type JournalFileSystem, nodeJournalFileSystem } from '../store/journal/file-system.js';
import { type Journal, openJournal } from '../store/journal/journal.js';
import type { MaterialisedRecord, RunRecord } from '../store/journal/records.js';
import type { Leases } from '../store/local/lease.js';
import { machineLeases } from '../store/local/machine-leases.js';
import { makeDirectory, removeTree, syncDirectory } from '../store/local/tree.js';
import type { Clock } from '../time/clock.js';
import { readingBack, type Spilling, spillDirectory, spillStages, writtenStages } from './durable.js';
import { type Graph, type GraphOutput, originOf, sourcesOf } from './graph.js';
import { type JobSteps, jobSteps } from './job-steps.js';
import { journaled } from './journaled-sink.js';
import { type Fingerprints, graphFingerprint, outputKey } from './resume-key.js';
import { type DeclaredOutput, type JobState, jobState, planJob } from './resume-plan.js';
import type { BatchWatch, StageWatch } from './stage-watch.js';
import { watchStages } from './stage-watches.js';
import { withinGrace } from './within-grace.js';

/** What a run does, and under which id it publishes. */
export interface Job {
  readonly id: string;
  /** What is left to do: without the outputs that are kept. */
  readonly graph: Graph;
  /** What an earlier run of the job has published, by output. */
  readonly kept: ReadonlyMap<string, Publication>;
  readonly taps: ReadonlyMap<string, OutputFeed> | undefined;
  /** What holds stages to what they gave in an earlier run of the job, by stage. */
  readonly watches: ReadonlyMap<string, BatchWatch> | undefined;
  around(output: string): ((definition: SinkDefinition) => SinkDefinition) | undefined;
  /** Is told when a write of an output has all its batches. */
  onSealed(output: string): ((write: number) => void) | undefined;
  /** Waits for what is being written, and lets go. Resolves with what went wrong beside the outputs. */
  close(allDone: boolean): Promise<readonly TailraceError[]>;
}

/** A run that remembers nothing. */
export function jobOfOneRun(graph: Graph, runId: string): Job {
  return {
    id: runId,
    graph,
    kept: new Map(),
    taps: undefined,
    watches: undefined,
    around: () => undefined,
    onSealed: () => undefined,
    close: async () => [],
  };
}

export interface JobOptions {
  readonly graph: Graph;
  readonly directory: string;
  readonly durable: boolean;
  readonly memory: Memory;
  /** For a job that begins now. */
  readonly runId: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Milliseconds that what does not answer is waited for once the signal is aborted. */
  readonly graceMs: number;
  readonly fs: JournalFileSystem;
  readonly leases: Leases;
}

/** The disks of this machine, and a lease that all its processes see. */
export function machineJournal(): Pick<JobOptions, 'fs' | 'leases'> {
  return { fs: nodeJournalFileSystem, leases: machineLeases() };
}

/**
 * Opens the job of a directory, or begins one. Nothing is published and no source is opened.
 *
 * @throws ConflictError, NondeterminismError, PlanError, JOURNAL_CORRUPT and STORE_FAILED, as its parts say
 */
export function openJob(options: JobOptions): Promise<Job> {
  const steps = jobSteps(options.directory);
  const opening = open(options, steps);
  return withinGrace(opening, options, () => {
    // It lets go when what was waited for has come back. By then the run has ended with the error below, and nobody is left
    // to be told what else went wrong: the next run reads the journal anew, and says what it cannot read.
    opening.then((job) => job.close(false)).catch(() => undefined);
    throw steps.hung('open');
  });
}

async function open(options: JobOptions, steps: JobSteps): Promise<Job> {
  const { fs, leases } = options;
  steps.now('the disk with its journal');
  const journal = await openJournal({ fs, leases, directory: resolve(options.directory) });
  try {
    return await planned(options, journal, steps);
  } catch (error) {
    steps.now('the disk with its journal');
    await journal.close();
    throw error;
  }
}

async function planned(options: JobOptions, journal: Journal, steps: JobSteps): Promise<Job> {
  const { graph, durable, fs, memory, signal } = options;
  const previous = jobState(journal.records);
  const spills = join(journal.directory, 'spill');
  const shape = graphFingerprint(graph);
  steps.now(`the disk with ${spills}`);
  const readsBack =
    previous !== undefined && previous.run.graph === shape && (await canReadBack(fs, spills, previous));
  const fingerprints = readsBack ? new Map(previous.run.sources) : await fingerprintsOf(graph, signal, steps);
  const outputs: DeclaredOutput[] = [];
  for (const output of graph.outputs) {
    steps.now(`the target of output ${output.name}, which was asked what is published,`);
    outputs.push({
      name: output.name,
      target: output.sink.target,
      mode: output.sink.mode,
      key: outputKey(graph, output, fingerprints),
      sources: sourcesOf(graph, output.from),
      publications: previous === undefined ? [] : await publicationsOf(output, previous.run.runId, signal),
    });
  }
  const plan = planJob({
    pipeline: graph.name,
    graph: shape,
    durable,
    directory: journal.directory,
    fingerprints,
    outputs,
    previous,
    readsBack,
  });
  const goesOn = plan.goesOn && previous !== undefined;
  const isSameRun = goesOn || (readsBack && !plan.isAnew);
  const id = previous !== undefined && isSameRun ? previous.run.runId : options.runId;
  signal.throwIfAborted();
  steps.now(`the disk with ${spills}`);
  if (!readsBack) await removeTree(fs, spills);
  steps.now('the disk with its journal');
  if (!goesOn) {
    const run: RunRecord = {
      type: 'run',
      runId: id,
      pipeline: graph.name,
      graph: shape,
      durable,
      sources: [...fingerprints],
      outputs: outputs.map(({ name, key }) => ({ name, key, kept: plan.kept.get(name)?.runId ?? null })),
    };
    await journal.append(run);
    if (readsBack && previous.materialised !== undefined) await journal.append(previous.materialised);
  }
  const left: Graph = { ...graph, outputs: graph.outputs.filter(({ name }) => !plan.kept.has(name)) };
  const kept = readsBack ? previous.materialised : undefined;
  steps.now(`the disk with ${spills}`);
  const spilling =
    durable && !readsBack && left.outputs.length > 0
      ? await beginSpilling(fs, spills, join(spills, id), left, memory)
      : undefined;
  // What is kept on disk need not be held to anything.
  const watches =
    durable || readsBack
      ? undefined
      : watchStages({
          graph: left,
          runId: id,
          directory: journal.directory,
          fingerprints,
          outputs,
          kept: plan.kept,
          previous,
          journal,
        });
  const watchOf = (output: string): StageWatch | undefined => {
    const from = left.outputs.find(({ name }) => name === output)?.from;
    return from === undefined ? undefined : watches?.get(originOf(left, from));
  };
  const errors: TailraceError[] = [];
  const whole = spilling === undefined ? undefined : onceWhole(journal, fs, spills, id, spilling);
  const keys = new Map(outputs.map(({ name, key }) => [name, key]));

  return {
    id,
    graph: kept === undefined ? left : readingBack(left, fs, keptIn(spills, kept), kept.stages, memory),
    kept: plan.kept,
    taps: spilling?.taps,
    watches,
    onSealed: (output) => (write) => watchOf(output)?.sealed(output, write),
    around: (output) => (definition) =>
      journaled({
        definition,
        journal,
        runId: id,
        output,
        key: keys.get(output) ?? '',
        target: graph.outputs.find(({ name }) => name === output)?.sink.target ?? '',
        gate: async () => {
          await whole;
          await watchOf(output)?.told();
        },
        note: () => watchOf(output)?.note,
        onLateError: (error) => errors.push(error),
      }),
    close: (allDone) => withinGrace(close(allDone), options, () => [...errors, steps.hung('close')]),
  };

  async function close(allDone: boolean): Promise<readonly TailraceError[]> {
    try {
      steps.now(`the disk with ${spills}`);
      await spilling?.end();
      steps.now(`the disk with its journal and ${spills}`);
      // What the gate was refused for, its outputs have told.
      await whole?.catch(() => undefined);
      // Whoever committed waited for it; in a run that ends early it is of use to the next one only.
      for (const watch of watches?.values() ?? []) await watch.told().catch(() => undefined);
      if (allDone && errors.length === 0) {
        if (!goesOn || !previous.done) await journal.append({ type: 'done', runId: id });
        steps.now(`the disk with ${spills}, which was to be removed,`);
        await removeTree(fs, spills);
      }
    } finally {
      steps.now('the disk with its journal');
      await journal.close();
    }
    return errors;
  }
}

/** Of the run that kept it, which need not be the one that reads it back. */
const keptIn = (spills: string, { runId }: MaterialisedRecord): string => join(spills, runId);

async function canReadBack(fs: JournalFileSystem, spills: string, previous: JobState): Promise<boolean> {
  const { materialised, done } = previous;
  if (materialised === undefined || done) return false;
  for (const [index, stage] of materialised.stages.entries()) {
    if (!(await isSpillThere(fs, spillDirectory(keptIn(spills, materialised), index), stage))) return false;
  }
  return true;
}

async function fingerprintsOf(graph: Graph, signal: AbortSignal, steps: JobSteps): Promise<Fingerprints> {
  const fingerprints = new Map<string, string | null>();
  for (const node of graph.nodes) {
    if (node.kind !== 'source') continue;
    steps.now(`source ${node.name}, which was asked for its fingerprint,`);
    fingerprints.set(node.name, (await node.source.fingerprint?.(signal)) ?? null);
  }
  return fingerprints;
}

async function publicationsOf(
  { name, sink }: GraphOutput,
  runId: string,
  signal: AbortSignal,
): Promise<readonly Publication[] | undefined> {
  const definition = await loadModule<SinkDefinition>(sink.module, 'sink');
  return definition.published?.({ runId, output: name, options: sink.module.options, signal });
}

async function beginSpilling(
  fs: JournalFileSystem,
  spills: string,
  root: string,
  graph: Graph,
  memory: Memory,
): Promise<Spilling> {
  await makeDirectory(fs, spills);
  await makeDirectory(fs, root);
  return spillStages(fs, root, writtenStages(graph), memory);
}

/** Resolves when what the outputs are written from is on stable storage and the journal says so. */
function onceWhole(
  journal: Journal,
  fs: JournalFileSystem,
  spills: string,
  runId: string,
  spilling: Spilling,
): Promise<void> {
  const whole = (async () => {
    const stages = await spilling.whole;
    for (const path of [join(spills, runId), spills, journal.directory]) await syncDirectory(fs, path);
    await journal.append({ type: 'materialised', runId, stages });
  })();
  // Whoever commits sees it; a run that ends early commits nothing.
  whole.catch(() => undefined);
  return whole;
}
