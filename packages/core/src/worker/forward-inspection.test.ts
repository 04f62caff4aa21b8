import { describe, expect, it } from 'vitest';
import { assign, createActor, fromPromise, fromTransition, setup } from 'xstate';
import type { RemoteInspection } from '../inspect/remote-inspection.js';
import type { FromWorker } from '../wire/messages.js';
import { forwardSink } from './forward-inspection.js';

/** What is posted, as it comes out on the other side. */
function rig() {
  const told: RemoteInspection[] = [];
  const post = (message: FromWorker): void => {
    if (message.type === 'worker.inspection') told.push(structuredClone(message.event));
  };
  return { told, inspect: forwardSink('w1.2', 'out~1/0#1', post) };
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

describe('the actors of a sink', () => {
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
    expect(told.find(({ kind }) => kind === '@xstate.actor')?.chart).toMatchObject({ id: 'upload' });
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it('that are no machines are told too, with no value that could not cross', () => {
    const { told, inspect } = rig();
    const logic = { ...fromTransition((state: object) => state, {}), getInitialSnapshot: () => odd };
    const odd = {
      status: 'active',
      output: undefined,
      error: undefined,
      context: {},
      value: { f: () => {} },
    } as const;
    createActor(logic, { id: 'odd', inspect }).start();
    expect(told.at(-1)).toMatchObject({ actorId: 'odd', snapshot: { status: 'active', value: undefined } });
    expect(told.at(0)?.chart).toBeUndefined();
  });
});
