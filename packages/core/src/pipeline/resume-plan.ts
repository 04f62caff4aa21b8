// Owns the decision what a resumed job keeps and what it does again. Facts in, plan out: it reads nothing and writes nothing.
import { ConflictError, NondeterminismError, PlanError } from '../errors/named-errors.js';
import type { Publication, WriteMode } from '../sink/sink.js';
import type {
  CommittedRecord,
  GivenRecord,
  JobOutput,
  JournalRecord,
  MaterialisedRecord,
  RunRecord,
} from '../store/journal/records.js';
import type { Fingerprints } from './resume-key.js';

/** What a journal tells of its job. */
export interface JobState {
  readonly run: RunRecord;
  /** By run id and output. */
  readonly committed: ReadonlyMap<string, CommittedRecord>;
  /** By run id and output: what was about to be committed. */
  readonly intended: ReadonlySet<string>;
  /** What stages gave, by name, as far as the sources and the pipeline have been the same since. */
  readonly given: ReadonlyMap<string, readonly GivenRecord[]>;
  readonly materialised: MaterialisedRecord | undefined;
  readonly done: boolean;
}

export interface DeclaredOutput {
  readonly name: string;
  readonly target: string;
  readonly mode: WriteMode | undefined;
  readonly key: string;
  /** Names of the sources that it is made from. */
  readonly sources: readonly string[];
  /** What its target tells; undefined when its sink cannot tell. */
  readonly publications: readonly Publication[] | undefined;
}

export interface PlanInput {
  readonly pipeline: string;
  readonly graph: string;
  readonly durable: boolean;
  /** For messages. */
  readonly directory: string;
  readonly fingerprints: Fingerprints;
  readonly outputs: readonly DeclaredOutput[];
  readonly previous: JobState | undefined;
  /** What outputs were written from is on stable storage, and everything is read from there. */
  readonly readsBack: boolean;
}

export interface JobPlan {
  /** By output; the others are written. */
  readonly kept: ReadonlyMap<string, Publication>;
  /** The job goes on as its journal has it; else it begins anew, with a run record of its own. */
  readonly goesOn: boolean;
  /** Something is published a second time, which needs another run id than the first, or it would count as published already. */
  readonly isAnew: boolean;
}

export function jobState(records: readonly JournalRecord[]): JobState | undefined {
  const committed = new Map<string, CommittedRecord>();
  const intended = new Set<string>();
  const given = new Map<string, GivenRecord[]>();
  let state: JobState | undefined;
  for (const record of records) {
    if (record.type === 'run') {
      if (state !== undefined && !isFromSame(state.run, record)) given.clear();
      state = { run: record, committed, intended, given, materialised: undefined, done: false };
    } else if (record.type === 'intent') intended.add(`${record.runId} ${record.output}`);
    else if (record.type === 'given') {
      const before = record.first ? [] : (given.get(record.stage) ?? []);
      given.set(record.stage, [...before, record]);
    } else if (record.type === 'committed') committed.set(`${record.runId} ${record.output}`, record);
    else if (record.type === 'materialised' && state !== undefined)
      state = { ...state, materialised: record };
    else if (record.type === 'done' && state !== undefined) state = { ...state, done: true };
  }
  return state;
}

/**
 * Decides by what the targets tell, and by the journal where a target cannot. Outputs of one job must come from the same
 * data, whichever run has written them: docs/decisions/0011-journal-and-resume.md.
 *
 * @throws NondeterminismError when they would not; ConflictError when what the job has published is not what it would
 *   publish now, or is damaged, and may not be replaced; PlanError for the directory of another pipeline
 */
export function planJob(input: PlanInput): JobPlan {
  const { previous, outputs } = input;
  if (previous === undefined) return { kept: new Map(), goesOn: false, isAnew: false };
  const { run } = previous;
  if (run.pipeline !== input.pipeline) {
    throw new PlanError(
      `The directory ${input.directory} holds the job of pipeline '${run.pipeline}', not of ` +
        `'${input.pipeline}'. Give each a directory of its own.`,
      { operation: 'resume job', context: { pipeline: input.pipeline, directory: input.directory } },
    );
  }
  const changed = input.readsBack ? [] : changedSources(run, input.fingerprints);
  const own = new Map<string, Publication>();
  let isHarmed = false;
  for (const output of outputs) {
    const found = ownPublication(output, previous);
    if (found === undefined) continue;
    if (found.whole) own.set(output.name, found);
    else if (output.mode !== 'overwrite') throw damaged(output, input);
    else isHarmed = true;
  }
  const [first] = changed;
  if (first !== undefined && own.size > 0 && !previous.done)
    throw changedSource(first, [...own.keys()], input);
  const kept = new Map<string, Publication>();
  for (const output of outputs) {
    const published = own.get(output.name);
    if (published === undefined) continue;
    if (published.key === output.key) kept.set(output.name, published);
    else if (output.mode !== 'overwrite' && !output.sources.some((source) => changed.includes(source))) {
      throw changedPipeline(output, input);
    }
  }
  if (!input.readsBack) regroup(input, kept);
  const redone = kept.size < outputs.length;
  // Also of a job that reads back: an output that was published as it was declared before is written again.
  const isAnew = isHarmed || kept.size < own.size || (previous.done && redone);
  return { kept, goesOn: isSame(run, input) && !isAnew, isAnew };
}

