import { describe, expect, it } from 'vitest';
import { recorded, wallTime } from '../testing/recorded.js';
import { createAnnouncements } from './announcements.js';
import { readForeign } from './foreign.js';
import { createForeignApps } from './foreign-apps.js';

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

  it('of very many actors, each of which speaks now and then, is announced once and has its names again', () => {
    const { stream, told } = recorded();
    const say = (message: object, source: string): void => stream.foreign(JSON.stringify(message), source);
    const ids = Array.from({ length: 4_200 }, (_, n) => `x:${n}`);
    for (const id of ids) say(actor(id, ['on']), 'app1');
    told.length = 0;
    for (const id of [...ids, ...ids]) say(isIn(id, 'on'), 'app1');
    expect(new Set(told.map(({ type }) => type))).toEqual(new Set(['@xstate.snapshot']));
    told.length = 0;
    stream.endForeign('app1');
    expect(told).toHaveLength(ids.length);
    told.length = 0;
    for (const id of ids) say(isIn(id, 'on'), 'app2');
    const announced = told.flatMap((message) => (message.type === '@xstate.actor' ? [message.name] : []));
    expect(announced).toEqual(ids.map((id) => `name of ${id}`));
  });

  it('of more actors than are remembered is not announced anew with less than it has said', () => {
    const apps = createForeignApps(wallTime, {}, 1_000);
    const take = (message: object): readonly string[] => {
      const read = readForeign(JSON.stringify(message), 'app1', wallTime);
      return read === undefined ? [] : apps.take(read, 'app1').map(({ type }) => type);
    };
    const ids = Array.from({ length: 100 }, (_, n) => `x:${n}`);
    for (const id of ids) take(actor(id, ['on']));
    // Nobody will say again how they are called: a page may know it still.
    for (const id of ids) expect(take(isIn(id, 'on'))).toEqual(['@xstate.snapshot']);
    expect(take(isIn('x:new', 'on'))).toEqual(['@xstate.snapshot']);
    const ended = apps.end('app1');
    // Those that have spoken last.
    expect(ended.at(-1)).toMatchObject({ sessionId: 'app1/x:new' });
    expect(ended.length).toBeGreaterThan(20);
  });

  it('that announces an actor which has ended does not have it stopped later', () => {
    const { stream, told } = recorded();
    stream.foreign(JSON.stringify(actor('x:1', ['on'], { snapshot: { status: 'done' } })), 'app1');
    told.length = 0;
    stream.endForeign('app1');
    expect(told).toEqual([]);
  });

  it('shows what its states are called, and of values that are none no credentials', () => {
    const { stream, told } = recorded();
    const say = (message: object): void => stream.foreign(JSON.stringify(message), 'app1');
    const value = { password: 's3cr3t', user: 'me' };
    const snapshot = { status: 'active', value };
    say({ type: '@xstate.actor', sessionId: 'x:1', name: 'a', definition: '{"id":"a"}', snapshot });
    say({ type: '@xstate.snapshot', sessionId: 'x:1', snapshot });
    say({ type: '@xstate.snapshot', sessionId: 'x:2', snapshot });
    expect(JSON.stringify(told)).not.toContain('s3cr3t');
    expect(told.at(-1)).toMatchObject({ snapshot: { value: { password: '***', user: 'me' } } });
    const definition = JSON.stringify({ states: { password: { states: { s3cr3t: {} } } } });
    say({ type: '@xstate.actor', sessionId: 'x:3', name: 'b', definition });
    const asked = { status: 'active', value: { password: 's3cr3t' } };
    say({ type: '@xstate.snapshot', sessionId: 'x:3', snapshot: asked });
    expect(told.at(-1)).toMatchObject({ snapshot: asked });
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

  it('of actors that are used are kept longest', () => {
    const few = createAnnouncements({ actors: 2 });
    for (const id of ['a', 'b']) few.keep(announced(id), 'app1');
    expect(few.of('app1/a')).toMatchObject({ id: 'a', source: 'app1' });
    few.keep(announced('c'), 'app1');
    few.end('app1');
    expect(found(few, ['a', 'b', 'c'])).toEqual([true, false, true]);
  });

  it('are given once', () => {
    const kept = createAnnouncements();
    kept.keep(announced('a'), 'app1');
    expect(found(kept, ['a'])).toEqual([false]);
    kept.end('app1');
    expect(found(kept, ['a', 'a'])).toEqual([true, false]);
  });
});
