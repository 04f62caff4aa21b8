import { describe, expect, it } from 'vitest';
import { createAnnouncements } from './announcements.js';
import type { InspectorMessage } from './message.js';
import { createStream } from './stream.js';

const wallTime = (): number => 1_700_000_000_000;
const clock = { now: () => 0, wallTime, setTimeout: () => undefined, clearTimeout: () => {} };
/** A stream and everything it has told. */
function recorded(): { readonly stream: ReturnType<typeof createStream>; readonly told: InspectorMessage[] } {
  const told: InspectorMessage[] = [];
  const stream = createStream({ clock });
  stream.subscribe(({ message }) => told.push(message));
  return { stream, told };
}

const actor = (id: string, states: readonly string[], more: object = {}): object => ({
  type: '@xstate.actor',
  sessionId: id,
  name: `name of ${id}`,
  definition: JSON.stringify({ states: Object.fromEntries(states.map((state) => [state, {}])) }),
  ...more,
});
const isIn = (id: string, value: string): object => ({
  type: '@xstate.snapshot',
  sessionId: id,
  snapshot: { status: 'active', value },
});

describe('another app', () => {
  it('announces an actor that nobody has announced, as after a new connection', () => {
    const { stream, told } = recorded();
    const snapshot = {
      type: '@xstate.snapshot',
      sessionId: 'x:1',
      snapshot: { status: 'active', value: 'a' },
    };
    stream.foreign(JSON.stringify(snapshot), 'app1');
    stream.foreign(JSON.stringify(snapshot), 'app1');
    expect(told.map(({ type }) => type)).toEqual(['@xstate.actor', '@xstate.snapshot', '@xstate.snapshot']);
    expect(told[0]).toMatchObject({ sessionId: 'app1/x:1', name: 'x:1' });
  });

  it('is gone with its connection: what was alive has stopped', () => {
    const { stream, told } = recorded();
    const say = (message: object, source = 'app1'): void => stream.foreign(JSON.stringify(message), source);
    for (const id of ['a', 'b']) say({ type: '@xstate.actor', sessionId: id, definition: '{}' });
    say({ type: '@xstate.actor', sessionId: 'c', definition: '{}' }, 'app2');
    say({ type: '@xstate.snapshot', sessionId: 'a', snapshot: { status: 'done' } });
    told.length = 0;
    stream.endForeign('app1');
    stream.endForeign('app1');
    expect(told).toMatchObject([
      { type: '@xstate.snapshot', sessionId: 'app1/b', snapshot: { status: 'stopped' } },
    ]);
  });

  it('that comes back over a new connection has its names, its tree and its charts again', () => {
    const { stream, told } = recorded();
    const say = (message: object, source: string): void => stream.foreign(JSON.stringify(message), source);
    say(actor('x:0', ['on']), 'app1');
    say(actor('x:1', ['red', 'green'], { parentId: 'x:0' }), 'app1');
    for (const [before, after] of [
      ['app1', 'app2'],
      ['app2', 'app3'],
    ] as const) {
      stream.endForeign(before);
      told.length = 0;
      say(isIn('x:1', 'green'), after);
      say(isIn('x:0', 'on'), after);
      expect(told).toMatchObject([
        {
          type: '@xstate.actor',
          sessionId: `${after}/x:1`,
          parentId: `${after}/x:0`,
          name: 'name of x:1',
          definition: '{"states":{"red":{},"green":{}}}',
        },
        { type: '@xstate.snapshot', sessionId: `${after}/x:1` },
        { type: '@xstate.actor', sessionId: `${after}/x:0`, name: 'name of x:0' },
        { type: '@xstate.snapshot', sessionId: `${after}/x:0` },
      ]);
    }
  });

  it('has no chart of an actor that lives on elsewhere, has ended, or knows no such state', () => {
    const { stream, told } = recorded();
    const say = (message: object, source: string): void => stream.foreign(JSON.stringify(message), source);
    say(actor('x:1', ['green']), 'app1');
    say(actor('x:2', ['green']), 'app2');
    say({ ...isIn('x:2', 'green'), snapshot: { status: 'done', value: 'green' } }, 'app2');
    say(actor('x:3', ['red']), 'app2');
    stream.endForeign('app2');
    told.length = 0;
    for (const id of ['x:1', 'x:2', 'x:3']) say(isIn(id, 'green'), 'app3');
    expect(told.filter(({ type }) => type === '@xstate.actor')).toMatchObject(
      ['x:1', 'x:2', 'x:3'].map((id) => ({ name: id, definition: JSON.stringify({ id }) })),
    );
  });
});

describe('announcements of actors', () => {
  const announced = (id: string, definition = '{}') =>
    ({
      type: '@xstate.actor',
      sessionId: `app1/${id}`,
      rootId: 'app1/x:0',
      createdAt: '1',
      id: null,
      _version: '0.7.2',
      name: 'n',
      definition,
      snapshot: null,
    }) as const;
  const found = (kept: ReturnType<typeof createAnnouncements>, ids: readonly string[]): boolean[] =>
    ids.map((id) => kept.take(id, null) !== undefined);

  it('are kept within a number and within bytes; the oldest go first', () => {
    const few = createAnnouncements({ actors: 2 });
    for (const id of ['a', 'b', 'c']) few.keep(announced(id), 'app1');
    few.end('app1');
    expect(found(few, ['a', 'b', 'c'])).toEqual([false, true, true]);

    const small = createAnnouncements({ limitBytes: 2_000 });
    for (const id of ['a', 'b', 'c']) small.keep(announced(id, ' '.repeat(400)), 'app1');
    small.forget('app1/c');
    small.keep(announced('d', ' '.repeat(400)), 'app1');
    small.keep(announced('d', ' '.repeat(400)), 'app1');
    small.keep(announced('e', ' '.repeat(1_000)), 'app1');
    for (const id of ['f', 'g']) small.keep(announced(id, ' '.repeat(400)), 'app1');
    small.end('app1');
    expect(found(small, ['a', 'b', 'c', 'd', 'e'])).toEqual([false, false, false, false, false]);
    expect(found(small, ['f', 'g'])).toEqual([true, true]);
  });

  it('are given once', () => {
    const kept = createAnnouncements();
    kept.keep(announced('a'), 'app1');
    expect(found(kept, ['a'])).toEqual([false]);
    kept.end('app1');
    expect(found(kept, ['a', 'a'])).toEqual([true, false]);
  });
});
