// Owns the states of a run: computing and writing at once, then only writing, then over. What computes and what writes
// is told to it; it starts nothing but the pool.
import { assign, setup } from 'xstate';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import type { PoolInput, PoolMachine } from '../pool/pool.machine.js';

export interface RunInput {
  readonly pipeline: string;
  readonly runId: string;
  readonly pool: PoolInput;
}

export interface RunContext extends RunInput {
  readonly failed: number;
  readonly cancelRequested: boolean;
  readonly error: PlainError | undefined;
}

export type RunEvent =
  | { readonly type: 'run.start' }
  /** Whether sources may go on, as the byte budget has it. */
  | { readonly type: 'credit.changed'; readonly open: boolean }
  /** Every stage has ended. */
  | { readonly type: 'stages.ended' }
  /** Every output has ended and the workers are gone. */
  | { readonly type: 'outputs.ended'; readonly failed: number }
  | { readonly type: 'run.abort' };

export function createRunMachine(pool: PoolMachine) {
  return setup({
    types: { context: {} as RunContext, events: {} as RunEvent, input: {} as RunInput },
    actors: { pool },
    actions: {
      requestCancel: assign({ cancelRequested: true }),
      recordFailed: assign((_, params: { failed: number }) => ({ failed: params.failed })),
      recordError: assign((_, params: { error: unknown }) => ({
        error: toPlainError(params.error, { code: 'POOL_BROKEN', operation: 'run pool' }),
      })),
    },
    guards: {
      wasCancelled: ({ context }) => context.cancelRequested,
      someFailed: (_, params: { failed: number }) => params.failed > 0,
      open: (_, params: { open: boolean }) => params.open,
    },
  }).createMachine({
    id: 'run',
    context: ({ input }) => ({ ...input, failed: 0, cancelRequested: false, error: undefined }),
    invoke: {
      id: 'pool',
      src: 'pool',
      input: ({ context }) => context.pool,
      onError: {
        target: '.failed',
        actions: { type: 'recordError', params: ({ event }) => ({ error: event.error }) },
      },
    },
    on: {
      'run.abort': { actions: 'requestCancel' },
      'outputs.ended': [
        { guard: 'wasCancelled', target: '.cancelled' },
        {
          guard: { type: 'someFailed', params: ({ event }) => ({ failed: event.failed }) },
          target: '.failed',
          actions: { type: 'recordFailed', params: ({ event }) => ({ failed: event.failed }) },
        },
        { target: '.completed' },
      ],
    },
    initial: 'idle',
    states: {
      idle: { tags: 'queued', on: { 'run.start': 'running' } },
      running: {
        tags: 'active',
        type: 'parallel',
        on: { 'stages.ended': 'flushing' },
        states: {
          computing: {
            initial: 'flowing',
            states: {
              flowing: {
                on: {
                  'credit.changed': [
                    { guard: { type: 'open', params: ({ event }) => ({ open: event.open }) } },
                    { target: 'blocked' },
                  ],
                },
              },
              blocked: {
                on: {
                  'credit.changed': {
                    guard: { type: 'open', params: ({ event }) => ({ open: event.open }) },
                    target: 'flowing',
                  },
                },
              },
            },
          },
          writing: {},
        },
      },
      flushing: { tags: 'active' },
      completed: { type: 'final', tags: 'done' },
      failed: { type: 'final', tags: 'failed' },
      cancelled: { type: 'final', tags: 'failed' },
    },
  });
}

export type RunMachine = ReturnType<typeof createRunMachine>;
