import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { guardInspector } from './guard-inspector.js';

const event = {
  type: '@xstate.actor',
  rootId: 'x:0',
  actorRef: { sessionId: 'x:0', send: () => {}, getSnapshot: () => undefined },
} as InspectionEvent;

describe('a guarded inspector', () => {
  let warn: MockInstance<typeof process.emitWarning>;
  beforeEach(() => {
    warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  });
  afterEach(() => {
    warn.mockRestore();
  });

  it('is nothing where there is none', () => {
    expect(guardInspector(undefined)).toBeUndefined();
  });

  it('passes events on, to functions and to observers', () => {
    const seen: string[] = [];
    guardInspector((inspected) => seen.push(`function ${inspected.type}`))?.(event);
    guardInspector({ next: (inspected) => seen.push(`observer ${inspected.type}`) })?.(event);
    guardInspector({})?.(event);
    expect(seen).toEqual(['function @xstate.actor', 'observer @xstate.actor']);
  });

  it('is called no more once it has thrown, and says why in one warning', () => {
    let calls = 0;
    const guarded = guardInspector(() => {
      calls += 1;
      throw new Error('out of order');
    });
    guarded?.(event);
    guarded?.(event);
    expect(calls).toBe(1);
    expect(warn.mock.calls).toEqual([
      [
        'The inspector threw: out of order. It is not called again; what it inspects goes on without it.',
        {
          type: 'TailraceWarning',
          code: 'TAILRACE_INSPECTOR',
          detail: expect.stringContaining('out of order'),
        },
      ],
    ]);
  });

  it('follows attempts as the inspector wants it, all of them without a wish, and none once it has thrown', () => {
    const { actorRef } = event;
    expect(guardInspector(() => {})?.follows(actorRef)).toBe(true);
    expect(guardInspector({ next: () => {}, follows: () => false })?.follows(actorRef)).toBe(false);
    const throwing = guardInspector({
      follows: () => {
        throw new Error('out of order');
      },
    });
    expect(throwing?.follows(actorRef)).toBe(false);
    expect(throwing?.follows(actorRef)).toBe(false);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('takes a rejection as it takes an error, whatever was thrown', async () => {
    const guarded = guardInspector(async () => Promise.reject('no connection'));
    guarded?.(event);
    guarded?.(event);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/threw: no connection\./);
  });
});
