// Owns the states of one write that Spark does: from the request to what became of it. Effects come in from outside.
import { assign, type CallbackLogicFunction, fromCallback, fromPromise, setup } from 'xstate';

export interface SparkWriteInput {
  /** `daily/0#1`: output, write, attempt. */
  readonly writeId: string;
}

export interface SparkWriteContext extends SparkWriteInput {
  readonly error: unknown;
}

export type SparkWriteEvent =
  /** Spark has answered: it is at work. */
  | { readonly type: 'spark.attached' }
  /** The stream of answers was cut; Spark may go on. */
  | { readonly type: 'spark.cut' }
  /** Spark has said that the write is done. */
  | { readonly type: 'spark.completed' }
  | { readonly type: 'spark.failed'; readonly error: unknown }
  /** The server was lost: what became of the write must be looked for. */
  | { readonly type: 'spark.lost'; readonly error: unknown }
  | { readonly type: 'write.cancel'; readonly error: unknown };

/** How a write has ended: well when there is no error. */
export interface SparkWriteEnd {
  readonly error: unknown;
}

export interface SparkWriteEffects {
  /** Runs the write, and tells of it by events. What it returns stops it. */
  execute: CallbackLogicFunction<{ type: 'stop' }, SparkWriteEvent>;
  /** Whether the write has left its mark. Rejects where that cannot be told. */
  verify(signal: AbortSignal): Promise<boolean>;
  /** Resolves when the server was told to stop, or did not answer for a while. */
  interrupt(): Promise<void>;
}

/** The machine with its effects. Its output has the error, or none when the write is done. */
export function createSparkWriteMachine(effects: SparkWriteEffects) {
  const record = {
    type: 'recordError',
    params: ({ event }: { event: { readonly error: unknown } }) => ({ error: event.error }),
  } as const;
  return setup({
    types: {
      context: {} as SparkWriteContext,
      events: {} as SparkWriteEvent,
      input: {} as SparkWriteInput,
      output: {} as SparkWriteEnd,
    },
    actors: {
      // XState types what a callback sends as any event of any parent; this one is invoked by the machine of these events alone.
      execute: fromCallback<{ type: 'stop' }>(effects.execute as CallbackLogicFunction<{ type: 'stop' }>),
      verify: fromPromise<boolean>(({ signal }) => effects.verify(signal)),
      interrupt: fromPromise<void>(() => effects.interrupt()),
    },
    actions: {
      recordError: assign((_, params: { error: unknown }) => ({ error: params.error })),
    },
  }).createMachine({
    id: 'sparkWrite',
    context: ({ input }) => ({ writeId: input.writeId, error: undefined }),
    output: ({ context }) => ({ error: context.error }),
    initial: 'active',
    states: {
      active: {
        tags: 'active',
        initial: 'executing',
        on: { 'write.cancel': { target: '.cancelling', actions: record } },
        states: {
          executing: {
            invoke: { id: 'execute', src: 'execute' },
            initial: 'submitting',
            on: {
              'spark.completed': '#sparkWrite.done',
              'spark.failed': { target: '#sparkWrite.failed', actions: record },
              'spark.lost': { target: 'verifying', actions: record },
            },
            states: {
              submitting: { on: { 'spark.attached': 'running', 'spark.cut': 'reattaching' } },
              running: { on: { 'spark.cut': 'reattaching' } },
              reattaching: { on: { 'spark.attached': 'running' } },
            },
          },
          verifying: {
            invoke: {
              id: 'verify',
              src: 'verify',
              onDone: [
                {
                  guard: ({ event }) => event.output,
                  target: '#sparkWrite.done',
                  actions: assign({ error: undefined }),
                },
                { target: '#sparkWrite.failed' },
              ],
              // The first error says more: that of a server which was lost.
              onError: '#sparkWrite.failed',
            },
          },
          cancelling: {
            invoke: {
              id: 'interrupt',
              src: 'interrupt',
              onDone: '#sparkWrite.cancelled',
              onError: '#sparkWrite.cancelled',
            },
          },
        },
      },
      done: { type: 'final', tags: 'done' },
      failed: { type: 'final', tags: 'failed' },
      cancelled: { type: 'final', tags: 'failed' },
    },
  });
}
