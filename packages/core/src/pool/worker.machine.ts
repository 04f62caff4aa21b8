// Owns the states of one worker's place: brings a thread up, brings another up with backoff when it dies, gives up when
// too many have died. Effects come in from outside.
import { assign, fromCallback, fromPromise, sendParent, setup } from 'xstate';
import { type PlainError, toPlainError } from '../errors/plain-error.js';

export interface WorkerInput {
  /** `w1`; also the actor's id. */
  readonly slot: string;
  readonly bootTimeoutMs: number;
  /** Threads that may die, one after the other without an attempt ending well in between, before the place is dead. */
  readonly maxRestarts: number;
}

export interface WorkerContext extends WorkerInput {
  readonly incarnation: number;
  readonly restarts: number;
  /** Attempts running. */
  readonly load: number;
  readonly error: PlainError | undefined;
}

export type WorkerEvent =
  | { readonly type: 'thread.ready' }
  | { readonly type: 'thread.ended'; readonly error: PlainError | undefined }
  | { readonly type: 'worker.loaded'; readonly load: number }
  /** An attempt ended well: the place is sound. */
  | { readonly type: 'worker.proved' }
  | { readonly type: 'worker.stop' };

/** Sent to the pool when a place has ended. */
export interface WorkerEnded {
  readonly type: 'worker.ended';
  readonly slot: string;
  readonly result: 'stopped' | 'dead';
  readonly error: PlainError | undefined;
}

export interface WorkerEffects {
  /** Starts a thread in the place and tells of it until it is gone. */
  run(slot: string, tell: (event: WorkerEvent) => void): void;
  /** Ends the thread: asks first, then forces. Never rejects. */
  stop(slot: string): Promise<void>;
}

const firstBackoffMs = 50;
const maxBackoffMs = 5_000;

const notStarted = (error: unknown): PlainError =>
  toPlainError(error, { code: 'WORKER_LOST', operation: 'start worker' });

const noAnswer = ({ slot, incarnation, bootTimeoutMs }: WorkerContext): PlainError => ({
  code: 'WORKER_LOST',
  status: 'temporary',
  operation: 'start worker',
  message: `Worker ${slot}.${incarnation} gave no sign within ${bootTimeoutMs} ms of its start, and was ended.`,
  context: { worker: `${slot}.${incarnation}`, bootTimeoutMs },
  causes: [],
});

export function createWorkerMachine(effects: WorkerEffects) {
  return setup({
    types: {
      context: {} as WorkerContext,
      events: {} as WorkerEvent,
      input: {} as WorkerInput,
    },
    actors: {
      thread: fromCallback<WorkerEvent, { readonly slot: string }>(({ input, sendBack }) => {
        effects.run(input.slot, sendBack);
      }),
      stopThread: fromPromise<void, { readonly slot: string }>(({ input }) => effects.stop(input.slot)),
    },
    actions: {
      countStart: assign({ incarnation: ({ context }) => context.incarnation + 1, load: 0 }),
      recordLoad: assign((_, params: { load: number }) => ({ load: params.load })),
      recordEnd: assign(({ context }, params: { error: PlainError | undefined }) => ({
        error: params.error,
        restarts: context.restarts + 1,
        load: 0,
      })),
      prove: assign({ restarts: 0 }),
      tellPool: sendParent(
        ({ context }, params: { result: WorkerEnded['result'] }): WorkerEnded => ({
          type: 'worker.ended',
          slot: context.slot,
          result: params.result,
          error: context.error,
        }),
      ),
    },
    guards: {
      restartsLeft: ({ context }) => context.restarts <= context.maxRestarts,
      loaded: (_, params: { load: number }) => params.load > 0,
    },
    delays: {
      boot: ({ context }) => context.bootTimeoutMs,
      backoff: ({ context }) => Math.min(maxBackoffMs, firstBackoffMs * 2 ** (context.restarts - 1)),
    },
  }).createMachine({
    id: 'worker',
    context: ({ input }) => ({ ...input, incarnation: 0, restarts: 0, load: 0, error: undefined }),
    initial: 'up',
    on: { 'worker.proved': { actions: 'prove' } },
    states: {
      up: {
        entry: 'countStart',
        invoke: {
          id: 'thread',
          src: 'thread',
          input: ({ context }) => ({ slot: context.slot }),
          // It could not be started at all.
          onError: {
            target: 'crashed',
            actions: { type: 'recordEnd', params: ({ event }) => ({ error: notStarted(event.error) }) },
          },
        },
        initial: 'starting',
        on: {
          'thread.ended': {
            target: 'crashed',
            actions: { type: 'recordEnd', params: ({ event }) => ({ error: event.error }) },
          },
          'worker.stop': 'stopping',
          'worker.loaded': [
            {
              guard: { type: 'loaded', params: ({ event }) => ({ load: event.load }) },
              target: '.busy',
              actions: { type: 'recordLoad', params: ({ event }) => ({ load: event.load }) },
            },
            {
              target: '.idle',
              actions: { type: 'recordLoad', params: ({ event }) => ({ load: event.load }) },
            },
          ],
        },
        states: {
          starting: {
            tags: 'queued',
            on: {
              'thread.ready': 'idle',
              'worker.loaded': {
                actions: { type: 'recordLoad', params: ({ event }) => ({ load: event.load }) },
              },
            },
            after: { boot: '#worker.unresponsive' },
          },
          idle: { tags: 'active', always: { guard: ({ context }) => context.load > 0, target: 'busy' } },
          busy: { tags: 'active' },
        },
      },
      // A thread that never answered is ended like one that does not stop; then it counts as crashed.
      unresponsive: {
        tags: 'attention',
        invoke: {
          id: 'stopThread',
          src: 'stopThread',
          input: ({ context }) => ({ slot: context.slot }),
          onDone: {
            target: 'crashed',
            actions: { type: 'recordEnd', params: ({ context }) => ({ error: noAnswer(context) }) },
          },
        },
        on: { 'worker.stop': 'stopping' },
      },
      crashed: {
        tags: 'attention',
        always: [{ guard: 'restartsLeft', target: 'restarting' }, { target: 'dead' }],
      },
      restarting: { tags: 'queued', after: { backoff: 'up' }, on: { 'worker.stop': 'stopped' } },
      stopping: {
        tags: 'active',
        invoke: {
          id: 'stopThread',
          src: 'stopThread',
          input: ({ context }) => ({ slot: context.slot }),
          onDone: 'stopped',
        },
      },
      stopped: { type: 'final', tags: 'done', entry: { type: 'tellPool', params: { result: 'stopped' } } },
      dead: { type: 'final', tags: 'failed', entry: { type: 'tellPool', params: { result: 'dead' } } },
    },
  });
}

export type WorkerMachine = ReturnType<typeof createWorkerMachine>;
