// Owns every message that crosses between the main thread and a worker. Both ends switch over these unions exhaustively.
import type { BatchData } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import type { PlainError } from '../errors/plain-error.js';
import type { RemoteInspection } from '../inspect/remote-inspection.js';
import type { SpilledBatch } from '../materialise/memory.js';
import type { ModuleRef } from '../sink/module-ref.js';
import type { Prepared } from '../sink/sink.js';

/** Given to the thread when a pool begins to use it. */
export interface WorkerStartup {
  /** `w1.1`: slot and incarnation; prefixes the ids of the worker's actors so that they never collide. */
  readonly name: string;
  /** Bytes it may hold outside of V8's heap; 0 for no limit. */
  readonly memoryLimitBytes: number;
}

/** Everything an attempt needs but its batches. */
export interface AttemptSpec {
  /** Unique in the pool: `routes/3#2` (output, write, attempt). */
  readonly attemptId: string;
  readonly output: string;
  readonly runId: string;
  readonly write: number;
  readonly attempt: number;
  readonly schema: Schema;
  readonly sink: ModuleRef;
  readonly staging: unknown;
  /** Whether the inspection events of its actors are to be sent back. */
  readonly inspect: boolean;
}

export interface StartAttempt {
  readonly type: 'attempt.start';
  readonly spec: AttemptSpec;
}
/** A batch without its schema, which the attempt has been told once. */
export type BatchBody = Omit<BatchData, 'schema'>;
/** A batch in shared memory, or where it was spilled to. `seq` counts from 0 within the write. */
export interface SendBatch {
  readonly type: 'attempt.batch';
  readonly attemptId: string;
  readonly seq: number;
  readonly batch: { readonly data: BatchBody } | { readonly spilled: SpilledBatch };
}
/** No more batches follow. */
export interface SealAttempt {
  readonly type: 'attempt.seal';
  readonly attemptId: string;
}
/** Give up and remove what was staged; answered by `attempt.aborted`. */
export interface CancelAttempt {
  readonly type: 'attempt.cancel';
  readonly attemptId: string;
}
/** Load what attempts of this sink will need. Not answered. */
export interface WarmWorker {
  readonly type: 'worker.warm';
  readonly sink: ModuleRef;
}
/** Finish nothing more and let go of the pool. Sent when no attempt is running. */
export interface StopWorker {
  readonly type: 'worker.stop';
}
/** Give a sign of life: answered by `worker.alive`. */
export interface PingWorker {
  readonly type: 'worker.ping';
}
export type ToWorker =
  | StartAttempt
  | SendBatch
  | SealAttempt
  | CancelAttempt
  | WarmWorker
  | StopWorker
  | PingWorker;

/** Serve a pool from now on. A thread serves one at a time, and one after the other. */
export interface StartWorker {
  readonly type: 'worker.start';
  readonly startup: WorkerStartup;
}
export type ToThread = StartWorker | ToWorker;

/** The thread runs and listens. */
export interface WorkerReady {
  readonly type: 'worker.ready';
}
/** Answer to a ping: nothing blocks the thread. */
export interface WorkerAlive {
  readonly type: 'worker.alive';
}
/** The attempt machine moved: its mirror on the main thread moves too. */
export interface AttemptMoved {
  readonly type: 'attempt.moved';
  readonly attemptId: string;
  readonly state: AttemptState;
}
export type AttemptState = 'opening' | 'encoding' | 'flushing' | 'aborting' | 'prepared' | 'failed';
/** The sink has taken a batch: the next one may come. */
export interface BatchConsumed {
  readonly type: 'attempt.consumed';
  readonly attemptId: string;
  readonly seq: number;
  readonly rows: number;
  /** Milliseconds the thread spent encoding it. */
  readonly busyMs: number;
  /** As in `AttemptPrepared`: known also of attempts that end without an answer. */
  readonly threadMs: number;
  /** The sink has kept no reference: the worker will not read it again in this attempt. */
  readonly freed: boolean;
}
/** The sink has let go of a batch that it had retained beyond `write`. */
export interface BatchFreed {
  readonly type: 'attempt.freed';
  readonly attemptId: string;
  readonly seq: number;
}
export interface AttemptPrepared {
  readonly type: 'attempt.prepared';
  readonly attemptId: string;
  readonly prepared: Prepared;
  /** Milliseconds in the sink's own calls. Other attempts of the thread may have run meanwhile. */
  readonly busyMs: number;
  /** Milliseconds this thread has been at work since it was ready, all attempts together. */
  readonly threadMs: number;
}
/** Failed, and everything it staged is removed. */
export interface AttemptFailed {
  readonly type: 'attempt.failed';
  readonly attemptId: string;
  readonly error: PlainError;
  readonly busyMs: number;
  readonly threadMs: number;
}
/** Answer to cancel: everything it staged is removed. Also sent for an attempt that is unknown or over. */
export interface AttemptAborted {
  readonly type: 'attempt.aborted';
  readonly attemptId: string;
}
/** An inspection event of an actor inside the thread, other than the attempt's own root. */
export interface WorkerInspection {
  readonly type: 'worker.inspection';
  readonly attemptId: string;
  readonly event: RemoteInspection;
}
/** User code threw outside any call, or a rejection was not handled: the thread ends after this. */
export interface WorkerCrashed {
  readonly type: 'worker.crashed';
  readonly error: PlainError;
}
export type FromWorker =
  | WorkerReady
  | WorkerAlive
  | AttemptMoved
  | BatchConsumed
  | BatchFreed
  | AttemptPrepared
  | AttemptFailed
  | AttemptAborted
  | WorkerInspection
  | WorkerCrashed;

/** Answer to `worker.stop`: the thread is nobody's and waits for the next `worker.start`. */
export interface WorkerStopped {
  readonly type: 'worker.stopped';
}
export type FromThread = FromWorker | WorkerStopped;
