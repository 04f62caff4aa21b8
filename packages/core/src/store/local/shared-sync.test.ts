import { describe, expect, it } from 'vitest';
import { shareSyncs } from './shared-sync.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Syncs that end when the test says so. */
function disk() {
  const begun: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const sync = shareSyncs(
    (path) =>
      new Promise((resolve, reject) => {
        begun.push(path);
        ends.push((error) => (error === undefined ? resolve() : reject(error)));
      }),
  );
  return { sync, begun, ends };
}

describe('syncs of one directory', () => {
  it('are shared by those who ask while another is under way, whose changes it may have missed', async () => {
    const { sync, begun, ends } = disk();
    const told: string[] = [];
    const ask = (name: string) => void sync('/out').then(() => told.push(name));
    ask('first');
    ask('second');
    ask('third');
    expect(begun).toHaveLength(1);
    ends[0]?.();
    await settle();
    expect([told, begun.length]).toEqual([['first'], 2]);
    // This one has come after the second began.
    ask('fourth');
    ends[1]?.();
    await settle();
    expect([told, begun.length]).toEqual([['first', 'second', 'third'], 3]);
    ends[2]?.();
    await settle();
    expect(told).toEqual(['first', 'second', 'third', 'fourth']);
    ask('later');
    expect(begun).toHaveLength(4);
  });

  it('fail for all who shared them, and for nobody else', async () => {
    const { sync, ends } = disk();
    const first = sync('/out');
    const others = [sync('/out'), sync('/out')];
    ends[0]?.();
    await first;
    await settle();
    ends[1]?.(new Error('no space'));
    const results = await Promise.allSettled(others);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const later = sync('/out');
    await settle();
    ends[2]?.();
    await later;
  });

  it('fail for those too who asked while the failing one ran: the system may have told of their changes', async () => {
    const { sync, begun, ends } = disk();
    const asked = [sync('/out'), sync('/out'), sync('/out')];
    ends[0]?.(new Error('I/O error'));
    const results = await Promise.allSettled(asked);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(begun).toHaveLength(1);
    const later = sync('/out');
    expect(begun).toHaveLength(2);
    ends[1]?.();
    await later;
  });

  it('of different directories do not wait for each other', () => {
    const { sync, begun } = disk();
    void sync('/a');
    void sync('/b');
    expect(begun).toEqual(['/a', '/b']);
  });
});
