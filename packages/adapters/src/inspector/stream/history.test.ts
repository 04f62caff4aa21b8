import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistory } from './history.js';
import type { ActorMessage, InspectorMessage, SnapshotMessage } from './message.js';

const base = { rootId: 'r', createdAt: '1', id: null, _version: '0.7.2' };
const actor = (sessionId: string): ActorMessage => ({
  type: '@xstate.actor',
  ...base,
  sessionId,
  name: sessionId,
  definition: '{}',
  snapshot: { status: 'active' },
});
const snapshot = (sessionId: string, value: string, status = 'active'): SnapshotMessage => ({
  type: '@xstate.snapshot',
  ...base,
  sessionId,
  event: { type: 'e' },
  snapshot: { status, value },
});

/** What a late joiner knows of living actors: id and last state. */
function known(messages: Iterable<{ readonly message: InspectorMessage }>): Map<string, unknown> {
  const states = new Map<string, unknown>();
  for (const { message } of messages) {
    if (message.type !== '@xstate.actor' && message.type !== '@xstate.snapshot') continue;
    // The snapshots of these tests are records.
    const { status, value } = message.snapshot as { status: string; value?: string };
    if (message.type === '@xstate.snapshot' && !states.has(message.sessionId)) continue;
    if (status === 'active') states.set(message.sessionId, value);
    else states.delete(message.sessionId);
  }
  return states;
}

const step = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  what: fc.constantFrom('arrive', 'move', 'end'),
  value: fc.constantFrom('one', 'two', 'three'),
});

describe('the history of a stream', () => {
  it('tells late joiners every living actor with its last state, whatever was forgotten', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.integer({ min: 0, max: 4_000 }),
        (steps, limitBytes) => {
          const cut = createHistory({ limitBytes });
          const whole = createHistory();
          for (const { id, what, value } of steps) {
            const message =
              what === 'arrive' ? actor(id) : snapshot(id, value, what === 'end' ? 'done' : 'active');
            cut.add(message);
            whole.add(message);
          }
          expect(cut.bytes).toBeLessThanOrEqual(limitBytes);
          expect(known(cut.entries())).toEqual(known(whole.entries()));
        },
      ),
    );
  });

  it('remembers no more living actors than it may', () => {
    const history = createHistory({ limitBytes: 0, actors: 3 });
    for (let n = 0; n < 10; n += 1) history.add(actor(`a${n}`));
    expect([...known(history.entries()).keys()]).toEqual(['a7', 'a8', 'a9']);
    expect(history.dropped).toBe(10);
  });

  it('keeps its bytes within the limit over any number of messages', () => {
    const history = createHistory({ limitBytes: 10_000 });
    for (let n = 0; n < 20_000; n += 1) history.add(snapshot('a', `s${n}`));
    const texts = [...history.entries()].map(({ text }) => text);
    expect(history.bytes).toBe(texts.reduce((sum, text) => sum + 2 * text.length, 0));
    expect(history.bytes).toBeGreaterThan(9_000);
    expect(texts.at(-1)).toContain('s19999');
  });
});