function changedSources(run: RunRecord, now: Fingerprints): string[] {
  return run.sources.filter(([name, before]) => (now.get(name) ?? before) !== before).map(([name]) => name);
}

/** What this job has published: of the run its journal names last, or of the one from which that has kept the output. */
function ownPublication(output: DeclaredOutput, { run, committed }: JobState): Publication | undefined {
  const kept = run.outputs.find(({ name }) => name === output.name)?.kept;
  const ids = kept == null ? [run.runId] : [kept, run.runId];
  if (output.publications !== undefined)
    return output.publications.findLast(({ runId }) => ids.includes(runId));
  const told = ids.flatMap((id) => committed.get(`${id} ${output.name}`) ?? []).at(-1);
  return told && { ...told, whole: true };
}

/** Whether a pipeline computes the same in both, as far as that can be known. */
function isFromSame(a: RunRecord, b: RunRecord): boolean {
  const before = new Map(a.sources);
  return (
    a.graph === b.graph &&
    before.size === b.sources.length &&
    b.sources.every(([name, fingerprint]) => before.get(name) === fingerprint)
  );
}

/**
 * Which outputs of a job are published, or may be, though its sink cannot tell and the journal knows only that it was about
 * to be.
 */
export function publishedNames(
  outputs: readonly DeclaredOutput[],
  kept: ReadonlyMap<string, Publication>,
  previous: JobState | undefined,
): Set<string> {
  const maybe = (output: DeclaredOutput): boolean =>
    output.publications === undefined &&
    previous?.intended.has(`${previous.run.runId} ${output.name}`) === true;
  return new Set(outputs.filter((output) => kept.has(output.name) || maybe(output)).map(({ name }) => name));
}

function isSame(run: RunRecord, { graph, durable, fingerprints, outputs }: PlanInput): boolean {
  const before = new Map(run.outputs.map((output): [string, JobOutput] => [output.name, output]));
  return (
    run.graph === graph &&
    run.durable === durable &&
    run.sources.every(([name, fingerprint]) => fingerprints.get(name) === fingerprint) &&
    before.size === outputs.length &&
    outputs.every(({ name, key }) => before.get(name)?.key === key)
  );
}

/**
 * Takes out of `kept` what must be written together with something else, because their common source cannot be told to
 * give the same again.
 */
function regroup(input: PlanInput, kept: Map<string, Publication>): void {
  // Who asks for `durable` says that stages differ from run to run, though sources may not.
  const always = input.durable || input.previous?.run.durable === true;
  const isUnknown = (source: string): boolean => always || input.fingerprints.get(source) == null;
  for (let size = -1; size !== kept.size; ) {
    size = kept.size;
    const redone = input.outputs.filter(({ name }) => !kept.has(name));
    const torn = redone.flatMap((output) =>
      output.sources.filter(isUnknown).map((source) => ({ output, source })),
    );
    for (const { output, source } of torn) {
      for (const other of input.outputs) {
        if (!kept.has(other.name) || !other.sources.includes(source)) continue;
        if (other.mode !== 'overwrite') throw unknownSource(source, other, output, input);
        kept.delete(other.name);
      }
    }
  }
}

const anew = (directory: string): string =>
  `or begin the job anew: remove ${directory} and what was published, or write with mode overwrite`;

function changedSource(source: string, published: readonly string[], input: PlanInput): NondeterminismError {
  return new NondeterminismError(
    `Source '${source}' of pipeline '${input.pipeline}' is not what it was when this job published ` +
      `${published.map((name) => `'${name}'`).join(', ')}: the other outputs would hold other data. Nothing was written. ` +
      `Bring the source back as it was, ${anew(input.directory)}.`,
    { operation: 'resume job', context: { pipeline: input.pipeline, source } },
  );
}

function unknownSource(
  source: string,
  published: DeclaredOutput,
  redone: DeclaredOutput,
  input: PlanInput,
): NondeterminismError {
  return new NondeterminismError(
    `Output '${published.name}' of pipeline '${input.pipeline}' was published, and '${redone.name}' was not; ` +
      `both are made from source '${source}', and nothing shows that it gives the same again. They can only be ` +
      `written together, which mode ${published.mode ?? 'of that sink'} does not allow. Nothing was written. ` +
      'The next time give the source a fingerprint or run with durable: true; now go back to what was ' +
      `published before, ${anew(input.directory)}.`,
    { operation: 'resume job', context: { pipeline: input.pipeline, source, output: redone.name } },
  );
}

function changedPipeline({ name, target }: DeclaredOutput, input: PlanInput): ConflictError {
  return new ConflictError(
    `Output '${name}' of pipeline '${input.pipeline}' was published to ${target} by this job as it was ` +
      'declared before: its version, its stages or its sink have changed since, and its mode does not replace. ' +
      `Finish the job as it was, ${anew(input.directory)}.`,
    { operation: 'resume job', context: { pipeline: input.pipeline, output: name, target } },
  );
}

function damaged({ name, target }: DeclaredOutput, input: PlanInput): ConflictError {
  return new ConflictError(
    `Output '${name}' of pipeline '${input.pipeline}' was published to ${target} by this job, but files that ` +
      'its manifest names are missing or of another size: something else has changed them. Bring them back, ' +
      `${anew(input.directory)}.`,
    { operation: 'resume job', context: { pipeline: input.pipeline, output: name, target } },
  );
}
