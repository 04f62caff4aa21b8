import { describe, expect, it } from 'vitest';
import { type AnyActorRef, assign, createActor, type InspectionEvent, setup, spawnChild } from 'xstate';
import { createLeftOut } from './left-out.js';
import type { InspectorMessage } from './message.js';
import { createSampling } from './sampling.js';
import { createStream } from './stream.js';
import { seenRef } from './to-messages.js';

const write = setup({}).createMachine({
  id: 'write',
  initial: 'active',
  states: { active: { on: { fail: 'failed' } }, failed: {} },
});
const run = setup({
  types: {
    input: {} as { readonly writes: number },
    context: {} as { readonly writes: readonly AnyActorRef[] },
  },
  actors: { write },
}).createMachine({
  id: 'run',
  context: ({ spawn, input }) => ({
    writes: Array.from({ length: input.writes }, (_, n) => spawn('write', { id: `w/${n}` })),
  }),
  initial: 'running',
  states: { running: { on: { end: 'completed' } }, completed: { type: 'final' } },
});

/** Opens a write whenever it is told to. */
const opening = setup({ actors: { write } }).createMachine({
  id: 'opening',
  context: { opened: 0 },
  on: {
    open: {
      actions: [
        assign({ opened: ({ context }) => context.opened + 1 }),
        spawnChild('write', { id: ({ context }) => `w/${context.opened}` }),
      ],
    },
  },
});

/** As `opening`, of writes that end as soon as they begin. */
const ending = opening.provide({
  actors: {
    // It stands for the other one, whose states it does not have.
    write: setup({}).createMachine({
      id: 'write',
      initial: 'prepared',
      states: { prepared: { type: 'final' } },
    }) as unknown as typeof write,
  },
});

const clock = {
  now: () => 0,
  wallTime: () => 1_700_000_000_000,
  setTimeout: () => undefined,
  clearTimeout: () => {},
};
/** Messages of an inspector that has seen some runs, whose clock stands still. */
function seen(runs: readonly number[], mostWrites: number): readonly InspectorMessage[] {
  const told: InspectorMessage[] = [];
  const stream = createStream({ clock, writes: mostWrites });
  stream.subscribe(({ message }) => told.push(message));
  for (const writes of runs) {
    const actor = createActor(run, { input: { writes }, inspect: stream.inspect }).start();
    actor.send({ type: 'end' });
  }
  stream.flush();
  return told;
}
const writesOf = (told: readonly InspectorMessage[]): number =>
  told.filter((message) => message.type === '@xstate.actor' && message.name.startsWith('w/')).length;
const summaries = (told: readonly InspectorMessage[]): readonly InspectorMessage[] =>
  told.filter(({ type }) => type === '@tailrace.summary');

