// What a pool that is kept holds of outputs that have ended.
import { describe, expect, it } from 'vitest';
import { StateMachine } from 'xstate';
import { rememberedTypes } from '../output/child-ends-fixtures.js';
import { none } from '../retry/policies.js';
import { createPool } from './pool.js';
import { fakeWorkers, fiveRows, voidSink } from './pool-fixtures.js';

describe('a pool that is kept', () => {
  it('has no machine that remembers an output or a write by its id, however it ended', async () => {
    const watched = new Map<unknown, readonly string[]>();
    const pool = createPool({
      workers: 1,
      startThread: fakeWorkers().startThread,
      inspect: ({ type, actorRef }) => {
        const logic: unknown = 'logic' in actorRef ? actorRef.logic : undefined;
        if (type !== '@xstate.actor' || !(logic instanceof StateMachine) || watched.has(logic)) return;
        watched.set(logic, rememberedTypes(logic));
      },
    });
    const data = await fiveRows(pool.memory);
    for (let n = 0; n < 5; n += 1) {
      await pool.submit(data, voidSink(), { name: 'good-kept', writeRows: 2 }).done;
      const bad = pool.submit(data, voidSink(), { name: 'bad-kept', retry: none() });
      await expect(bad.done).rejects.toThrow('broke');
      const cancelled = pool.submit(data, voidSink(), { name: 'cancelled-kept' });
      cancelled.cancel();
      await expect(cancelled.done).rejects.toThrow('cancelled');
    }
    data.release();
    await expect(pool.drain()).rejects.toThrow('10 of 15 outputs failed');
    // The pool's, the worker's, the output's and the write's.
    expect(watched.size).toBe(4);
    const remembered = [...watched.values()].flat();
    expect(remembered).toContain('xstate.done.actor.child');
    expect(remembered.filter((type) => type.includes('kept'))).toEqual([]);
  });
});
