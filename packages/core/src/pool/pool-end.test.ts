import { describe, expect, it } from 'vitest';
import type { RetryDecision } from '../retry/policy.js';
import type { OutputHandle, Pool, PoolOptions } from './contract.js';
import { createPool } from './pool.js';
import { type FakeWorkers, fakeWorkers, fiveRows, settle, voidSink } from './pool-fixtures.js';

const poolWith = (workers: FakeWorkers, options: PoolOptions = {}): Pool =>
  createPool({ workers: 1, startThread: workers.startThread, ...options });

async function submitMany(pool: Pool, count: number, name = 'out'): Promise<OutputHandle[]> {
  const data = await fiveRows(pool.memory);
  const handles = Array.from({ length: count }, (_, index) =>
    pool.submit(data, voidSink(), { name: `${name}-${index}` }),
  );
  data.release();
  return handles;
}
const statesOf = (handles: readonly OutputHandle[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { state } of handles) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

describe('draining a pool', () => {
  it('writes what waits for its turn too, far beyond what may be alive at once', async () => {
    const pool = poolWith(fakeWorkers());
    const handles = await submitMany(pool, 100);
    expect(pool.stats().queued).toBe(100);
    await pool.drain();
    expect(statesOf(handles)).toEqual({ done: 100 });
    expect(pool.memory.budget.usedBytes).toBe(0);
    expect(pool.stats().state).toBe('closed');
  });

  it('keeps a hundred of the failures, tells of twenty, and counts all', async () => {
    const pool = poolWith(fakeWorkers());
    const handles = await submitMany(pool, 105);
    for (const { done, cancel } of handles) {
      cancel();
      await expect(done).rejects.toThrow();
    }
    const failure: unknown = await pool.drain().catch((error: unknown) => error);
    if (!(failure instanceof AggregateError)) throw failure;
    expect(failure.errors).toHaveLength(100);
    expect(failure.message).toMatch(/^105 of 105 outputs failed: .*out-19 was .* \| and 85 more$/);
    expect(pool.stats().failed).toBe(105);
  });

  it('takes no more once it has begun', async () => {
    const pool = poolWith(fakeWorkers());
    const data = await fiveRows(pool.memory);
    const drained = pool.drain();
    expect(() => pool.submit(data, voidSink())).toThrow(/takes no more outputs/);
    data.release();
    await drained;
  });

  it('is given up by its signal, and the pool works on', async () => {
    const workers = fakeWorkers();
    workers.answer(false);
    const pool = poolWith(workers);
    const handles = await submitMany(pool, 2);
    const enough = new AbortController();
    const drained = pool.drain({ signal: enough.signal });
    await settle();
    enough.abort(new Error('enough'));
    await expect(drained).rejects.toThrow('enough');
    expect(statesOf(handles)).toEqual({ active: 2 });
    workers.answer(true);
    await pool.drain();
    expect(statesOf(handles)).toEqual({ done: 2 });
  });

  it('does not wait at all with a signal that is aborted already', async () => {
    const workers = fakeWorkers();
    workers.answer(false);
    const pool = poolWith(workers);
    await submitMany(pool, 1);
    await expect(pool.drain({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    workers.answer(true);
    await pool.drain();
  });
});

describe('stopping a pool', () => {
  it('finishes what is active, cancels what is queued, and ends the workers', async () => {
    const workers = fakeWorkers();
    workers.answer(false);
    const pool = poolWith(workers);
    const handles = await submitMany(pool, 70);
    await settle();
    const stopped = pool.stop();
    await expect(handles[69]?.done).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(statesOf(handles)).toEqual({ active: 64, cancelled: 6 });
    workers.answer(true);
    await settle(300);
    await stopped;
    expect(statesOf(handles)).toEqual({ done: 64, cancelled: 6 });
    expect(workers.cancelled).toEqual([]);
    expect(pool.stats()).toMatchObject({ state: 'closed', bytesHeld: 0 });
  });
});

describe('aborting a pool', () => {
  it('cancels what is active and what is queued, and ends the workers', async () => {
    const workers = fakeWorkers();
    workers.answer(false);
    const pool = poolWith(workers);
    const handles = await submitMany(pool, 70);
    await settle();
    await pool.abort('No more of this.');
    expect(statesOf(handles)).toEqual({ cancelled: 70 });
    await expect(handles[0]?.done).rejects.toMatchObject({ code: 'CANCELLED', message: 'No more of this.' });
    expect([...workers.cancelled].sort()).toEqual([...workers.started].sort());
    expect(workers.cancelled.length).toBeGreaterThan(0);
    expect(pool.stats()).toMatchObject({ state: 'closed', bytesHeld: 0 });
  });
});

describe('a broken pool', () => {
  const breakDown = async (): Promise<Pool> => {
    const pool = createPool({
      workers: 1,
      maxRestarts: 0,
      startThread: () => {
        throw new Error('no thread to be had');
      },
    });
    await settle();
    expect(pool.stats().state).toBe('broken');
    return pool;
  };

  it('fails what is submitted, at once, and can be drained', async () => {
    const pool = await breakDown();
    const handles = await submitMany(pool, 100);
    expect(statesOf(handles)).toEqual({ failed: 100 });
    await expect(handles[0]?.done).rejects.toMatchObject({
      code: 'POOL_BROKEN',
      message: expect.stringContaining('no thread to be had'),
    });
    expect(pool.memory.budget.usedBytes).toBe(0);
    await expect(pool.drain()).rejects.toThrow(/100 of 100 outputs failed/);
  });

  it('opens nothing, and can be stopped and aborted', async () => {
    const pool = await breakDown();
    expect(() => pool.open(voidSink())).toThrow(/no thread to be had/);
    await pool.stop();
    await pool.abort();
    expect(pool.stats().state).toBe('closed');
  });
});

describe('a listener of the pool', () => {
  it('may submit and open outputs itself', async () => {
    const pool = poolWith(fakeWorkers());
    const data = await fiveRows(pool.memory);
    const schema = data.schema ?? { fields: [] };
    const handles: OutputHandle[] = [];
    pool.actor.on('settled', () => {
      if (handles.length > 1) return;
      handles.push(pool.submit(data, voidSink()));
      const { feed, handle } = pool.open(voidSink());
      feed.schema(schema);
      feed.complete();
      handles.push(handle);
    });
    await pool.submit(data, voidSink()).done;
    await settle();
    data.release();
    await pool.drain();
    expect(statesOf(handles)).toEqual({ done: 2 });
    await expect(handles[0]?.done).resolves.toMatchObject({ rows: 5 });
  });
});

describe('a retry policy that gives no decision', () => {
  it('fails its own output, naming the policy, and no other', async () => {
    const pool = poolWith(fakeWorkers());
    const data = await fiveRows(pool.memory);
    const good = pool.submit(data, voidSink(), { name: 'good' });
    // As a program in JavaScript may.
    const retry = () => undefined as unknown as RetryDecision;
    const bad = pool.submit(data, voidSink(), { name: 'bad', retry });
    data.release();
    await expect(bad.done).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('The retry policy of output bad returned undefined'),
    });
    await good.done;
    await expect(pool.drain()).rejects.toThrow(/1 of 2 outputs failed/);
  });
});
