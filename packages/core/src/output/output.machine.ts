// Owns the states of one output, the unit that commits as a whole: opens its target, lets its writes run, commits when
// all are prepared, aborts when one has failed. Effects come in from outside; it never holds batches or files.
import {
  and,
  assertEvent,
  assign,
  cancel,
  enqueueActions,
  fromPromise,
  raise,
  sendParent,
  setup,
  stopChild,
} from 'xstate';
import type { PlainError } from '../errors/plain-error.js';
import type { Committed } from '../sink/sink.js';
import { forgetChildren } from './child-ends.js';
import { commitStates } from './commit-states.js';
import { brokenWrite, failedTo } from './failures.js';
import { groupStates } from './group-states.js';
import {
  afterEnd,
  afterFailedBegin,
  afterFailedCommit,
  afterSettled,
  firstContext,
} from './output-decisions.js';
import type { OutputEffects } from './output-effects.js';
import type { OutputContext, OutputEvent, OutputInput, OutputRef, OutputSettled } from './output-events.js';
import { ended, endings, removed, whenPublished } from './output-transitions.js';
import type { WriteInput, WriteSettled } from './write.machine.js';

const again = [{ guard: 'isUndecided', target: 'settling' }, { target: 'attempting' }] as const;

/** The output machine with its effects. */
export function createOutputMachine(effects: OutputEffects) {
  const machine = setup({
    types: {
      context: {} as OutputContext,
      events: {} as OutputEvent,
      input: {} as OutputInput,
    },
    actors: {
      write: effects.writeMachine,
      begin: fromPromise<{ readonly skip: boolean }, OutputRef>(({ input, signal }) =>
        effects.begin(input, signal),
      ),
      settle: fromPromise<void, OutputRef>(({ input, signal }) => effects.settle(input, signal)),
      gather: fromPromise<void, OutputRef>(({ input, signal }) => effects.gather(input, signal)),
      commit: fromPromise<Committed, OutputRef>(({ input, signal }) => effects.commit(input, signal)),
      verify: fromPromise<Committed | undefined, OutputRef>(({ input, signal }) =>
        effects.verify(input, signal),
      ),
      abort: fromPromise<void, OutputRef>(({ input }) => effects.abort(input)),
    },
    actions: {
      openWrite: enqueueActions(({ context, enqueue }, params: { write: WriteInput }) => {
        enqueue.spawnChild('write', { id: params.write.writeId, input: params.write });
        enqueue.assign({ live: [...context.live, params.write.writeId] });
      }),
      sealWrite: enqueueActions(({ enqueue }, params: { writeId: string }) => {
        enqueue.sendTo(params.writeId, { type: 'write.sealed' });
      }),
      moveWrite: enqueueActions(({ context, enqueue }, params: { writeId: string; outstanding: number }) => {
        if (!context.live.includes(params.writeId)) return;
        enqueue.sendTo(params.writeId, { type: 'write.progressed', outstanding: params.outstanding });
      }),
      // Finished children stay in the snapshot unless they are stopped.
      settleWrite: enqueueActions(({ context, enqueue }, params: { settled: WriteSettled }) => {
        enqueue(stopChild(params.settled.writeId));
        enqueue.assign(afterSettled(context, params.settled));
      }),
      cancelWrites: enqueueActions(({ context, enqueue }) => {
        for (const writeId of context.live) enqueue.sendTo(writeId, { type: 'write.cancel' });
      }),
      end: assign({ ended: true }),
      recordError: assign(({ context }, params: { error: PlainError }) => ({
        error: context.error ?? params.error,
      })),
      recordEnd: assign(({ context, event }) => {
        assertEvent(event, ['output.cancel', 'output.failed']);
        return afterEnd(context, event);
      }),
      giveUpCommit: enqueueActions(({ enqueue }) => {
        enqueue.assign({ nextDelayMs: undefined, isUnsure: true });
        enqueue.raise({ type: 'commit.abandoned' }, { id: 'abandon', delay: effects.graceMs });
      }),
      beginCommit: assign({ commitAttempt: ({ context }) => context.commitAttempt + 1 }),
      // What was asked to end is not tried again; its own error stays.
      interrupt: enqueueActions(({ context, enqueue }) => {
        effects.interruptCommit({ outputId: context.outputId });
        enqueue.raise({ type: 'commit.abandoned' }, { id: 'abandon', delay: effects.graceMs });
      }),
      waitNoLonger: raise({ type: 'commit.abandoned' }, { id: 'abandon', delay: effects.graceMs }),
      forgetGrace: cancel('abandon'),
      // Asked to end during the decision: publishing is not interrupted, but not waited for without an end either.
      graceAgain: enqueueActions(({ context, enqueue }) => {
        enqueue.cancel('abandon');
        if (context.error === undefined) return;
        enqueue.raise({ type: 'commit.abandoned' }, { id: 'abandon', delay: effects.graceMs });
      }),
      leaveGroup: ({ context }) => {
        if (context.group !== undefined) effects.leaveGroup({ outputId: context.outputId }, context.error);
      },
      // An error that stands was a cancel during the decision: it comes too late, and only rules out further tries.
      recordDecision: assign({ decided: true, cancelRequested: false, commitAttempt: 0 }),
      // Nobody knows whether it is decided: it cannot be called cancelled.
      leaveUndecided: assign({ cancelRequested: false }),
      decideCommit: assign(({ context }, params: { error: PlainError }) =>
        afterFailedCommit(context, params.error, effects),
      ),
      decideBegin: assign(({ context }, params: { error: PlainError }) =>
        afterFailedBegin(context, params.error, effects),
      ),
      recordUnsure: assign({ isUnsure: true }),
      foundRoom: assign({ pause: undefined, nextDelayMs: undefined }),
      recordCommitted: assign((_, params: { committed: Committed | undefined }) => ({
        committed: params.committed,
        error: undefined,
      })),
      tellPool: sendParent(
        ({ context }, params: { result: OutputSettled['result'] }): OutputSettled => ({
          type: 'output.settled',
          outputId: context.outputId,
          result: params.result,
        }),
      ),
    },
    guards: {
      allPrepared: ({ context }) => context.ended && context.live.length === 0 && context.failed === 0,
      broken: ({ context }) => context.failed > 0,
      noneLive: ({ context }) => context.live.length === 0,
      isLive: ({ context }, params: { writeId: string }) => context.live.includes(params.writeId),
      givenUp: ({ context }) => context.nextDelayMs === undefined,
      findsNoRoom: ({ context }) => context.pause !== undefined,
      mayBePublished: ({ context }) => context.isUnsure,
      wasCancelled: ({ context }) => context.cancelRequested,
      isUndecided: ({ context }) => context.group !== undefined && !context.decided,
      isDeciding: ({ context }) => effects.isDeciding({ outputId: context.outputId }),
      wasEnded: ({ context }) => context.error !== undefined,
    },
    delays: {
      backoff: ({ context }) => context.nextDelayMs ?? 0,
      removal: effects.removalMs,
      grace: effects.graceMs,
    },
  }).createMachine({
    id: 'output',
    context: ({ input }) => firstContext(input),
    initial: 'queued',
    on: {
      'write.settled': { actions: { type: 'settleWrite', params: ({ event }) => ({ settled: event }) } },
      // A write's actor: what states invoke, they handle themselves. Its siblings must not end with it.
      'xstate.error.actor.*': {
        guard: { type: 'isLive', params: ({ event }) => ({ writeId: event.actorId }) },
        actions: { type: 'settleWrite', params: ({ event }) => ({ settled: brokenWrite(event) }) },
      },
    },
    states: {
      queued: {
        tags: 'queued',
        initial: 'opening',
        on: endings,
        states: {
          opening: {
            invoke: {
              id: 'begin',
              src: 'begin',
              input: ({ context }) => ({ outputId: context.outputId }),
              onDone: [
                {
                  guard: ({ event }) => event.output.skip,
                  target: '#output.done',
                  actions: assign({ skipped: true }),
                },
                { target: '#output.active', actions: 'foundRoom' },
              ],
              onError: {
                target: 'refused',
                actions: { type: 'decideBegin', params: failedTo('open target') },
              },
            },
          },
          refused: {
            always: [{ guard: 'givenUp', target: '#output.aborting' }, { target: 'paused' }],
          },
          // The disk is full, and room is waited for.
          paused: { tags: 'attention', after: { backoff: 'opening' } },
        },
      },
      active: {
        tags: 'active',
        initial: 'open',
        on: endings,
        states: {
          open: {
            on: {
              'write.opened': {
                actions: { type: 'openWrite', params: ({ event }) => ({ write: event.write }) },
              },
              'write.wasSealed': {
                guard: { type: 'isLive', params: ({ event }) => ({ writeId: event.writeId }) },
                actions: { type: 'sealWrite', params: ({ event }) => ({ writeId: event.writeId }) },
              },
              'write.moved': { actions: { type: 'moveWrite', params: ({ event }) => event } },
              'output.ended': { target: 'sealing', actions: 'end' },
            },
            always: { guard: 'broken', target: '#output.aborting' },
          },
          sealing: {
            on: { 'write.moved': { actions: { type: 'moveWrite', params: ({ event }) => event } } },
            always: [
              { guard: 'broken', target: '#output.aborting' },
              {
                guard: and(['allPrepared', 'isUndecided']),
                target: '#output.active.committing.settling',
              },
              { guard: 'allPrepared', target: 'committing' },
            ],
          },
          committing: {
            initial: 'attempting',
            states: {
              ...groupStates,
              ...commitStates,
              // Cancelled while it waits, it is aborted as everywhere else.
              waiting: { after: { backoff: again } },
              paused: { tags: 'attention', after: { backoff: again } },
            },
            exit: 'forgetGrace',
          },
        },
      },
      aborting: {
        tags: 'active',
        initial: 'stopping',
        entry: ['cancelWrites', 'leaveGroup'],
        states: {
          stopping: { always: { guard: 'noneLive', target: 'removing' } },
          removing: {
            // A file system that does not answer must not keep everybody waiting.
            after: { removal: removed },
            invoke: {
              id: 'abort',
              src: 'abort',
              input: ({ context }) => ({ outputId: context.outputId }),
              onDone: removed,
              // What could not be removed is found and removed by the next run on this target.
              onError: [
                { guard: 'mayBePublished', target: 'looking' },
                { guard: 'wasCancelled', target: '#output.cancelled' },
                {
                  target: '#output.failed',
                  actions: { type: 'recordError', params: failedTo('abort output') },
                },
              ],
            },
          },
          // A commit that was not waited for may have ended well before it was given up: it is not taken back any more.
          looking: {
            after: { grace: ended },
            invoke: {
              id: 'look',
              src: 'verify',
              input: ({ context }) => ({ outputId: context.outputId }),
              onDone: [whenPublished, ...ended],
              onError: ended,
            },
          },
        },
      },
      done: { type: 'final', tags: 'done', entry: { type: 'tellPool', params: { result: 'done' } } },
      failed: { type: 'final', tags: 'failed', entry: { type: 'tellPool', params: { result: 'failed' } } },
      cancelled: {
        type: 'final',
        tags: 'failed',
        entry: { type: 'tellPool', params: { result: 'cancelled' } },
      },
    },
  });
  return forgetChildren(machine);
}

export type OutputMachine = ReturnType<typeof createOutputMachine>;
