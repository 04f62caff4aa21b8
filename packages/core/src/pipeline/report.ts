// Owns what a run says of itself when it is over: numbers per stage, per output, and of the whole.
import type { Budget } from '../budget/budget.js';
import type { OutputEnd } from '../pool/open-output.js';
import { type OutputReport, reportOf } from '../pool/output-report.js';
import { type Advice, adviceOf, hiddenShareOf, type ReportNumbers } from './advice.js';
import type { StageStats } from './stats.js';

/** Outputs that commit together. */
export interface GroupReport {
  readonly name: string;
  readonly outputs: readonly string[];
  /**
   * `done`: all are published. `failed`: none is. `incomplete`: all are decided and some are not published, or the disk did not
   * say whether they are decided; the next run on one of their paths finds out, and publishes what is decided.
   */
  readonly state: 'done' | 'failed' | 'incomplete';
}

/** What a run says of itself when it is over: plain data. */
export interface Report {
  /** Name of the pipeline. */
  readonly pipeline: string;
  /** The id under which its outputs are published: with `resume`, of the run that began the job. */
  readonly runId: string;
  readonly state: 'completed' | 'failed' | 'cancelled';
  /** Threads that there were; 0 when everything ran on the main thread. */
  readonly workers: number;
  /** From start to the last commit, in milliseconds. */
  readonly elapsedMs: number;
  /** Names of the outputs that an earlier run of the job has published, and that were left alone. */
  readonly kept: readonly string[];
  /** Rows written by all outputs together. */
  readonly rows: number;
  /** Encoded bytes written by all outputs together. */
  readonly bytes: number;
  /** The most bytes that the budget has counted at once. */
  readonly peakBytesHeld: number;
  /** Bytes that could be held: the option `memory`. */
  readonly bytesLimit: number;
  /** Time the stages were at work on the main thread, in milliseconds. */
  readonly computeMs: number;
  /** Time sources took to give chunks, on the main thread, in milliseconds: decoding, and waiting for bytes. */
  readonly readMs: number;
  /** Time worker threads were at work, all together; without threads, what was not computing. In milliseconds. */
  readonly writeMs: number;
  /** Time sources waited for memory that writing had to free, in milliseconds. */
  readonly blockedMs: number;
  /** From the end of the last stage to the last commit, in milliseconds. */
  readonly tailMs: number;
  /** Share of `writeMs` that passed while stages were computing: 0 to 1. */
  readonly hiddenShare: number;
  readonly advice: Advice;
  /** Sources, stages and holds, in the order of declaration. */
  readonly stages: readonly StageStats[];
  readonly outputs: readonly OutputReport[];
  /** One for each `flow.commitGroup`. */
  readonly groups: readonly GroupReport[];
}

/** What a run knows of itself when it is over. Times are of its clock, in milliseconds. */
export interface RunFacts {
  readonly pipeline: string;
  readonly runId: string;
  readonly workers: number;
  readonly cores: number;
  readonly aborted: boolean;
  /** Something failed that belongs to no output. */
  readonly failedOutsideOutputs: boolean;
  readonly startedAt: number;
  readonly stagesEndedAt: number | undefined;
  readonly endedAt: number;
  /** Time worker threads were at work. */
  readonly threadMs: number;
  /** Most writes that were begun and not prepared at one time. */
  readonly writesAtOnce: number;
  readonly budget: Pick<Budget, 'peakBytes' | 'limitBytes'>;
  readonly stages: readonly StageStats[];
  /** In the order of declaration. */
  readonly outputs: readonly (OutputEnd | OutputReport)[];
  readonly groups: readonly GroupFacts[];
}

export interface GroupFacts {
  readonly name: string;
  readonly outputs: readonly string[];
  /** That all are published is on stable storage, or nobody knows that it is not. */
  readonly mayBeDecided: boolean;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const isEnd = (output: OutputEnd | OutputReport): output is OutputEnd => 'record' in output;

export function reportOfRun(facts: RunFacts): Report {
  const { stages, workers } = facts;
  const ends = facts.outputs.filter(isEnd);
  const elapsedMs = facts.endedAt - facts.startedAt;
  const computeMs = sum(stages.map((stage) => stage.busyMs));
  const readMs = sum(stages.map((stage) => stage.readMs));
  // Without threads, what is neither computing nor reading is writing.
  const writeMs = workers === 0 ? Math.max(0, elapsedMs - computeMs - readMs) : facts.threadMs;
  const inSinksMs = sum(ends.map((end) => end.record.numbers.busyMs));
  const workShare = inSinksMs === 0 ? 1 : writeMs / inSinksMs;
  const outputs = facts.outputs.map((output) => (isEnd(output) ? reportOf(output, workShare) : output));
  const heldUpMs = sum(stages.map((stage) => stage.heldUpMs));
  const attempted = ends.map(({ record }) => record.numbers);
  const done = outputs.filter((output) => output.state === 'done');
  const failed = done.length < outputs.length || facts.failedOutsideOutputs;
  const state = facts.aborted ? 'cancelled' : failed ? 'failed' : 'completed';
  const numbers: ReportNumbers = {
    state,
    elapsedMs,
    computeMs,
    readMs,
    writeMs,
    blockedMs: sum(stages.map((stage) => stage.blockedMs)) - heldUpMs,
    heldUpMs,
    writesAtOnce: facts.writesAtOnce,
    retriedMs: Math.max(0, ...attempted.map((output) => output.retriedMs)),
    lostAttempts: sum(attempted.map((output) => output.lostAttempts)),
    tailMs: facts.endedAt - (facts.stagesEndedAt ?? facts.endedAt),
    workers,
    cores: facts.cores,
  };
  const written = done.filter((output) => !output.kept);
  return {
    pipeline: facts.pipeline,
    runId: facts.runId,
    state,
    workers,
    elapsedMs,
    kept: outputs.filter((output) => output.kept).map((output) => output.name),
    rows: sum(written.map((output) => output.rows)),
    bytes: sum(written.map((output) => output.bytes)),
    peakBytesHeld: facts.budget.peakBytes,
    bytesLimit: facts.budget.limitBytes,
    computeMs,
    readMs,
    writeMs,
    blockedMs: numbers.blockedMs,
    tailMs: numbers.tailMs,
    hiddenShare: hiddenShareOf(numbers),
    advice: adviceOf(numbers),
    stages,
    outputs,
    groups: facts.groups.map(({ name, outputs: members, mayBeDecided }) => ({
      name,
      outputs: members,
      state: members.every((member) => done.some((output) => output.name === member))
        ? 'done'
        : mayBeDecided
          ? 'incomplete'
          : 'failed',
    })),
  };
}
