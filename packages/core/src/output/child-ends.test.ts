import { describe, expect, it } from 'vitest';
import {
  type AnyStateMachine,
  assign,
  createActor,
  type ErrorActorEvent,
  fromTransition,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { forgetChildren } from './child-ends.js';
import { rememberedTypes } from './child-ends-fixtures.js';

const brief = setup({}).createMachine({ initial: 'over', states: { over: { type: 'final' } } });
/** Breaks down at whatever it is sent. */
const fragile = fromTransition(() => {
  throw new Error('a bug in a child');
}, 0);

const types = {
  context: {} as { readonly broken: readonly string[] },
  events: {} as
    | { readonly type: 'brief.wanted' | 'fragile.wanted'; readonly id: string }
    | { readonly type: 'known.wanted' }
    | ErrorActorEvent,
};
/** Starts children under the ids that it is told. */
function createParent() {
  return setup({ types, actors: { brief, fragile } }).createMachine({
    context: { broken: [] },
    on: {
      'brief.wanted': { actions: spawnChild('brief', { id: ({ event }) => event.id }) },
      'fragile.wanted': {
        actions: [
          spawnChild('fragile', { id: ({ event }) => event.id }),
          sendTo(({ event }) => event.id, { type: 'anything' }),
        ],
      },
      'xstate.error.actor.*': {
        actions: assign({ broken: ({ context, event }) => [...context.broken, event.actorId] }),
      },
    },
    initial: 'waiting',
    states: {
      waiting: { on: { 'known.wanted': 'asking' } },
      asking: { invoke: { id: 'known', src: 'brief', onDone: 'told' } },
      told: {},
    },
  });
}

/** Starts ten children of each sort. */
function startMany(machine: ReturnType<typeof createParent>) {
  const remembered = rememberedTypes(machine);
  const parent = createActor(machine).start();
  for (let n = 0; n < 10; n += 1) {
    parent.send({ type: 'brief.wanted', id: `brief~${n}` });
    parent.send({ type: 'fragile.wanted', id: `fragile~${n}` });
  }
  return { parent, remembered: new Set(remembered.filter((type) => type.startsWith('xstate.'))) };
}

describe('a machine that starts child after child', () => {
  it('remembers the end of none of them', () => {
    const { remembered } = startMany(forgetChildren(createParent()));
    expect([...remembered].sort()).toEqual(['xstate.done.actor.child', 'xstate.error.actor.child']);
  });

  it('would remember the end of each: when it does no more, XState has been mended and this can go', () => {
    const { remembered } = startMany(createParent());
    expect(remembered).toContain('xstate.done.actor.brief~7');
    expect(remembered).toContain('xstate.error.actor.fragile~7');
    expect(remembered.size).toBe(20);
  });

  it('hears of each that broke down, by its id', () => {
    const { parent } = startMany(forgetChildren(createParent()));
    const { status, context } = parent.getSnapshot();
    expect(status).toBe('active');
    expect(context.broken).toEqual(Array.from({ length: 10 }, (_, n) => `fragile~${n}`));
  });

  it('hears the end of a child that a state names', () => {
    const parent = createActor(forgetChildren(createParent())).start();
    parent.send({ type: 'known.wanted' });
    expect(parent.getSnapshot().value).toBe('told');
  });

  it('breaks down with a child for which it has no transition, as without', () => {
    const machine: AnyStateMachine = setup({ actors: { fragile } }).createMachine({
      invoke: { id: 'only', src: 'fragile' },
      on: { go: { actions: sendTo('only', { type: 'anything' }) } },
    });
    const parent = createActor(forgetChildren(machine));
    const errors: unknown[] = [];
    parent.subscribe({ error: (error) => errors.push(error) });
    parent.start().send({ type: 'go' });
    expect(errors).toMatchObject([{ message: 'a bug in a child' }]);
  });
});
