// Owns the states of one write: a run of batches given to one attempt after another until it is prepared. Decides when
// to try again; never touches batches, threads or files.
import { assign, cancel, enqueueActions, fromPromise, sendParent, setup } from 'xstate';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import type { CheckedDecision } from '../retry/checked-decision.js';
import type { Pause, PauseDecision } from '../retry/disk-full.js';
import type { AttemptLogic } from './attempt-mirror.js';
import type { WriteRef } from './write-ref.js';

export interface WriteInput {
  /** `routes/3`: output and number of the write. */
  readonly writeId: string;
  /** Milliseconds without progress, while there is something to do, after which the write counts as stalled. */
  readonly stallMs: number;
  /** Milliseconds a sealed write's attempt may take; 0 for no limit. */
  readonly timeoutMs: number;
}

export interface WriteContext extends WriteInput {
  /** Tries so far, each with its own files. */
  readonly attempt: number;
  /** Tries that count against the retry policy: all but those lost with a worker shared with others. */
  readonly charged: number;
  /** Workers that died under this write. */
  readonly losses: number;
  readonly sealed: boolean;
  /** Batches given to the attempt and not yet encoded, when it was last told. */
  readonly outstanding: number;
  readonly nextDelayMs: number | undefined;
  /** The disk was full at the last try, and room is waited for. */
  readonly pause: Pause | undefined;
  readonly error: PlainError | undefined;
  readonly cancelRequested: boolean;
}

export type WriteEvent =
  /** The write has all its batches. */
  | { readonly type: 'write.sealed' }
  /** Batches have moved: told now and then, and always to a write that is stalled. */
  | { readonly type: 'write.progressed'; readonly outstanding: number }
  /** `timeoutMs` may have passed. */
  | { readonly type: 'write.timedOut' }
  | { readonly type: 'write.cancel' };

/** Sent to the output when a write has ended. */
export interface WriteSettled {
  readonly type: 'write.settled';
  readonly writeId: string;
  readonly result: 'prepared' | 'failed' | 'cancelled';
  readonly error: PlainError | undefined;
}

export interface WriteProgress {
  /** Batches given to the attempt and not yet encoded. */
  readonly outstanding: number;
  /** Milliseconds since a batch was given or taken, or since the write was sealed. */
  readonly quietMs: number;
}

export interface WriteEffects {
  /** Resolves when a worker has room for the attempt. */
  acquireWorker(write: WriteRef, signal: AbortSignal): Promise<void>;
  /** Logic of the mirrored attempt; takes a WriteRef as input, ends done when prepared, in error with a PlainError. */
  readonly attemptLogic: AttemptLogic;
  /** Cancels the attempt in its worker; ends the worker when it does not answer within the grace. Never rejects. */
  abortAttempt(write: WriteRef): Promise<void>;
  /** How the batches of a write that is open move. Asked when a limit may have passed, so that nothing is told per batch. */
  progress(writeId: string): WriteProgress;
  /** The output's retry policy: `charged` counts the failed attempts, this one included. Never throws. */
  decide(writeId: string, error: PlainError, charged: number): CheckedDecision;
  /** Whether to wait for room; undefined when the error is not of a full disk, or that is a failure like others. Never throws. */
  decidePause(writeId: string, error: PlainError, pause: Pause | undefined): PauseDecision | undefined;
}

/** After this many lost workers a write is replayed in one of its own, to find the culprit without more victims. */
const lossesBeforeIsolation = 2;

const refOf = (context: WriteContext): WriteRef => ({
  writeId: context.writeId,
  attempt: context.attempt,
  isolated: context.losses >= lossesBeforeIsolation,
});

const givenUp = { pause: undefined, nextDelayMs: undefined } as const;

