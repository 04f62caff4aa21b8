// Owns the words in which telemetry is told of a run: what spans, metrics and logs have in common. Plain data, no payloads.
import type { Report } from '@tailrace/core';

/** An error as it may leave the process: see said-error.ts. */
export interface SaidError {
  readonly code: string;
  readonly message: string;
}

interface Base {
  /** Milliseconds since 1970, with fractions: wall time of the run's beginning plus what a monotonic clock has counted since. */
  readonly at: number;
  /** Session id of the actor. */
  readonly actor: string;
  /** Session id of the run or, without one, of the pool. */
  readonly root: string;
  /** Empty for outputs of a pool without a pipeline. */
  readonly pipeline: string;
}

interface OfOutput extends Base {
  readonly output: string;
}

interface OfWrite extends OfOutput {
  /** Session id of the actor above: of a write its output, of an attempt its write. */
  readonly parent: string;
  /** `routes~1/3`. */
  readonly write: string;
}

interface OfAttempt extends OfWrite {
  /** `w1.2`: the worker and its incarnation. */
  readonly worker: string;
  /** Counts from 1. */
  readonly attempt: number;
}

export type EndState = 'done' | 'failed' | 'cancelled';
export type AttemptPhase = 'open' | 'encode' | 'flush' | 'abort';

export interface RunBegan extends Base {
  readonly type: 'run.began';
  readonly runId: string;
}
export interface RunEnded extends Base {
  readonly type: 'run.ended';
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly durationMs: number;
  readonly error: SaidError | undefined;
}
/** Told of runs that are watched, after `run.ended`: without a report the run has broken down. */
export interface RunReported extends Base {
  readonly type: 'run.reported';
  readonly report: Report | undefined;
}
export interface OutputBegan extends OfOutput {
  readonly type: 'output.began';
  readonly target: string;
}
export interface CommitBegan extends OfOutput {
  readonly type: 'commit.began';
}
export interface OutputEnded extends OfOutput {
  readonly type: 'output.ended';
  readonly state: EndState;
  readonly durationMs: number;
  /** From the first try at committing; undefined when there was none. */
  readonly commitMs: number | undefined;
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
  readonly error: SaidError | undefined;
}
export interface WriteBegan extends OfWrite {
  readonly type: 'write.began';
}
/** An attempt has failed; another one follows. */
export interface WriteRetried extends OfWrite {
  readonly type: 'write.retried';
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: SaidError;
}
/** It makes no progress, or waits for room on a full disk. */
export interface WriteStood extends OfWrite {
  readonly type: 'write.stalled' | 'write.paused';
}
export interface WriteEnded extends OfWrite {
  readonly type: 'write.ended';
  readonly state: 'prepared' | 'failed' | 'cancelled';
  readonly durationMs: number;
  readonly attempts: number;
  readonly error: SaidError | undefined;
}
export interface AttemptBegan extends OfAttempt {
  readonly type: 'attempt.began';
}
export interface PhaseEnded extends OfAttempt {
  readonly type: 'phase.ended';
  readonly phase: AttemptPhase;
  readonly durationMs: number;
}
export interface AttemptEnded extends OfAttempt {
  readonly type: 'attempt.ended';
  readonly state: 'prepared' | 'failed' | 'cancelled';
  readonly durationMs: number;
  readonly rows: number;
  readonly batches: number;
  readonly error: SaidError | undefined;
}
/** A thread has died in its place: `dead` when no other takes it. */
export interface WorkerLostFact extends Base {
  readonly type: 'worker.lost';
  readonly worker: string;
  readonly isDead: boolean;
  readonly error: SaidError;
}

export type Fact =
  | RunBegan
  | RunEnded
  | RunReported
  | OutputBegan
  | CommitBegan
  | OutputEnded
  | WriteBegan
  | WriteRetried
  | WriteStood
  | WriteEnded
  | AttemptBegan
  | PhaseEnded
  | AttemptEnded
  | WorkerLostFact;
