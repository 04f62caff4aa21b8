import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { assign, createActor, type InspectionEvent, setup } from 'xstate';
import { askFirst } from './ask-first.js';
import { guardInspector } from './guard-inspector.js';
import type { Inspector } from './remote-inspection.js';

const child = setup({
  actions: {
    fail: assign(() => {
      throw new Error('the transition threw');
    }),
  },
}).createMachine({ id: 'child', on: { go: { actions: () => {} }, break: { actions: 'fail' } } });
const parent = setup({ actors: { child } }).createMachine({
  id: 'parent',
  initial: 'alone',
  states: {
    alone: { on: { begin: 'together' } },
    together: { invoke: { id: 'child', src: 'child', onError: { actions: [] } } },
  },
});

/** A parent that is inspected by a guarded inspector, which is asked first. */
function inspected(inspector: Inspector) {
  const inspect = guardInspector(inspector);
  const actor = createActor(parent, { id: 'parent', ...(inspect === undefined ? {} : { inspect }) });
  if (inspect !== undefined) askFirst(actor, inspect);
  return actor.start();
}
/** What an inspector was told, by kind and actor. */
function recorder(): { readonly told: string[]; readonly tell: (event: InspectionEvent) => void } {
  const told: string[] = [];
  const tell = (event: InspectionEvent): void => {
    // Actors of this thread have ids.
    const { id } = event.actorRef as unknown as { readonly id: string };
    told.push(`${event.type} ${id}${event.type === '@xstate.snapshot' ? ` ${event.snapshot.status}` : ''}`);
  };
  return { told, tell };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('an inspector that is asked first', () => {
  let warn: MockInstance<typeof process.emitWarning>;
  beforeEach(() => {
    warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  });
  afterEach(() => {
    warn.mockRestore();
  });

  it('is told of what it wants, asked once for each event, and of what came before it could be asked', () => {
    const { told, tell } = recorder();
    const asked: string[] = [];
    const actor = inspected(
      Object.assign(tell, {
        wants: ({ type }: { readonly type: string }) => {
          asked.push(type);
          return type === '@xstate.event';
        },
      }),
    );
    actor.send({ type: 'begin' });
    expect(told).toEqual([
      '@xstate.actor parent',
      '@xstate.event parent',
      '@xstate.event parent',
      '@xstate.event child',
    ]);
    const whole = recorder();
    inspected(whole.tell).send({ type: 'begin' });
    expect(asked).toEqual(whole.told.slice(1).map((line) => line.split(' ')[0]));
    expect(asked).toContain('@xstate.microstep');
  });

  it('is told of ends that XState keeps to itself, though it wants nothing', async () => {
    const { told, tell } = recorder();
    const actor = inspected(Object.assign(tell, { wants: () => false }));
    actor.send({ type: 'begin' });
    actor.getSnapshot().children.child?.send({ type: 'go' });
    await turn();
    expect(told).toEqual(['@xstate.actor parent']);
    actor.getSnapshot().children.child?.send({ type: 'break' });
    await turn();
    expect(told).toEqual(['@xstate.actor parent', '@xstate.snapshot child error']);
  });

  it('is told of nothing any more once its answer has thrown', () => {
    const { told, tell } = recorder();
    let asked = 0;
    const actor = inspected(
      Object.assign(tell, {
        wants: () => {
          asked += 1;
          throw new Error('out of order');
        },
      }),
    );
    actor.send({ type: 'begin' });
    expect(told).toEqual(['@xstate.actor parent']);
    expect(asked).toBe(1);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
