import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { assign, createActor, fromPromise, fromTransition, setup } from 'xstate';
import type { RemoteInspection } from '../inspect/remote-inspection.js';
import type { FromWorker } from '../wire/messages.js';
import { createForwarder } from './forward-inspection.js';

/** What is posted, as it comes out on the other side. */
function rig() {
  const told: RemoteInspection[] = [];
  const post = (message: FromWorker): void => {
    if (message.type === 'worker.inspection') told.push(structuredClone(message.event));
  };
  return { told, inspect: createForwarder('w1.2', post).sink('out~1/0#1') };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const upload = setup({
  types: {
    context: {} as { readonly send: () => void },
    events: {} as { readonly type: 'cut'; readonly token: string },
  },
  actors: { look: fromPromise(async () => {}) },
}).createMachine({
  id: 'upload',
  context: { send: () => {} },
  initial: 'sending',
  states: {
    sending: { on: { cut: { target: 'looking', actions: assign({}) } } },
    looking: {
      initial: 'here',
      states: { here: { invoke: { id: 'look', src: 'look', onDone: '#upload.sent' } } },
    },
    sent: { type: 'final' },
  },
});

/** Logic that is no machine's, whose snapshots call something their value. */
function withValue(value: unknown) {
  const odd = { status: 'active', output: undefined, error: undefined, context: {}, value } as const;
  return { ...fromTransition((state: object) => state, {}), getInitialSnapshot: () => odd };
}

describe('the actors of a sink', () => {
  let warn: MockInstance<typeof process.emitWarning>;
  beforeEach(() => {
    warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  });
  afterEach(() => {
    warn.mockRestore();
  });

  it('are told with their states, each beneath its parent, the first beneath the attempt', async () => {
    const { told, inspect } = rig();
    const actor = createActor(upload, { id: 'up', inspect }).start();
    actor.send({ type: 'cut', token: 'secret' });
    await turn();
    const root = `w1.2/out~1/0#1/${actor.sessionId}`;
    const shots = told.filter(({ actorId, kind }) => actorId === 'up' && kind === '@xstate.snapshot');
    expect(shots.map(({ snapshot }) => [snapshot?.status, snapshot?.value])).toEqual([
      ['active', 'sending'],
      ['active', { looking: 'here' }],
      ['done', 'sent'],
    ]);
    expect(new Set(told.map(({ actorId, parentSessionId }) => `${actorId} ${parentSessionId}`))).toEqual(
      new Set(['up undefined', `look ${root}`]),
    );
    const chart = told.find(({ kind }) => kind === '@xstate.actor')?.chart;
    expect(JSON.parse(chart?.text ?? '')).toMatchObject({ id: 'upload' });
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it('that are no machines are told too, without what they call their value', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const value of [{ f: () => {} }, { password: 'secret' }, 'secret', circle]) {
      const { told, inspect } = rig();
      createActor(withValue(value), { id: 'odd', inspect }).start();
      expect(told.at(-1)).toMatchObject({ actorId: 'odd', snapshot: { status: 'active', value: undefined } });
      expect(told.at(0)?.chart).toBeUndefined();
    }
    expect(warn).not.toHaveBeenCalled();
  });

  it('are told of as failed when a transition, or a first action, throws', async () => {
    const { told, inspect } = rig();
    const fail = (): never => {
      throw new Error('no');
    };
    const failing = setup({ actions: { fail: assign(fail) } }).createMachine({
      id: 'failing',
      initial: 'on',
      states: { on: { on: { go: { actions: 'fail' } } } },
    });
    const actor = createActor(failing, { id: 'late', inspect });
    const early = createActor(setup({ actions: { fail } }).createMachine({ entry: 'fail' }), {
      id: 'early',
      inspect,
    });
    actor.subscribe({ error: () => {} });
    early.subscribe({ error: () => {} });
    actor.start().send({ type: 'go' });
    early.start();
    await turn();
    const lastOf = (id: string) => told.filter(({ actorId }) => actorId === id).at(-1);
    expect(lastOf('late')).toMatchObject({
      kind: '@xstate.snapshot',
      snapshot: { status: 'error', value: 'on' },
    });
    expect(lastOf('early')).toMatchObject({ kind: '@xstate.snapshot', snapshot: { status: 'error' } });
  });

  it('of another make are passed over with one warning, and what is told of others goes on', () => {
    const { told, inspect } = rig();
    const odd = { sessionId: 'x:7', id: 'odd', _parent: undefined, getSnapshot: () => undefined };
    inspect({ type: '@xstate.actor', actorRef: odd });
    expect(told).toEqual([expect.objectContaining({ actorId: 'odd', chart: undefined })]);
    // What no XState tells, an actor library of a sink's own may.
    for (const event of [undefined, {}, { type: '@xstate.snapshot', actorRef: odd }])
      expect(() => inspect(event as unknown as Parameters<typeof inspect>[0])).not.toThrow();
    createActor(upload, { id: 'up', inspect }).start();
    expect(told.at(-1)).toMatchObject({ actorId: 'up', snapshot: { value: 'sending' } });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/cannot be shown: .*goes on without it/);
  });

  it('cross with their chart once in a thread, though each attempt makes its machine anew', () => {
    const told: RemoteInspection[] = [];
    const forwarder = createForwarder('w1.2', (message) => {
      if (message.type === 'worker.inspection') told.push(structuredClone(message.event));
    });
    const make = () => setup({}).createMachine({ id: 'made', initial: 'on', states: { on: {} } });
    const again = make();
    const machines = [make(), again, again];
    for (const [attempt, machine] of machines.entries())
      createActor(machine, { inspect: forwarder.sink(`out~1/0#${attempt}`) }).start();
    const charts = told.flatMap(({ kind, chart }) => (kind === '@xstate.actor' ? [chart] : []));
    expect(charts.map((chart) => chart?.text === undefined)).toEqual([false, true, true]);
    expect(new Set(charts.map((chart) => chart?.key)).size).toBe(1);
  });
});
