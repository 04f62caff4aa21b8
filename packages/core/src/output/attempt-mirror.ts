// Owns the snapshot and the pure transitions of an attempt as the main thread sees it: the mirror of the machine in the
// worker, with the same chart for inspectors. Who moves it is the pool's business.
import type { ActorLogic, EventObject, Snapshot } from 'xstate';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import type { AttemptState } from '../wire/messages.js';
import { createAttemptMachine } from './attempt.machine.js';
import type { WriteRef } from './write-ref.js';

/** Numbers of an attempt, for inspection; never batches. */
export interface AttemptMirrorContext {
  readonly write: WriteRef;
  readonly attemptId: string;
  /** `w1.2`: the worker and its incarnation. */
  readonly worker: string;
  readonly batches: number;
  readonly rows: number;
  /**
   * Its sink has taken all batches that there were, and more may come; for how many milliseconds it had been so when
   * this was told. Undefined while it has something to do, and where nobody inspects.
   */
  readonly starvedMs: number | undefined;
  readonly error: PlainError | undefined;
}

export type AttemptMirrorSnapshot = Snapshot<undefined> & {
  readonly value: AttemptState;
  readonly context: AttemptMirrorContext;
};

/** What the worker's messages amount to. Types other than these are the names of the remote machine's own events. */
export type AttemptMirrorEvent =
  | { readonly type: 'attempt.moved'; readonly state: AttemptState }
  | { readonly type: 'attempt.consumed'; readonly batches: number; readonly rows: number }
  | { readonly type: 'attempt.starved'; readonly ms: number }
  | { readonly type: 'attempt.fed' }
  | { readonly type: 'attempt.prepared' }
  | { readonly type: 'attempt.failed'; readonly error: PlainError };

export type AttemptLogic = ActorLogic<AttemptMirrorSnapshot, AttemptMirrorEvent, WriteRef>;

/** The chart of the machine in the worker, for inspectors. */
export const attemptChart: unknown = createAttemptMachine({
  open: async () => {},
  encode: async () => {},
  flush: async () => {},
  abort: async () => {},
  describeError: (error) => toPlainError(error, { code: 'SINK_FAILED', operation: 'run attempt' }),
}).config;

export function initialMirror(attemptId: string, worker: string, write: WriteRef): AttemptMirrorSnapshot {
  return {
    status: 'active',
    output: undefined,
    error: undefined,
    value: 'opening',
    context: { attemptId, write, worker, batches: 0, rows: 0, starvedMs: undefined, error: undefined },
  };
}

/** The mirror after an event; unknown events (XState's own) leave it as it is, except that a stop ends it. */
export function moveMirror(
  snapshot: AttemptMirrorSnapshot,
  event: AttemptMirrorEvent | EventObject,
): AttemptMirrorSnapshot {
  const move = event as AttemptMirrorEvent | { readonly type: 'xstate.stop' };
  const { context } = snapshot;
  switch (move.type) {
    case 'attempt.moved':
      return { ...snapshot, value: move.state };
    case 'attempt.consumed':
      return {
        ...snapshot,
        context: { ...context, batches: context.batches + move.batches, rows: context.rows + move.rows },
      };
    case 'attempt.starved':
      return { ...snapshot, context: { ...context, starvedMs: move.ms } };
    case 'attempt.fed':
      return { ...snapshot, context: { ...context, starvedMs: undefined } };
    case 'attempt.prepared':
      return { ...snapshot, status: 'done', output: undefined, error: undefined, value: 'prepared' };
    case 'attempt.failed':
      return {
        ...snapshot,
        status: 'error',
        output: undefined,
        error: move.error,
        value: 'failed',
        context: { ...context, error: move.error },
      };
    case 'xstate.stop':
      return { ...snapshot, status: 'stopped', output: undefined, error: undefined };
    default:
      return snapshot;
  }
}
