import { describe, expect, it } from 'vitest';
import { type AnyActorRef, assign, createActor, createMachine, type InspectionEvent, setup } from 'xstate';
import type { InspectorMessage } from './message.js';
import { createStream } from './stream.js';

/** A stream, what it has told, and its timer, which fires when it is told to. */
function recorded(writes?: number) {
  const told: InspectorMessage[] = [];
  let due: (() => void) | undefined;
  const stream = createStream({
    writes,
    clock: {
      now: () => 0,
      wallTime: () => 1_700_000_000_000,
      setTimeout: (callback) => {
        due = callback;
        return callback;
      },
      clearTimeout: () => {
        due = undefined;
      },
    },
  });
  stream.subscribe(({ message }) => told.push(message));
  const moment = (): void => {
    const callback = due;
    due = undefined;
    callback?.();
  };
  return { stream, told, moment, isArmed: () => due !== undefined };
}

const counter = setup({
  types: { context: {} as { n: number } },
  actions: { add: assign({ n: ({ context }) => context.n + 1 }) },
}).createMachine({
  id: 'counter',
  context: { n: 0 },
  on: { add: { actions: 'add' }, end: '.over' },
  initial: 'on',
  states: { on: {}, over: {} },
});

describe('an actor that never rests', () => {
  it('is told of as it is now and then, its events are counted, and it is told of at once when it has rested', () => {
    const { stream, told, moment, isArmed } = recorded();
    const actor = createActor(counter, { inspect: stream.inspect }).start();
    for (let n = 0; n < 1_000; n += 1) actor.send({ type: 'add' });
    expect(told.length).toBeLessThan(210);
    moment();
    expect(told.at(-2)).toMatchObject({ type: '@xstate.snapshot', snapshot: { context: { n: 1_000 } } });
    expect(told.at(-1)).toMatchObject({ type: '@tailrace.summary', writes: 0, actors: 0 });
    const { events } = told.at(-1) as { readonly events?: number };
    expect(events).toBe(1_001 - told.filter(({ type }) => type === '@xstate.event').length);
    moment();
    expect(isArmed()).toBe(false);
    actor.send({ type: 'add' });
    expect(told.at(-1)).toMatchObject({ type: '@xstate.snapshot', snapshot: { context: { n: 1_001 } } });
  });

  it('has its events counted as well where they are not even made ready', () => {
    const { stream, told, moment } = recorded();
    let unwanted = 0;
    const inspect = (event: InspectionEvent): void => {
      if (stream.inspect.wants(event)) stream.inspect(event);
      else if (event.type === '@xstate.event') unwanted += 1;
    };
    const actor = createActor(counter, { inspect }).start();
    for (let n = 0; n < 1_000; n += 1) actor.send({ type: 'add' });
    moment();
    const { events } = told.at(-1) as { readonly events?: number };
    expect(events).toBe(1_001 - told.filter(({ type }) => type === '@xstate.event').length);
    expect(unwanted).toBe(events);
    expect(told.at(-2)).toMatchObject({ type: '@xstate.snapshot', snapshot: { context: { n: 1_000 } } });
  });

  it('sets no timer while it says little, nor when the stream is closed', () => {
    const { stream, isArmed, told } = recorded();
    const actor = createActor(counter, { inspect: stream.inspect }).start();
    actor.send({ type: 'add' });
    expect(isArmed()).toBe(false);
    stream.close();
    for (let n = 0; n < 1_000; n += 1) actor.send({ type: 'add' });
    expect(isArmed()).toBe(false);
    stream.flush();
    expect(told.at(-2)).toMatchObject({ snapshot: { context: { n: 1_001 } } });
  });

  it('is told of when it ends, however much it said', () => {
    const { stream, told } = recorded();
    const actor = createActor(counter, { inspect: stream.inspect }).start();
    for (let n = 0; n < 1_000; n += 1) actor.send({ type: 'add' });
    actor.stop();
    expect(told.at(-1)).toMatchObject({ type: '@xstate.snapshot', snapshot: { status: 'stopped' } });
  });
});

describe('writes beyond those that are told one by one', () => {
  it('are counted, and not followed into their threads', () => {
    const { stream, told, moment } = recorded(1);
    const write = createMachine({ id: 'write', initial: 'active', states: { active: {} } });
    const run = setup({
      types: { context: {} as { readonly writes: readonly AnyActorRef[] } },
      actors: { write },
    }).createMachine({ context: ({ spawn }) => ({ writes: [spawn('write'), spawn('write')] }) });
    const { writes } = createActor(run, { inspect: stream.inspect }).start().getSnapshot().context;
    expect(writes.map((actor) => stream.inspect.follows(actor))).toEqual([true, false]);
    moment();
    expect(told.at(-1)).toMatchObject({ type: '@tailrace.summary', writes: 1, actors: 1 });
    // The run, and its first write.
    expect(told.filter(({ type }) => type === '@xstate.actor')).toHaveLength(2);
  });
});
