import { describe, expect, it, vi } from 'vitest';
import { assign, createActor, fromCallback, fromPromise, type InspectionEvent, setup } from 'xstate';
import { completeInspection } from './complete-inspection.js';
import { createRemoteInspection } from './remote-inspection.js';

/** Last status of every actor that was told of, by its id. */
function statuses(): {
  readonly told: Map<string, string[]>;
  readonly inspect: (event: InspectionEvent) => void;
} {
  const told = new Map<string, string[]>();
  return {
    told,
    inspect: completeInspection((event) => {
      // Actors of this thread have ids.
      const { id } = event.actorRef as unknown as { readonly id: string };
      if (event.type === '@xstate.actor') told.set(id, []);
      if (event.type === '@xstate.snapshot') told.get(id)?.push(event.snapshot.status);
    }),
  };
}
const endsOf = (told: Map<string, string[]>): Record<string, string | undefined> =>
  Object.fromEntries(
    Array.from(told, ([id, seen]) => [id, seen.filter((status) => status !== 'active').join(' ')]),
  );
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const throwing = setup({
  actions: {
    fail: assign(() => {
      throw new Error('the transition threw');
    }),
  },
}).createMachine({ id: 'throwing', initial: 'on', states: { on: { on: { go: { actions: 'fail' } } } } });

