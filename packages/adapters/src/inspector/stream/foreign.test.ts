import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recorded, wallTime } from '../testing/recorded.js';
import { readForeign } from './foreign.js';

describe('a foreign message', () => {
  it('is none unless it is one of the three, whatever text comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"type":"@xstate.event","sessionId":${json}}`),
        ),
        (text) => {
          const read = readForeign(text, 'app1', wallTime);
          if (read !== undefined) expect(read.sessionId.startsWith('app1/')).toBe(true);
        },
      ),
    );
    expect(readForeign('{"type":"@tailrace.report","sessionId":"x"}', 'app1', wallTime)).toBeUndefined();
  });

  it('keeps to ids of its own connection, and says when it came if its sender does not', () => {
    const message = {
      type: '@xstate.actor',
      sessionId: 'x:1',
      parentId: 'x:0',
      name: '<b>',
      definition: '{}',
    };
    expect(readForeign(JSON.stringify(message), 'app2', wallTime)).toMatchObject({
      sessionId: 'app2/x:1',
      parentId: 'app2/x:0',
      rootId: 'app2/x:1',
      name: '<b>',
      createdAt: '1700000000000',
    });
  });

  it('shows no credentials: neither in what an actor is in nor in its chart', () => {
    const { stream, told } = recorded();
    const definition = JSON.stringify({
      id: 'login',
      context: { apiKey: 's3cr3t', tries: 3, nested: { passwords: ['s3cr3t'] } },
      initial: 'asking',
      states: {
        asking: {
          entry: { type: 'connect', params: { url: 'postgres://me:s3cr3t@host/db', token: 's3cr3t' } },
          on: { 'new password': 'token', token: { target: 'token' } },
          after: { secret: 'token' },
        },
        token: {
          states: { asked: {} },
          meta: { on: { password: 's3cr3t' } },
          invoke: { src: 'ask', input: { password: 53_123 } },
        },
      },
    });
    const actor = { sessionId: 'x:1', name: 'login postgres://me:s3cr3t@host' };
    const snapshot = { status: 'active', value: { token: 'asked' }, context: { value: { token: 's3cr3t' } } };
    for (const message of [
      { type: '@xstate.actor', ...actor, definition, snapshot },
      { type: '@xstate.event', ...actor, event: { type: 'log in', password: 's3cr3t' } },
      { type: '@xstate.snapshot', ...actor, event: { type: 'log in', password: 's3cr3t' }, snapshot },
    ])
      stream.foreign(JSON.stringify(message), 'app1');
    expect(JSON.stringify(told)).not.toMatch(/s3cr3t|53_?123/);
    const [announced] = told;
    const shown: unknown = JSON.parse(announced?.type === '@xstate.actor' ? announced.definition : '');
    expect(shown).toMatchObject({
      id: 'login',
      context: { apiKey: '***', tries: 3, nested: { passwords: '***' } },
      states: {
        // Events, delays and states may be called as they like.
        asking: {
          entry: { type: 'connect', params: { url: 'postgres://***@host/db', token: '***' } },
          on: { 'new password': 'token', token: { target: 'token' } },
          after: { secret: 'token' },
        },
        token: { invoke: { input: { password: '***' } } },
      },
    });
    expect(told[2]).toMatchObject({ snapshot: { value: { token: 'asked' } } });
  });

  it('with a chart that is no JSON, or too long to be read, is that of an actor without one', () => {
    for (const definition of ['{', '3', 'null', `{"id":"${'x'.repeat(500_000)}"}`, 7]) {
      const message = { type: '@xstate.actor', sessionId: 'x:1', name: 'theirs', definition };
      expect(readForeign(JSON.stringify(message), 'app1', wallTime)).toMatchObject({
        definition: '{"id":"theirs"}',
      });
    }
  });
});
