// Owns the states of one try at a write. The machine runs inside the worker thread; the main thread holds a mirror of
// it with the same chart. Effects come in from outside; batches never enter context or events.
import { assign, fromPromise, setup } from 'xstate';
import type { PlainError } from '../errors/plain-error.js';

export interface AttemptInput {
  /** `routes/3#2`: output, write, attempt. */
  readonly attemptId: string;
}

export interface AttemptContext extends AttemptInput {
  readonly error: PlainError | undefined;
}

/** Give up; everything staged is removed before the machine ends. */
export type AttemptEvent = { readonly type: 'attempt.cancel'; readonly error: PlainError };

/** What an attempt does in each state. All but `abort` reject when their signal is aborted. */
export interface AttemptEffects {
  /** Loads the sink and opens a writer. */
  open(signal: AbortSignal): Promise<void>;
  /** Feeds batches to the writer until the write is sealed. */
  encode(signal: AbortSignal): Promise<void>;
  /** Puts everything on stable storage. */
  flush(signal: AbortSignal): Promise<void>;
  /** Removes what was staged. Never rejects. */
  abort(): Promise<void>;
  /** Plain form of what an effect rejected with. */
  describeError(error: unknown): PlainError;
}

/** The attempt machine with its effects. Its output is undefined when prepared, the error when failed. */
export function createAttemptMachine(effects: AttemptEffects) {
  return setup({
    types: {
      context: {} as AttemptContext,
      events: {} as AttemptEvent,
      input: {} as AttemptInput,
      output: {} as PlainError | undefined,
    },
    actors: {
      open: fromPromise<void>(({ signal }) => effects.open(signal)),
      encode: fromPromise<void>(({ signal }) => effects.encode(signal)),
      flush: fromPromise<void>(({ signal }) => effects.flush(signal)),
      abort: fromPromise<void>(() => effects.abort()),
    },
    actions: {
      recordError: assign((_, params: { error: PlainError }) => ({ error: params.error })),
    },
  }).createMachine({
    id: 'attempt',
    context: ({ input }) => ({ attemptId: input.attemptId, error: undefined }),
    output: ({ context }) => context.error,
    initial: 'opening',
    states: {
      opening: {
        tags: 'active',
        invoke: {
          id: 'open',
          src: 'open',
          onDone: 'encoding',
          onError: {
            target: 'aborting',
            actions: {
              type: 'recordError',
              params: ({ event }) => ({ error: effects.describeError(event.error) }),
            },
          },
        },
        on: {
          'attempt.cancel': {
            target: 'aborting',
            actions: { type: 'recordError', params: ({ event }) => ({ error: event.error }) },
          },
        },
      },
      encoding: {
        tags: 'active',
        invoke: {
          id: 'encode',
          src: 'encode',
          onDone: 'flushing',
          onError: {
            target: 'aborting',
            actions: {
              type: 'recordError',
              params: ({ event }) => ({ error: effects.describeError(event.error) }),
            },
          },
        },
        on: {
          'attempt.cancel': {
            target: 'aborting',
            actions: { type: 'recordError', params: ({ event }) => ({ error: event.error }) },
          },
        },
      },
      flushing: {
        tags: 'active',
        invoke: {
          id: 'flush',
          src: 'flush',
          onDone: 'prepared',
          onError: {
            target: 'aborting',
            actions: {
              type: 'recordError',
              params: ({ event }) => ({ error: effects.describeError(event.error) }),
            },
          },
        },
        on: {
          'attempt.cancel': {
            target: 'aborting',
            actions: { type: 'recordError', params: ({ event }) => ({ error: event.error }) },
          },
        },
      },
      aborting: {
        tags: 'active',
        invoke: { id: 'abort', src: 'abort', onDone: 'failed', onError: 'failed' },
      },
      prepared: { type: 'final', tags: 'done' },
      failed: { type: 'final', tags: 'failed' },
    },
  });
}
