// Which threads a pool has load what the sink of an output will need there.
import { describe, expect, it } from 'vitest';
import type { Sink } from '../sink/sink.js';
import type { ToWorker } from '../wire/messages.js';
import { createPool } from './pool.js';
import { fakeWorkers, fiveRows, settle, voidSink } from './pool-fixtures.js';
import type { StartThread } from './thread.js';

/** A sink with something to load. */
function warmSink(place: string, { single = false, skip = false } = {}): Sink<{ n: number }> {
  const url = `data:text/javascript,export default {
    name: 'void',
    warm() {},
    begin: async () => (${JSON.stringify(skip ? { skip } : { skip, staging: null })}),
    open: async () => { throw new Error('never asked') },
    commit: async () => ({ rows: 0, bytes: 0, files: 0 }),
    abort: async () => {},
  }`;
  return { ...voidSink(), module: { url, options: { place } }, single };
}

function startPool() {
  const workers = fakeWorkers();
  /** What each thread was told, by its name. */
  const told = new Map<string, ToWorker['type'][]>();
  const kills = new Map<string, () => void>();
  const startThread: StartThread = (startup, events) => {
    const thread = workers.startThread(startup, events);
    const heard: ToWorker['type'][] = [];
    told.set(startup.name, heard);
    kills.set(startup.name, () => events.ended(undefined));
    return {
      ...thread,
      post(message) {
        heard.push(message.type);
        thread.post(message);
      },
    };
  };
  const pool = createPool({ workers: 3, startThread });
  const warmed = (): string[] =>
    [...told].filter(([, types]) => types.includes('worker.warm')).map(([name]) => name);
  return { pool, told, warmed, kill: (name: string) => kills.get(name)?.() };
}

describe('a pool with a sink that has something to load', () => {
  it('has each of its threads load it once, before any batch comes', async () => {
    const { pool, told } = startPool();
    const outputs = [pool.open(warmSink('a')), pool.open(warmSink('b'))];
    await settle();
    expect(Object.fromEntries(told)).toEqual({
      'w1.1': ['worker.warm'],
      'w2.1': ['worker.warm'],
      'w3.1': ['worker.warm'],
    });
    for (const { handle } of outputs) handle.done.catch(() => {});
    await pool.abort();
  });

  it('has no more threads load it than there are outputs, when each of them is a single write', async () => {
    const { pool, warmed } = startPool();
    const first = pool.open(warmSink('a', { single: true }));
    await settle();
    expect(warmed()).toEqual(['w1.1']);
    const second = pool.open(warmSink('b', { single: true }));
    await settle();
    expect(warmed()).toEqual(['w1.1', 'w2.1']);
    for (const { handle } of [first, second]) handle.done.catch(() => {});
    await pool.abort();
  });

  it('has no thread load it for an output that is skipped', async () => {
    const { pool, warmed } = startPool();
    const data = await fiveRows(pool.memory);
    await pool.submit(data, warmSink('a', { skip: true })).done;
    data.release();
    expect(warmed()).toEqual([]);
    await pool.drain();
  });

  it('does not have a thread load it that stands for one which has died of that, perhaps', async () => {
    const { pool, told, warmed, kill } = startPool();
    const output = pool.open(warmSink('a', { single: true }));
    await settle();
    kill('w1.1');
    await expect.poll(() => [...told.keys()]).toContain('w1.2');
    await settle();
    expect(warmed()).toEqual(['w1.1']);
    output.handle.done.catch(() => {});
    await pool.abort();
  });
});

it('a pool has no thread load a sink that says nothing of it', async () => {
  const { pool, warmed } = startPool();
  const output = pool.open(voidSink());
  await settle();
  expect(warmed()).toEqual([]);
  output.handle.done.catch(() => {});
  await pool.abort();
});