/** What a failed attempt means for the write: counts it, and decides whether and when to try again. */
function afterFailure(
  context: WriteContext,
  error: PlainError,
  effects: Pick<WriteEffects, 'decide' | 'decidePause'>,
): Partial<WriteContext> {
  if (error.code === 'WORKER_LOST') {
    const losses = context.losses + 1;
    // Alone in its worker and it died again: this write is what kills workers.
    if (context.losses >= lossesBeforeIsolation) return { error, losses, ...givenUp };
    return { error, losses, pause: undefined, nextDelayMs: 0 };
  }
  const full = effects.decidePause(context.writeId, error, context.pause);
  if (full?.wait === true) return { error, pause: full.pause, nextDelayMs: full.delayMs };
  if (full !== undefined) return { error: full.error, ...givenUp };
  const charged = context.charged + 1;
  const decision = effects.decide(context.writeId, error, charged);
  if (decision.retry) return { error, charged, pause: undefined, nextDelayMs: decision.delayMs };
  return { error: 'error' in decision ? decision.error : error, charged, ...givenUp };
}

const asPlainError = (error: unknown): PlainError =>
  // A mirrored attempt fails with the plain error of its worker; anything else is wrapped.
  typeof error === 'object' && error !== null && 'causes' in error && 'code' in error
    ? (error as PlainError)
    : toPlainError(error, { code: 'SINK_FAILED', operation: 'run attempt' });

const timedOut = ({ writeId, timeoutMs }: WriteContext): PlainError => ({
  code: 'WRITE_TIMEOUT',
  status: 'temporary',
  operation: 'write',
  message:
    `Write ${writeId} was not prepared within ${timeoutMs} ms of having all its batches, or took no batch for that long. ` +
    'Raise timeoutMs if the sink is merely slow.',
  context: { writeId, timeoutMs },
  causes: [],
});

