import { describe, expect, it } from 'vitest';
import type { InspectorMessage, LaneMessage } from './message.js';
import { type TraceSpan, tracksOf } from './trace-spans.js';

const began = 1_700_000_000_000;

/** `at` in milliseconds after the beginning. */
const lane = (at: number, id: string, place: string, name: string, doing: string | null): LaneMessage => ({
  type: '@tailrace.lane',
  at: began + at,
  run: 'x:0',
  id,
  lane: place,
  name,
  doing,
});
const actorAt = (at: number, name: string, status: string): InspectorMessage => {
  const who = { sessionId: 'x:3', rootId: 'x:0', createdAt: String(began + at), id: null, _version: '0.7.2' };
  return status === 'active'
    ? { type: '@xstate.actor', ...who, name, definition: '{}', snapshot: { status } }
    : { type: '@xstate.snapshot', ...who, event: { type: 'e' }, snapshot: { status } };
};

type Said = readonly [name: string, from: number, to: number, ...parts: Said[]];
const saidOf = ({ name, from, to, parts }: TraceSpan): Said => [
  name,
  from / 1_000 - began,
  to / 1_000 - began,
  ...parts.map(saidOf),
];
const read = (messages: readonly InspectorMessage[]) =>
  tracksOf(messages).map(({ name, spans }) => [name, ...spans.map(saidOf)]);

describe('tracks of a trace', () => {
  it('have each attempt as one span around its phases, whatever goes on beside it in its worker', () => {
    const [a, b] = ['routes~1/0#1', 'daily~2/0#1'];
    expect(
      read([
        lane(0, 'x:1', 'w1', 'w1', 'start'),
        lane(2, 'x:1', 'w1', 'w1', 'waiting'),
        lane(4, 'w1/x:5', 'w1', a, 'open'),
        // The worker is told of as busy after its attempt has begun.
        lane(5, 'x:1', 'w1', 'w1', null),
        lane(6, 'w1/x:6', 'w1', b, 'open'),
        lane(7, 'w1/x:5', 'w1', a, 'encode'),
        lane(8, 'w1/x:6', 'w1', b, null),
        lane(9, 'w1/x:5', 'w1', a, 'flush'),
        lane(10, 'w1/x:5', 'w1', a, null),
      ]),
    ).toEqual([
      ['w1', ['start w1', 0, 2], ['waiting w1', 2, 5], [`attempt ${b}`, 6, 8, [`open ${b}`, 6, 8]]],
      ['w1 (2)', [`attempt ${a}`, 4, 10, [`open ${a}`, 4, 7], [`encode ${a}`, 7, 9], [`flush ${a}`, 9, 10]]],
    ]);
  });

  it('have a run around what its main thread did, and an output around what its writes waited for', () => {
    expect(
      read([
        // Without workers the main thread is one, too.
        lane(-1, 'x:2', 'main', 'main', 'waiting'),
        lane(0, 'x:0', 'main', 'run', 'running'),
        actorAt(1, 'routes~1', 'active'),
        lane(2, 'x:9', 'routes~1', 'routes~1/0', 'backoff'),
        lane(3, 'x:8', 'routes~1', 'routes~1/1', 'backoff'),
        lane(4, 'x:9', 'routes~1', 'routes~1/0', null),
        lane(5, 'x:8', 'routes~1', 'routes~1/1', null),
        lane(6, 'x:0', 'main', 'run', 'waiting'),
        lane(7, 'x:3', 'routes~1', 'routes~1', 'commit'),
        lane(8.5, 'x:3', 'routes~1', 'routes~1', null),
        actorAt(8, '', 'done'),
        lane(9, 'x:0', 'main', 'run', null),
        lane(9, 'x:2', 'main', 'main', null),
      ]),
    ).toEqual([
      ['main', ['run', 0, 9, ['running run', 0, 6], ['waiting run', 6, 9]]],
      ['main (2)', ['waiting main', -1, 9]],
      [
        'routes~1',
        // Until the commit, though its last snapshot is told in whole milliseconds.
        ['output routes~1', 1, 8.5, ['backoff routes~1/0', 2, 4], ['commit routes~1', 7, 8.5]],
      ],
      ['routes~1 (2)', ['backoff routes~1/1', 3, 5]],
    ]);
  });

  it('end with the last message where nothing says how they end, and take sums for what they are', () => {
    expect(
      read([
        lane(0, 'x:0 w2 sum 0', 'w2', 'sum of 9 changes', 'open'),
        lane(1, 'x:0 w2 sum 0', 'w2', 'sum of 9 changes', 'encode'),
        lane(2, 'x:0 w2 sum 0', 'w2', 'sum of 9 changes', null),
        lane(2, 'w10/x:5', 'w10', 'a~1/0#2', 'encode'),
        actorAt(7, 'b~1', 'active'),
      ]),
    ).toEqual([
      ['w2', ['open sum of 9 changes', 0, 1], ['encode sum of 9 changes', 1, 2]],
      ['w10', ['attempt a~1/0#2', 2, 7, ['encode a~1/0#2', 2, 7]]],
    ]);
  });
});
