import { describe, expect, it } from 'vitest';
import { createActor, fromTransition, SimulatedClock } from 'xstate';
import type { OutputMachine } from '../output/output.machine.js';
import type { CrewMachine } from './crew.machine.js';
import { createPoolMachine, type PoolEmitted } from './pool.machine.js';
import type { WorkerMachine } from './worker.machine.js';

/** An actor that throws at whatever it is sent. */
const fragile = fromTransition(() => {
  throw new Error('a bug in a machine');
}, 0);

function startPool() {
  // The pool only starts, stops and hears them.
  const machine = createPoolMachine({
    output: fragile as unknown as OutputMachine,
    worker: fragile as unknown as WorkerMachine,
    crew: fragile as unknown as CrewMachine,
  });
  const workers = ['w1', 'w2'].map((slot) => ({ slot, bootTimeoutMs: 1_000, maxRestarts: 0 }));
  const pool = createActor(machine, { input: { workers, crew: undefined }, clock: new SimulatedClock() });
  const emitted: PoolEmitted[] = [];
  pool.on('*', (event) => emitted.push(event));
  pool.start();
  const submit = (outputId: string) =>
    pool.send({ type: 'output.submitted', output: { outputId, name: outputId, target: 'nowhere' } });
  const breakChild = (id: string): void => {
    const children: Record<string, { send(event: { type: string }): void } | undefined> =
      pool.getSnapshot().children;
    children[id]?.send({ type: 'anything' });
  };
  return { pool, emitted, submit, breakChild };
}

describe('a pool one of whose actors breaks down', () => {
  it('counts an output as failed and goes on with the others', () => {
    const { pool, emitted, submit, breakChild } = startPool();
    submit('a~1');
    submit('b~2');
    breakChild('a~1');
    expect(emitted).toEqual([{ type: 'settled', outputId: 'a~1', result: 'failed' }]);
    const { status, value, context, children } = pool.getSnapshot();
    expect([status, value, context.failed, context.outputs]).toEqual(['active', 'accepting', 1, 1]);
    expect(Object.keys(children).sort()).toEqual(['b~2', 'w1', 'w2']);
  });

  it('counts a worker as dead, and is broken when it was the last one', () => {
    const { pool, emitted, breakChild } = startPool();
    breakChild('w1');
    expect(emitted).toMatchObject([
      { type: 'placeEnded', slot: 'w1', regular: 1, error: { code: 'WORKER_LOST' } },
    ]);
    expect(pool.getSnapshot().value).toBe('accepting');
    breakChild('w2');
    expect(pool.getSnapshot()).toMatchObject({ status: 'active', value: 'broken' });
  });

  it('starts what was submitted before it began to drain', () => {
    const { pool, submit } = startPool();
    pool.send({ type: 'pool.drain' });
    submit('late~1');
    expect(pool.getSnapshot().context.outputs).toBe(1);
  });
});