/** The write machine with its effects. */
export function createWriteMachine(effects: WriteEffects) {
  /** How long there has been something to do, and nothing was done. */
  const idleMs = ({ writeId, sealed }: WriteContext): number => {
    const { outstanding, quietMs } = effects.progress(writeId);
    return outstanding > 0 || sealed ? quietMs : 0;
  };
  return setup({
    types: {
      context: {} as WriteContext,
      events: {} as WriteEvent,
      input: {} as WriteInput,
    },
    actors: {
      acquireWorker: fromPromise<void, WriteRef>(({ input, signal }) => effects.acquireWorker(input, signal)),
      attempt: effects.attemptLogic,
      abortAttempt: fromPromise<void, WriteRef>(({ input }) => effects.abortAttempt(input)),
    },
    actions: {
      seal: assign({ sealed: true }),
      recordProgress: assign((_, params: { outstanding: number }) => ({ outstanding: params.outstanding })),
      beginAttempt: assign({
        attempt: ({ context }) => context.attempt + 1,
        outstanding: 0,
        nextDelayMs: undefined,
      }),
      // Sealed: from then on. Open: while it has batches that it does not take, from the last one it took.
      startTimeout: enqueueActions(({ context, enqueue }) => {
        enqueue.cancel('timeout');
        if (context.timeoutMs === 0) return;
        const delay = context.timeoutMs - (context.sealed ? 0 : idleMs(context));
        enqueue.raise({ type: 'write.timedOut' }, { id: 'timeout', delay: Math.max(1, delay) });
      }),
      stopTimeout: cancel('timeout'),
      recordFailure: assign(({ context }, params: { error: PlainError }) =>
        afterFailure(context, params.error, effects),
      ),
      recordError: assign((_, params: { error: PlainError }) => ({
        error: params.error,
        nextDelayMs: undefined,
      })),
      recordTimeout: assign(({ context }) => afterFailure(context, timedOut(context), effects)),
      requestCancel: assign({ cancelRequested: true }),
      tellOutput: sendParent(
        ({ context }, params: { result: WriteSettled['result'] }): WriteSettled => ({
          type: 'write.settled',
          writeId: context.writeId,
          result: params.result,
          error: context.error,
        }),
      ),
    },
    guards: {
      overdue: ({ context }) => context.sealed || idleMs(context) >= context.timeoutMs,
      standsStill: ({ context }) => idleMs(context) >= context.stallMs,
      gaveUp: ({ context }) => context.nextDelayMs === undefined,
      findsNoRoom: ({ context }) => context.pause !== undefined,
      cancelRequested: ({ context }) => context.cancelRequested,
    },
    delays: {
      backoff: ({ context }) => context.nextDelayMs ?? 0,
      stall: ({ context }) => Math.max(1, context.stallMs - idleMs(context)),
    },
  }).createMachine({
    id: 'write',
    context: ({ input }) => ({
      ...input,
      attempt: 0,
      charged: 0,
      losses: 0,
      sealed: false,
      outstanding: 0,
      nextDelayMs: undefined,
      pause: undefined,
      error: undefined,
      cancelRequested: false,
    }),
    initial: 'queued',
    on: { 'write.sealed': { actions: 'seal' } },
    states: {
      queued: {
        tags: 'queued',
        entry: 'beginAttempt',
        invoke: {
          id: 'acquireWorker',
          src: 'acquireWorker',
          input: ({ context }) => refOf(context),
          onDone: 'active',
          onError: {
            target: 'failed',
            actions: { type: 'recordError', params: ({ event }) => ({ error: asPlainError(event.error) }) },
          },
        },
        on: { 'write.cancel': 'cancelled' },
      },
      active: {
        tags: 'active',
        initial: 'running',
        entry: 'startTimeout',
        exit: 'stopTimeout',
        invoke: {
          id: 'attempt',
          src: 'attempt',
          input: ({ context }) => refOf(context),
          onDone: 'prepared',
          onError: {
            target: 'retrying',
            actions: { type: 'recordFailure', params: ({ event }) => ({ error: asPlainError(event.error) }) },
          },
        },
        on: {
          'write.sealed': { target: '.running', actions: ['seal', 'startTimeout'] },
          'write.progressed': {
            target: '.running',
            actions: { type: 'recordProgress', params: ({ event }) => ({ outstanding: event.outstanding }) },
          },
          'write.timedOut': [
            { guard: 'overdue', target: 'cancelling', actions: 'recordTimeout' },
            { actions: 'startTimeout' },
          ],
          'write.cancel': { target: 'cancelling', actions: 'requestCancel' },
        },
        states: {
          running: {
            after: {
              stall: [
                { guard: 'standsStill', target: 'stalled' },
                { target: 'running', reenter: true },
              ],
            },
          },
          stalled: { tags: 'attention' },
        },
      },
      cancelling: {
        tags: 'active',
        invoke: {
          id: 'abortAttempt',
          src: 'abortAttempt',
          input: ({ context }) => refOf(context),
          onDone: [{ guard: 'cancelRequested', target: 'cancelled' }, { target: 'retrying' }],
          onError: [{ guard: 'cancelRequested', target: 'cancelled' }, { target: 'retrying' }],
        },
        on: { 'write.cancel': { actions: 'requestCancel' } },
      },
      retrying: {
        tags: 'queued',
        always: [
          { guard: 'gaveUp', target: 'failed' },
          { guard: 'findsNoRoom', target: 'paused' },
        ],
        after: { backoff: 'queued' },
        on: { 'write.cancel': 'cancelled' },
      },
      // The disk is full: as active as before, but it has no worker and nothing staged.
      paused: {
        tags: ['active', 'attention'],
        after: { backoff: 'queued' },
        on: { 'write.cancel': 'cancelled' },
      },
      prepared: {
        type: 'final',
        tags: 'done',
        entry: { type: 'tellOutput', params: { result: 'prepared' } },
      },
      failed: { type: 'final', tags: 'failed', entry: { type: 'tellOutput', params: { result: 'failed' } } },
      cancelled: {
        type: 'final',
        tags: 'failed',
        entry: { type: 'tellOutput', params: { result: 'cancelled' } },
      },
    },
  });
}

export type WriteMachine = ReturnType<typeof createWriteMachine>;