describe('what an inspector tells of many writes', () => {
  it('is the first of every run, though an earlier one has had as many', () => {
    expect(writesOf(seen([7], 5))).toBe(5);
    expect(writesOf(seen([7, 7, 3], 5))).toBe(5 + 5 + 3);
  });

  it('is the exact number of the others of each run once it has ended, however fast that was', () => {
    expect(summaries(seen([45], 5)).at(-1)).toMatchObject({ writes: 40, actors: 40 });
    const [first, second, ...more] = summaries(seen([45, 8], 5));
    expect([first, second]).toMatchObject([
      { writes: 40, actors: 40 },
      { writes: 3, actors: 3 },
    ]);
    expect(more).toEqual([]);
    expect(summaries(seen([5], 5))).toEqual([]);
  });

  it('counts no write twice: one that meets trouble is told, and is none of the others any more', () => {
    const told: InspectorMessage[] = [];
    const stream = createStream({ clock, writes: 5 });
    stream.subscribe(({ message }) => told.push(message));
    const actor = createActor(run, { input: { writes: 45 }, inspect: stream.inspect }).start();
    actor.getSnapshot().context.writes[44]?.send({ type: 'fail' });
    actor.send({ type: 'end' });
    stream.flush();
    expect(writesOf(told)).toBe(6);
    expect(summaries(told).at(-1)).toMatchObject({ writes: 39, actors: 39 });
  });

  it('is forty of those that come at once, then all that come slowly and one a second of others, up to as many as it may', () => {
    let now = 5_000;
    const told: InspectorMessage[] = [];
    const stream = createStream({ clock: { ...clock, now: () => now }, writes: 90 });
    stream.subscribe(({ message }) => told.push(message));
    const actor = createActor(opening, { inspect: stream.inspect }).start();
    const open = (writes: number): number => {
      for (let n = 0; n < writes; n += 1) actor.send({ type: 'open' });
      return writesOf(told);
    };
    const openEvery = (ms: number, writes: number): number => {
      for (let n = 0; n < writes; n += 1) {
        now += ms;
        open(1);
      }
      return writesOf(told);
    };
    expect(open(150)).toBe(40);
    expect(openEvery(99, 1)).toBe(40);
    now += 1_001;
    expect(open(50)).toBe(50);
    expect(openEvery(100, 5)).toBe(55);
    expect(openEvery(50, 20)).toBe(56);
    now += 60_000;
    expect(open(50)).toBe(90);
    stream.flush();
    expect(summaries(told).at(-1)).toMatchObject({ writes: 276 - 90 });
  });

  it('is the same for one that is asked first what it wants', () => {
    const all = seen([45], 5);
    const told: InspectorMessage[] = [];
    const stream = createStream({ clock, writes: 5 });
    stream.subscribe(({ message }) => told.push(message));
    const inspect = (event: InspectionEvent): void => {
      if (stream.inspect.wants(event)) stream.inspect(event);
    };
    createActor(run, { input: { writes: 45 }, inspect })
      .start()
      .send({ type: 'end' });
    stream.flush();
    // Ids are numbers of the process, and a root's name is one.
    const shape = (messages: readonly InspectorMessage[]): readonly unknown[] =>
      messages.map((message) =>
        message.type === '@tailrace.summary' ? { ...message, run: undefined } : message.type,
      );
    expect(shape(told)).toEqual(shape(all));
  });

  it('asks for no event of a write that is only counted, from its birth to its end', () => {
    const stream = createStream({ clock, writes: 5 });
    const wanted = new Map<string, string[]>();
    const inspect = (event: InspectionEvent): void => {
      if (!stream.inspect.wants(event)) return;
      const { id } = seenRef(event);
      wanted.set(id, [...(wanted.get(id) ?? []), event.type]);
      stream.inspect(event);
    };
    const actor = createActor(ending, { inspect }).start();
    for (let n = 0; n < 45; n += 1) actor.send({ type: 'open' });
    expect([...wanted.keys()].filter((id) => id.startsWith('w/'))).toEqual([
      'w/1',
      'w/2',
      'w/3',
      'w/4',
      'w/5',
    ]);
    expect(wanted.get('w/5')).toEqual(['@xstate.actor', '@xstate.event', '@xstate.snapshot']);
    stream.flush();
    expect(Array.from(stream.history.entries(), ({ message }) => message).at(-1)).toMatchObject({
      type: '@tailrace.summary',
      writes: 40,
      actors: 40,
    });
  });

  it('is asked of the end of one that XState shows as it was before an action of it threw', () => {
    const sampling = createSampling(() => 0, createLeftOut(), { writes: 0 });
    const current = { status: 'error', value: 'done' };
    const of = (snapshot: object, type = '@xstate.snapshot'): InspectionEvent =>
      // No more of an event is read.
      ({
        type,
        rootId: 'w',
        snapshot,
        actorRef: { sessionId: 'w', id: 'w', logic: write, getSnapshot: () => current },
      }) as unknown as InspectionEvent;
    expect(sampling.wants(of({}, '@xstate.actor'))).toBe(false);
    expect(sampling.wants(of({ status: 'done', value: 'done' }))).toBe(true);
    expect(sampling.isSilent('w')).toBe(true);
    expect(sampling.filter(of(current))).toHaveLength(2);
  });
});
