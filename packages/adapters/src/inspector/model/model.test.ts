import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InspectorMessage } from '../stream/message.js';
import { emptyModel, most, reduce } from './model.js';
import { createTape } from './tape.js';

const ids = fc.constantFrom('a', 'b', 'c');
const base = { rootId: 'r', id: null, _version: '0.7.2' } as const;
/** Messages in the order of their times. */
const stream: fc.Arbitrary<readonly InspectorMessage[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('actor', 'event', 'snapshot', 'lane', 'problem'),
      id: ids,
      status: fc.constantFrom('active', 'done', 'error', 'stopped'),
      doing: fc.constantFrom('encode', 'flush', null),
      wait: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 120 },
  )
  .map((steps) => {
    let at = 1_000;
    return steps.map(({ kind, id, status, doing, wait }): InspectorMessage => {
      at += wait;
      const xstate = { ...base, sessionId: id, createdAt: String(at) };
      switch (kind) {
        case 'actor':
          return {
            type: '@xstate.actor',
            ...xstate,
            name: id,
            definition: '{}',
            snapshot: { status: 'active' },
          };
        case 'event':
          return { type: '@xstate.event', ...xstate, event: { type: 'go' } };
        case 'snapshot':
          return {
            type: '@xstate.snapshot',
            ...xstate,
            event: { type: 'go' },
            snapshot: { status, value: 's' },
          };
        case 'lane':
          return { type: '@tailrace.lane', at, id, lane: 'w1', name: id, doing };
        default:
          return { type: '@tailrace.problem', at, id, name: id, state: 'failed', code: 'X', text: 'x' };
      }
    });
  });

