// Owns the states of the pool and supervises its children: worker places and outputs. Finished children are dropped.
import { type ErrorActorEvent, emit, enqueueActions, setup, stopChild } from 'xstate';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import { forgetChildren } from '../output/child-ends.js';
import type { OutputMachine } from '../output/output.machine.js';
import type { OutputInput, OutputSettled } from '../output/output-events.js';
import type { CrewLimits } from './crew.js';
import type { CrewMachine } from './crew.machine.js';
import type { WorkerEnded, WorkerInput, WorkerMachine } from './worker.machine.js';

export interface PoolInput {
  /** Places that stand from the start; in the context, with those that were added to stay. */
  readonly workers: readonly WorkerInput[];
  /** Given to the actor that decides how many there are; none when that is fixed. */
  readonly crew: CrewLimits | undefined;
}

export interface PoolContext extends PoolInput {
  /** Slots of the places that are alive. */
  readonly places: readonly string[];
  /** Regular places that are alive: quarantine is not counted. */
  readonly regular: number;
  /** Outputs alive. */
  readonly outputs: number;
  readonly done: number;
  readonly failed: number;
  readonly error: PlainError | undefined;
}

export type PoolEvent =
  | { readonly type: 'output.submitted'; readonly output: OutputInput }
  /** A place that stays, or, not `regular`, one for a suspect write. */
  | { readonly type: 'worker.added'; readonly worker: WorkerInput; readonly regular: boolean }
  | { readonly type: 'worker.removed'; readonly slot: string }
  | { readonly type: 'budget.saturated' }
  | { readonly type: 'budget.opened' }
  /** Take no more than what has been submitted. */
  | { readonly type: 'pool.drain' }
  /** Take no more, and end the workers: sent when nothing is alive. */
  | { readonly type: 'pool.close' }
  | OutputSettled
  | WorkerEnded
  /** An output's or a worker's actor has broken down. */
  | ErrorActorEvent;

export type PoolEmitted =
  | { readonly type: 'credit'; readonly open: boolean }
  | { readonly type: 'settled'; readonly outputId: string; readonly result: OutputSettled['result'] }
  /** Who decided about the number of workers has broken down. */
  | { readonly type: 'crewEnded' }
  /** `regular`: places that are left, quarantine not counted. */
  | {
      readonly type: 'placeEnded';
      readonly slot: string;
      readonly regular: number;
      readonly error: PlainError | undefined;
    };

const brokenWorker = ({ actorId, error }: ErrorActorEvent): WorkerEnded => ({
  type: 'worker.ended',
  slot: actorId,
  result: 'dead',
  error: toPlainError(error, { code: 'WORKER_LOST', operation: 'run worker' }),
});
const brokenOutput = ({ actorId }: ErrorActorEvent): OutputSettled => ({
  type: 'output.settled',
  outputId: actorId,
  result: 'failed',
});

