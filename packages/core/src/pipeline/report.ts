// Owns what a run says of itself when it is over: numbers per stage and output, and one line of advice drawn from them.
import type { Budget } from '../budget/budget.js';
import type { OutputEnd } from '../pool/open-output.js';
import { type OutputReport, reportOf } from '../pool/output-report.js';
import type { StageStats } from './stats.js';

/**
 * What a run's time went into: its stages (`compute-bound`), waiting for writers (`write-bound`), both (`balanced`); or
 * hardly any writing (`not-worth-it`), or no threads (`inline`).
 */
export type AdviceKind = 'compute-bound' | 'write-bound' | 'balanced' | 'not-worth-it' | 'inline';

/** What measured times suggest for the next run. */
export interface Advice {
  readonly kind: AdviceKind;
  /** One sentence for a person. */
  readonly text: string;
}

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

export interface ReportNumbers {
  readonly elapsedMs: number;
  readonly computeMs: number;
  readonly writeMs: number;
  readonly blockedMs: number;
  readonly tailMs: number;
  readonly workers: number;
  /** Cores of the machine. */
  readonly cores: number;
}

/** Share of the writing that was hidden behind computing: what did not make the main thread wait. */
export function hiddenShareOf({ writeMs, blockedMs, tailMs, workers }: ReportNumbers): number {
  if (workers === 0 || writeMs <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - (blockedMs + tailMs) / writeMs));
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** One line of advice from measured times. */
export function adviceOf(numbers: ReportNumbers): Advice {
  const { elapsedMs, computeMs, writeMs, blockedMs, tailMs, workers, cores } = numbers;
  const waitedMs = blockedMs + tailMs;
  if (workers === 0) {
    const possible = Math.max(0, elapsedMs - Math.max(computeMs, elapsedMs / 2));
    return {
      kind: 'inline',
      text: `Everything ran on the main thread; workers could hide up to ${seconds(possible)} of ${seconds(elapsedMs)}.`,
    };
  }
  if (writeMs < 0.05 * elapsedMs) {
    return {
      kind: 'not-worth-it',
      text: `Writing took ${seconds(writeMs)} of ${seconds(elapsedMs)}: background writing hardly matters for this run.`,
    };
  }
  if (waitedMs > 0.2 * elapsedMs) {
    const more =
      workers < cores
        ? `add a worker (now ${workers} on ${cores} cores)`
        : 'write less: a cheaper codec, fewer partitions or columns';
    return {
      kind: 'write-bound',
      text: `Write-bound: the stages waited ${seconds(waitedMs)} for writers; ${more}.`,
    };
  }
  if (waitedMs > 0.05 * elapsedMs) {
    return {
      kind: 'balanced',
      text: `Balanced: ${seconds(computeMs)} of computing hid most of ${seconds(writeMs)} of writing.`,
    };
  }
  return {
    kind: 'compute-bound',
    text: `Compute-bound: writing is hidden; only faster stages (${seconds(computeMs)}) make this run shorter.`,
  };
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
  const numbers: ReportNumbers = {
    elapsedMs,
    computeMs,
    writeMs,
    blockedMs: sum(stages.map((stage) => stage.blockedMs)),
    tailMs: facts.endedAt - (facts.stagesEndedAt ?? facts.endedAt),
    workers,
    cores: facts.cores,
  };
  const done = outputs.filter((output) => output.state === 'done');
  const written = done.filter((output) => !output.kept);
  const failed = done.length < outputs.length || facts.failedOutsideOutputs;
  return {
    pipeline: facts.pipeline,
    runId: facts.runId,
    state: facts.aborted ? 'cancelled' : failed ? 'failed' : 'completed',
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