describe('a completed inspection', () => {
  it('tells of a child whose transition threw, once', async () => {
    const parent = setup({ actors: { throwing } }).createMachine({
      id: 'parent',
      invoke: { id: 'child', src: 'throwing', onError: { actions: [] } },
    });
    const { told, inspect } = statuses();
    const actor = createActor(parent, { id: 'parent', inspect }).start();
    actor.getSnapshot().children.child?.send({ type: 'go' });
    await turn();
    expect(endsOf(told)).toEqual({ parent: '', child: 'error' });
  });

  it.each(['on', 'over'])(
    'tells of a child that threw in its first state, which is `%s`, once',
    async (initial) => {
      const failing = setup({
        actions: {
          fail: () => {
            throw new Error('the entry threw');
          },
        },
      }).createMachine({
        id: 'failing',
        initial,
        entry: 'fail',
        states: { on: {}, over: { type: 'final' } },
      });
      const parent = setup({ actors: { failing } }).createMachine({
        id: 'parent',
        invoke: { id: 'child', src: 'failing', onError: { actions: [] } },
      });
      const { told, inspect } = statuses();
      createActor(parent, { id: 'parent', inspect }).start();
      await turn();
      expect(endsOf(told)).toEqual({ parent: '', child: 'error' });
    },
  );

  it('asks an actor that is told of as alive for its snapshot once, not at each event', async () => {
    const counted = setup({}).createMachine({ id: 'counted', on: { go: { actions: () => {} } } });
    const { inspect } = statuses();
    const actor = createActor(counted, { inspect }).start();
    const asked = vi.spyOn(actor, 'getSnapshot');
    for (let turns = 0; turns < 3; turns += 1) {
      actor.send({ type: 'go' });
      actor.send({ type: 'go' });
      await turn();
    }
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('passes over an actor that could not be made, which has no snapshot to be asked for', async () => {
    const listen = fromCallback(() => {});
    const parent = setup({ actors: { listen } }).createMachine({
      id: 'parent',
      invoke: [
        { id: 'first', src: 'listen', systemId: 'taken' },
        { id: 'second', src: 'listen', systemId: 'taken' },
      ],
    });
    const { told, inspect } = statuses();
    const actor = createActor(parent, { id: 'parent', inspect });
    actor.subscribe({ error: () => {} });
    actor.start();
    await turn();
    expect(endsOf(told)).toMatchObject({ parent: 'error' });
  });

  it('tells of a root whose transition threw, and leaves its error to those who handle errors', async () => {
    const { told, inspect } = statuses();
    const actor = createActor(throwing, { id: 'root', inspect });
    const handle = vi.fn();
    actor.subscribe({ error: handle });
    actor.start().send({ type: 'go' });
    await turn();
    expect(endsOf(told)).toEqual({ root: 'error' });
    expect(handle).toHaveBeenCalledTimes(1);
  });

  it('tells once of ends that XState tells of itself', async () => {
    const machine = setup({
      actors: { work: fromPromise(async () => 'done'), listen: fromCallback(() => {}) },
    }).createMachine({
      id: 'm',
      initial: 'working',
      states: {
        working: {
          invoke: [
            { id: 'work', src: 'work', onDone: 'over' },
            { id: 'listen', src: 'listen' },
          ],
        },
        over: { type: 'final' },
      },
    });
    const { told, inspect } = statuses();
    createActor(machine, { id: 'm', inspect }).start();
    await turn();
    expect(endsOf(told)).toEqual({ m: 'done', work: 'done', listen: 'stopped' });
  });

  it('tells of an actor that could not begin', async () => {
    const broken = setup({}).createMachine({
      id: 'broken',
      context: () => {
        throw new Error('no context');
      },
    });
    const parent = setup({ actors: { broken } }).createMachine({
      id: 'parent',
      invoke: { id: 'child', src: 'broken', onError: { actions: [] } },
    });
    const { told, inspect } = statuses();
    createActor(parent, { id: 'parent', inspect }).start();
    await turn();
    expect(endsOf(told)).toMatchObject({ child: 'error' });
  });

  it('tells of a child that was stopped before it had started', async () => {
    const listen = fromCallback(() => {});
    const machine = setup({ actors: { listen } }).createMachine({
      id: 'm',
      initial: 'passing',
      states: {
        passing: { invoke: { id: 'brief', src: 'listen' }, always: 'here' },
        here: { invoke: { id: 'stays', src: 'listen' } },
      },
    });
    const { told, inspect } = statuses();
    createActor(machine, { id: 'm', inspect }).start();
    await turn();
    expect(endsOf(told)).not.toHaveProperty('brief', '');
    expect(endsOf(told)).toMatchObject({ m: '', stays: '' });
  });

  it('takes a root that is not started yet for no ended one', async () => {
    const { told, inspect } = statuses();
    createActor(throwing, { id: 'later', inspect });
    await turn();
    expect(endsOf(told)).toEqual({ later: '' });
  });

  it('leaves the ends of actors in other threads to those who hear of them there', async () => {
    const { told, inspect } = statuses();
    const mirror = createActor(fromCallback(() => {})).start();
    const remote = createRemoteInspection(inspect);
    remote.begin('a/0#1', mirror);
    // A write that is given up stops the mirror, while the attempt clears up in its thread.
    mirror.stop();
    const of = {
      sessionId: 'w1/x:1',
      actorId: 'abort',
      parentSessionId: undefined,
      event: undefined,
    };
    remote.tell('a/0#1', { ...of, kind: '@xstate.actor', snapshot: undefined });
    await turn();
    remote.tell('a/0#1', {
      ...of,
      kind: '@xstate.snapshot',
      snapshot: { status: 'active', value: undefined },
    });
    await turn();
    expect(told.get('abort')).toEqual(['active']);
    remote.end('a/0#1');
    expect(told.get('abort')).toEqual(['active', 'stopped']);
  });

  it('tells of ends that its inspector brings about while it is told of another', async () => {
    const ends: string[] = [];
    const inspect = completeInspection((event) => {
      if (event.type !== '@xstate.snapshot' || event.snapshot.status === 'active') return;
      // As above.
      const { id } = event.actorRef as unknown as { readonly id: string };
      ends.push(`${id} ${event.snapshot.status}`);
      if (id === 'first') fail('second');
    });
    const fail = (id: string): void => {
      const root = createActor(throwing, { id, inspect });
      root.subscribe({ error: () => {} });
      root.start().send({ type: 'go' });
    };
    fail('first');
    fail('beside');
    await turn();
    fail('later');
    await turn();
    expect(ends).toEqual(['first error', 'beside error', 'second error', 'later error']);
  });
});