export function createPoolMachine(machines: {
  readonly output: OutputMachine;
  readonly worker: WorkerMachine;
  readonly crew: CrewMachine;
}) {
  const machine = setup({
    types: {
      context: {} as PoolContext,
      events: {} as PoolEvent,
      emitted: {} as PoolEmitted,
      input: {} as PoolInput,
    },
    actors: machines,
    actions: {
      startWorkers: enqueueActions(({ context, enqueue }) => {
        for (const worker of context.workers)
          enqueue.spawnChild('worker', { id: worker.slot, input: worker });
        if (context.crew !== undefined) enqueue.spawnChild('crew', { id: 'crew', input: context.crew });
      }),
      addWorker: enqueueActions(({ context, enqueue }, params: { worker: WorkerInput; regular: boolean }) => {
        const { worker, regular } = params;
        enqueue.spawnChild('worker', { id: worker.slot, input: worker });
        enqueue.assign({
          places: [...context.places, worker.slot],
          workers: regular ? [...context.workers, worker] : context.workers,
          regular: context.regular + (regular ? 1 : 0),
        });
      }),
      removeWorker: enqueueActions(({ context, enqueue }, params: { slot: string }) => {
        if (context.places.includes(params.slot)) enqueue.sendTo(params.slot, { type: 'worker.stop' });
      }),
      dropCrew: enqueueActions(({ enqueue }) => {
        enqueue(stopChild('crew'));
        enqueue.emit({ type: 'crewEnded' });
      }),
      stopWorkers: enqueueActions(({ context, enqueue }) => {
        if (context.crew !== undefined) enqueue(stopChild('crew'));
        for (const slot of context.places) enqueue.sendTo(slot, { type: 'worker.stop' });
      }),
      dropWorker: enqueueActions(({ context, enqueue }, params: { ended: WorkerEnded }) => {
        const { slot, error } = params.ended;
        const regular = context.regular - (context.workers.some((worker) => worker.slot === slot) ? 1 : 0);
        enqueue(stopChild(slot));
        enqueue.assign({
          places: context.places.filter((place) => place !== slot),
          regular,
          error: context.error ?? (params.ended.result === 'dead' ? error : undefined),
        });
        enqueue.emit({ type: 'placeEnded', slot, regular, error });
      }),
      startOutput: enqueueActions(({ context, enqueue }, params: { output: OutputInput }) => {
        enqueue.spawnChild('output', { id: params.output.outputId, input: params.output });
        enqueue.assign({ outputs: context.outputs + 1 });
      }),
      dropOutput: enqueueActions(({ context, enqueue }, params: { settled: OutputSettled }) => {
        const { outputId, result } = params.settled;
        enqueue(stopChild(outputId));
        enqueue.assign({
          outputs: context.outputs - 1,
          done: context.done + (result === 'done' ? 1 : 0),
          failed: context.failed + (result === 'done' ? 0 : 1),
        });
        enqueue.emit({ type: 'settled', outputId, result });
      }),
      stopCredit: emit({ type: 'credit', open: false }),
      giveCredit: emit({ type: 'credit', open: true }),
    },
    guards: {
      isPlace: ({ context }, params: { slot: string }) => context.places.includes(params.slot),
      noPlaces: ({ context }) => context.places.length === 0,
      noRegularPlaces: ({ context }) => context.regular === 0,
    },
  }).createMachine({
    id: 'pool',
    context: ({ input }) => ({
      ...input,
      places: input.workers.map((worker) => worker.slot),
      regular: input.workers.length,
      outputs: 0,
      done: 0,
      failed: 0,
      error: undefined,
    }),
    entry: 'startWorkers',
    initial: 'accepting',
    on: {
      'output.settled': { actions: { type: 'dropOutput', params: ({ event }) => ({ settled: event }) } },
      'worker.ended': { actions: { type: 'dropWorker', params: ({ event }) => ({ ended: event }) } },
      // An actor that breaks down takes nobody with it: a worker counts as dead, an output as failed.
      'xstate.error.actor.*': [
        {
          guard: { type: 'isPlace', params: ({ event }) => ({ slot: event.actorId }) },
          actions: { type: 'dropWorker', params: ({ event }) => ({ ended: brokenWorker(event) }) },
        },
        { guard: ({ event }) => event.actorId === 'crew', actions: 'dropCrew' },
        { actions: { type: 'dropOutput', params: ({ event }) => ({ settled: brokenOutput(event) }) } },
      ],
      'worker.added': { actions: { type: 'addWorker', params: ({ event }) => event } },
      'worker.removed': { actions: { type: 'removeWorker', params: ({ event }) => ({ slot: event.slot }) } },
    },
    states: {
      accepting: {
        tags: 'active',
        always: { guard: 'noRegularPlaces', target: 'broken' },
        on: {
          'output.submitted': {
            actions: { type: 'startOutput', params: ({ event }) => ({ output: event.output }) },
          },
          'budget.saturated': { target: 'saturated', actions: 'stopCredit' },
          'pool.drain': 'draining',
          'pool.close': 'closing',
        },
      },
      saturated: {
        tags: 'active',
        always: { guard: 'noRegularPlaces', target: 'broken' },
        on: {
          'output.submitted': {
            actions: { type: 'startOutput', params: ({ event }) => ({ output: event.output }) },
          },
          'budget.opened': { target: 'accepting', actions: 'giveCredit' },
          'pool.drain': 'draining',
          'pool.close': 'closing',
        },
      },
      draining: {
        tags: 'active',
        always: { guard: 'noRegularPlaces', target: 'broken' },
        // Whoever submits is told no more gets in; what comes here was submitted before, and has waited for its turn.
        on: {
          'output.submitted': {
            actions: { type: 'startOutput', params: ({ event }) => ({ output: event.output }) },
          },
          'pool.close': 'closing',
        },
      },
      closing: {
        tags: 'active',
        entry: 'stopWorkers',
        // Who comes now would not be told to stop.
        on: { 'worker.added': {} },
        initial: 'stopping',
        states: {
          stopping: { always: { guard: 'noPlaces', target: 'stopped' } },
          // A turn later, when the last worker's own end has arrived too.
          stopped: { after: { 0: '#pool.closed' } },
        },
      },
      broken: { tags: 'failed', on: { 'pool.close': 'closing' } },
      closed: { type: 'final', tags: 'done' },
    },
  });
  return forgetChildren(machine);
}

export type PoolMachine = ReturnType<typeof createPoolMachine>;