describe('the model of the page', () => {
  it('keeps what none of the messages is about, so that nobody draws it again', () => {
    const [at, name] = [1_000, 'a'];
    const lane: InspectorMessage = { type: '@tailrace.lane', at, id: 'a', lane: 'w1', name, doing: 'encode' };
    const before = reduce(emptyModel, [lane]);
    const after = reduce(before, [{ type: '@tailrace.summary', at: 1_001, writes: 1, actors: 2 }]);
    for (const part of ['actors', 'log', 'spans', 'openSpans', 'problems', 'progress'] as const)
      expect(after[part]).toBe(before[part]);
    expect(reduce(before, [{ ...lane, doing: null }]).actors).toBe(before.actors);
    expect(reduce(before, [{ ...lane, doing: null }]).spans).not.toBe(before.spans);
  });

  it('is the same however the messages are cut into batches, and leaves earlier models alone', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(120), { maxLength: 4 }), (messages, cuts) => {
        const whole = reduce(emptyModel, messages);
        const bounds = [0, ...cuts.toSorted((a, b) => a - b), messages.length];
        let model = emptyModel;
        for (const [index, from] of bounds.entries()) {
          const before = model;
          const kept = structuredClone(before);
          model = reduce(model, messages.slice(from, bounds[index + 1] ?? messages.length));
          expect(before).toEqual(kept);
          if (index === bounds.length - 2) break;
        }
        expect(model).toEqual(whole);
      }),
    );
  });

  it('shows of each actor its last snapshot, and of each lane spans that follow each other', () => {
    fc.assert(
      fc.property(stream, (messages) => {
        const model = reduce(emptyModel, messages);
        for (const { id, status } of model.actors.values()) {
          const last = messages.findLast(
            (message) =>
              (message.type === '@xstate.actor' || message.type === '@xstate.snapshot') &&
              message.sessionId === id,
          );
          expect(last).toMatchObject({ snapshot: { status } });
        }
        for (const id of ['a', 'b', 'c']) {
          const own = [
            ...model.spans.filter((span) => span.id === id),
            ...(model.openSpans.has(id) ? [model.openSpans.get(id)] : []),
          ];
          for (const [index, span] of own.entries()) {
            const next = own[index + 1];
            if (next !== undefined) expect(span?.to).toBeLessThanOrEqual(next.from);
          }
        }
        const moves = messages.filter(
          (message) => message.type === '@tailrace.lane' && message.doing !== null,
        );
        expect(model.spans.length + model.openSpans.size).toBe(moves.length);
      }),
    );
  });

  it('is bounded, and gives up ended actors before living ones', () => {
    const messages: InspectorMessage[] = [];
    for (let n = 0; n < most.actors + 50; n += 1) {
      const xstate = { ...base, sessionId: `a${n}`, createdAt: '1' };
      messages.push({
        type: '@xstate.actor',
        ...xstate,
        name: 'a',
        definition: '{}',
        snapshot: { status: n === 0 ? 'active' : 'done' },
      });
      messages.push({ type: '@xstate.event', ...xstate, event: { type: 'go' } });
    }
    const model = reduce(emptyModel, messages);
    expect(model.actors.size).toBe(most.actors);
    expect(model.actors.has('a0')).toBe(true);
    expect(model.actors.has('a1')).toBe(false);
    expect(model.log.length).toBe(most.log);
  });

  it('gives up helpers and writes before the outputs that they belong to', () => {
    const told = (name: string, isMachine: boolean, status: string): InspectorMessage => ({
      type: '@xstate.actor',
      ...base,
      sessionId: name,
      createdAt: '1',
      name,
      definition: isMachine ? '{"states":{}}' : '{}',
      snapshot: { status },
    });
    const outputs = Array.from({ length: 1_600 }, (_, n) => [
      told(`output-${n}~${n}`, true, 'done'),
      told(`output-${n}~${n}/0`, true, 'done'),
      told(`helper ${n}`, false, n % 2 === 0 ? 'active' : 'done'),
    ]).flat();
    const { actors } = reduce(emptyModel, [told('run', true, 'active'), ...outputs]);
    const count = (of: RegExp): number => [...actors.keys()].filter((id) => of.test(id)).length;
    expect([count(/~\d+$/), count(/helper/), count(/run/)]).toEqual([1_600, 800, 1]);
    expect(actors.size).toBe(most.actors);
    // Of those that say as much, the oldest.
    expect([count(/\/0$/), actors.has('output-1000~1000/0'), actors.has('output-1001~1001/0')]).toEqual([
      599,
      false,
      true,
    ]);
  });

  it('takes what is told of a stranger for an event without an actor', () => {
    const xstate = { ...base, sessionId: 'x', createdAt: '5' };
    const model = reduce(emptyModel, [
      { type: '@xstate.snapshot', ...xstate, event: null, snapshot: null },
      { type: '@xstate.event', ...xstate, event: 7 },
    ]);
    expect(model.actors.size).toBe(0);
    expect(model.log).toMatchObject([{ id: 'x', event: '?' }]);
  });
});

describe('a tape', () => {
  it('gives for every moment the model of what had come by then', () => {
    fc.assert(
      fc.property(
        stream,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 990, max: 1_400 }),
        (messages, every, time) => {
          const tape = createTape({ every, checkpoints: 1_000 });
          tape.add(messages);
          expect(tape.now).toEqual(reduce(emptyModel, messages));
          const then = messages.filter(
            (message) => ('at' in message ? message.at : Number(message.createdAt)) <= time,
          );
          expect(tape.at(time)).toEqual(reduce(emptyModel, then));
        },
      ),
    );
  });

  it('can be cleared, and forgets the oldest beyond its limit', () => {
    const tape = createTape({ every: 2, checkpoints: 2 });
    const lane = (at: number): InspectorMessage => ({
      type: '@tailrace.lane',
      at,
      id: 'a',
      lane: 'w1',
      name: 'a',
      doing: 'x',
    });
    tape.add([1, 2, 3, 4, 5, 6].map(lane));
    expect(tape.at(4).messages).toBe(4);
    // The oldest that is kept begins after the second message.
    expect(tape.at(1).messages).toBe(2);
    tape.clear();
    expect(tape.now).toBe(emptyModel);
  });
});
