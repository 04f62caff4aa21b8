import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { ProgressMessage } from '../stream/message.js';
import { lanesOf, laneTimesOf } from './gantt.js';
import type { ActorView, Span } from './model.js';
import { ratesOf } from './rates.js';
import { treeOf } from './tree.js';

const actor = (id: string, parentId?: string, status = 'active'): ActorView => ({
  id,
  name: id,
  rootId: 'run',
  parentId,
  definition: '{}',
  isMachine: id !== 'thread',
  status,
  value: undefined,
  snapshot: null,
  bornAt: 0,
  changedAt: 0,
  events: 0,
});
const mapOf = (...actors: readonly ActorView[]): ReadonlyMap<string, ActorView> =>
  new Map(actors.map((each) => [each.id, each]));

describe('the actor tree', () => {
  it('shows every actor once below its parent, whatever the parents are', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 5, maxLength: 5 }), (parents) => {
        // Parents come before their children, as actors are announced.
        const actors = mapOf(
          ...ids.map((id, index) => actor(id, index === 0 ? undefined : ids[(parents[index] ?? 0) % index])),
        );
        const rows = treeOf(actors);
        expect(rows.map((row) => row.actor.id).sort()).toEqual(ids);
        for (const [index, { actor: shown, depth }] of rows.entries()) {
          if (depth === 0) continue;
          const parent = rows.slice(0, index).findLast((row) => row.depth === depth - 1);
          expect(parent?.actor.id).toBe(shown.parentId);
        }
      }),
    );
  });

  it('filters by name and by life, and keeps what is around a row that fits', () => {
    const actors = mapOf(
      actor('run'),
      actor('pool', 'run'),
      actor('w1', 'pool', 'done'),
      actor('routes', 'pool'),
    );
    const shown = (options: Parameters<typeof treeOf>[1]): string[] =>
      treeOf(actors, options).map((row) => row.actor.id);
    expect(shown({ filter: 'W1' })).toEqual(['run', 'pool', 'w1']);
    expect(shown({ alive: true })).toEqual(['run', 'pool', 'routes']);
    expect(shown({ filter: 'nobody' })).toEqual([]);
    const withHelper = treeOf(mapOf(actor('run'), actor('thread', 'run')), { machines: true });
    expect(withHelper.map((row) => row.actor.id)).toEqual(['run']);
  });
});

describe('the filter of the actor tree', () => {
  const inState = (value: string): ActorView => ({
    ...actor('w1'),
    value,
    snapshot: { status: 'active', value },
  });

  it('finds a state as it is now', () => {
    for (const value of ['Encoding', 'done']) {
      const actors = mapOf(actor('run'), inState(value));
      expect(treeOf(actors, { filter: ` active "${value}" ` })).toHaveLength(1);
      expect(treeOf(actors, { filter: value === 'done' ? 'encoding' : 'done' })).toHaveLength(0);
    }
  });

  it('makes the text of a state once, and not with every key', () => {
    const made = vi.spyOn(JSON, 'stringify');
    const first = inState('encoding');
    for (const filter of ['e', 'en', 'enc']) treeOf(mapOf(actor('run'), first), { filter });
    // An event has come: its state is what it was.
    treeOf(mapOf(actor('run'), { ...first, events: 1 }), { filter: 'enco' });
    const texts = made.mock.calls.filter(([value]) => value === 'encoding');
    made.mockRestore();
    expect(texts).toHaveLength(1);
  });
});

describe('the Gantt chart', () => {
  it('keeps every span, and lets none overlap in a track of a lane with few at once', () => {
    const span = fc.record({
      lane: fc.constantFrom('w1', 'w2'),
      from: fc.nat(100),
      length: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(span, { maxLength: 6 }), (drawn) => {
        const spans = drawn.map(
          ({ lane, from, length }, index): Span => ({
            id: `${index}`,
            name: 'n',
            lane,
            doing: 'encode',
            from,
            to: from + length,
          }),
        );
        const lanes = lanesOf({ spans, openSpans: new Map() });
        expect(lanes.flatMap(({ tracks }) => tracks.flat()).length).toBe(spans.length);
        for (const track of lanes.flatMap(({ tracks }) => tracks)) {
          for (const [index, { from }] of track.entries()) {
            expect(track[index - 1]?.to ?? 0).toBeLessThanOrEqual(from);
          }
        }
      }),
    );
  });

  it('counts what goes on at once beyond the tracks of a lane, and adds it up with the others', () => {
    const spans = Array.from(
      { length: 40 },
      (_, n): Span => ({ id: `${n}`, name: 'n', lane: 'w1', doing: 'encode', from: n, to: n + 16 }),
    );
    const lanes = lanesOf({ spans, openSpans: new Map() });
    expect(lanes.map(({ tracks, mostBeyond }) => [tracks.length, mostBeyond])).toEqual([[6, 10]]);
    expect(laneTimesOf(lanes, 100)).toEqual([{ lane: 'w1', doing: 'encode', spans: 40, ms: 640 }]);
  });

  it('has the phases of an attempt in one track, whatever begins when one of them does', () => {
    const span = (id: string, from: number, to: number, doing = 'encode'): Span => ({
      id,
      name: id,
      lane: 'w1',
      doing,
      from,
      to,
    });
    const spans = [
      span('a', 0, 5),
      span('b', 1, 5, 'open'),
      span('b', 5, 8, 'encode'),
      span('c', 6, 7),
      span('b', 8, 9, 'flush'),
    ];
    const [lane] = lanesOf({ spans, openSpans: new Map() });
    expect(lane?.tracks.map((track) => track.map(({ id }) => id).join(''))).toEqual(['ac', 'bbb']);
  });

  it('has what a run does in the first track, though what it consists of is told to have begun before', () => {
    const span = (id: string, from: number, to: number, doing: string): Span => ({
      id,
      run: 'r',
      name: id,
      lane: 'main',
      doing,
      from,
      to,
    });
    const spans = [span('r s', 0, 2, 'read'), span('r', 1, 5, 'running'), span('r', 5, 9, 'waiting')];
    const [lane] = lanesOf({ spans, openSpans: new Map() });
    expect(lane?.tracks.map((track) => track.map(({ doing }) => doing))).toEqual([
      ['running', 'waiting'],
      ['read'],
    ]);
  });

  it('adds up whole microseconds, of however many spans', () => {
    const start = 1_700_000_000_000;
    const spans = Array.from({ length: 10_000 }, (_, index): Span => {
      const from = start + index + 0.001;
      return { id: `${index}`, name: 'n', lane: 'w1', doing: 'encode', from, to: from + 0.1 };
    });
    const last: Span = { id: 'last', name: 'n', lane: 'w1', doing: 'flush', from: start, to: undefined };
    const lanes = lanesOf({ spans, openSpans: new Map([['last', last]]) });
    expect(laneTimesOf(lanes, start + 20_000.002)).toEqual([
      { lane: 'w1', doing: 'flush', spans: 1, ms: 20_000.002 },
      { lane: 'w1', doing: 'encode', spans: 10_000, ms: 1_000 },
    ]);
  });

  it('shows the main thread first, then workers in the order of their numbers, then outputs', () => {
    const lanes = ['routes~1', 'w10', 'main', 'w2'].map(
      (lane): Span => ({ id: lane, name: lane, lane, doing: 'x', from: 0, to: 1 }),
    );
    expect(lanesOf({ spans: lanes, openSpans: new Map() }).map(({ name }) => name)).toEqual([
      'main',
      'w2',
      'w10',
      'routes~1',
    ]);
  });
});

describe('the lanes of outputs', () => {
  const span = (lane: string, at: number, doing: string): Span => ({
    id: `${lane} ${at}`,
    name: lane,
    lane,
    doing,
    from: at,
    to: at + 1,
  });
  const commits = (outputs: number): readonly Span[] =>
    Array.from({ length: outputs }, (_, n) => span(`o~${n}`, 2 * n, 'commit'));
  const trouble = [span('bad~99', 3, 'backoff'), span('bad~99', 5, 'commit')];

  it('are one where many only commit; those to which more happens have one each', () => {
    const lanes = lanesOf({
      spans: [...commits(13), span('w1', 0, 'encode'), ...trouble],
      openSpans: new Map(),
    });
    expect(lanes.map(({ name, label }) => [name, label])).toEqual([
      ['w1', 'worker w1'],
      ['bad~99', 'output bad'],
      ['outputs', '13 outputs'],
    ]);
    expect(lanes.at(-1)?.tracks.flat().length).toBe(13);
    expect(laneTimesOf(lanes, 100).at(-1)).toEqual({ lane: 'outputs', doing: 'commit', spans: 13, ms: 13 });
  });

  it('are one each where they are few', () => {
    const lanes = lanesOf({ spans: [...commits(12), ...trouble], openSpans: new Map() });
    expect(lanes).toHaveLength(13);
  });
});

describe('rates', () => {
  const look = (at: number, rows: number): ProgressMessage => ({
    type: '@tailrace.progress',
    at,
    elapsedMs: at,
    state: 'running',
    bytesHeld: 0,
    bytesLimit: 1,
    bytesHighWater: 1,
    bytesLowWater: 1,
    memoryBytes: 0,
    stages: [{ name: 's', state: 'running', rows }],
    outputs: [],
  });

  it('are rows per second over the last two seconds', () => {
    expect(ratesOf([]).size).toBe(0);
    expect(ratesOf([look(0, 0)]).get('stage:s')).toBe(0);
    expect(
      ratesOf([look(0, 900), look(9_000, 1_000), look(10_000, 2_000), look(11_000, 5_000)]).get('stage:s'),
    ).toBe(2_000);
  });

  it('are those since the look before where the process was too busy to look within two seconds', () => {
    expect(ratesOf([look(0, 0), look(1_000, 1_000), look(6_000, 21_000)]).get('stage:s')).toBe(4_000);
  });
});
