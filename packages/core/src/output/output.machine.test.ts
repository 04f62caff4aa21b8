import { describe, expect, it } from 'vitest';
import type { OutputEffects } from './output-effects.js';
import { plain, settle, startOutput, storeError } from './output-fixtures.js';

describe('an output', () => {
  it('commits only when it has ended and every write is prepared', async () => {
    const { output, attempts, calls, open, value, settled } = startOutput();
    await settle();
    expect(value()).toEqual({ active: 'open' });
    open('routes/0');
    open('routes/1');
    await settle();
    attempts[0]?.resolve();
    await settle();
    output.send({ type: 'output.ended' });
    expect(value()).toEqual({ active: 'sealing' });
    expect(calls).toEqual([]);
    attempts[1]?.resolve();
    await settle();
    expect(value()).toBe('done');
    expect(settled).toEqual([{ type: 'output.settled', outputId: 'routes~1', result: 'done' }]);
  });

  it('keeps no finished write among its children', async () => {
    const { output, attempts, open } = startOutput();
    await settle();
    open('routes/0');
    open('routes/1');
    await settle();
    attempts[0]?.resolve();
    await settle();
    expect(Object.keys(output.getSnapshot().children).filter((id) => id.startsWith('routes/'))).toEqual([
      'routes/1',
    ]);
  });

  it('cancels the other writes and removes everything when one has failed', async () => {
    const { output, attempts, calls, open, value } = startOutput();
    await settle();
    open('routes/0');
    open('routes/1');
    await settle();
    attempts[0]?.reject(plain('disk is gone'));
    await settle();
    await settle();
    expect(value()).toBe('failed');
    expect(calls).toEqual(['abort attempt', 'abort']);
    expect(output.getSnapshot().context.error?.message).toBe('disk is gone');
  });

  it('is done without writing when the target is to be left alone', async () => {
    const { value, calls, output } = startOutput({ begin: async () => ({ skip: true }) });
    await settle();
    expect(value()).toBe('done');
    expect(output.getSnapshot().context.skipped).toBe(true);
    expect(calls).toEqual([]);
  });

  it('looks before it commits again after an error, and is done when the commit had happened all the same', async () => {
    let commits = 0;
    const { output, value, clock } = startOutput({
      commit: async () => {
        commits += 1;
        throw storeError('temporary', 'connection reset');
      },
      verify: async () => (commits === 2 ? { rows: 5, bytes: 6, files: 1 } : undefined),
    });
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    expect(value()).toEqual({ active: { committing: 'waiting' } });
    clock.increment(100);
    await settle();
    expect(value()).toBe('done');
    expect(output.getSnapshot().context).toMatchObject({ committed: { rows: 5 }, error: undefined });
    expect(commits).toBe(2);
  });

  it('does not commit again after a permanent error', async () => {
    let commits = 0;
    const { output, value } = startOutput({
      commit: async () => {
        commits += 1;
        throw storeError('permanent', 'read-only file system');
      },
    });
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    await settle();
    expect(value()).toBe('failed');
    expect(commits).toBe(1);
    expect(output.getSnapshot().context.error?.message).toBe('read-only file system');
  });

  it('is done when a cancel comes while it commits and the commit succeeds all the same', async () => {
    let finish: () => void = () => {};
    const { output, value, calls } = startOutput({
      commit: () =>
        new Promise((resolve) => {
          finish = () => resolve({ rows: 0, bytes: 0, files: 0 });
        }),
    });
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    output.send({ type: 'output.cancel', error: plain('too late') });
    expect(calls).toEqual(['interrupt']);
    expect(value()).toEqual({ active: { committing: 'attempting' } });
    finish();
    await settle();
    expect(value()).toBe('done');
    expect(output.getSnapshot().context.error).toBeUndefined();
  });

  it('does not commit again once it is cancelled, and removes what was staged', async () => {
    let fail: () => void = () => {};
    let commits = 0;
    const { output, value, calls } = startOutput({
      commit: () =>
        new Promise((_, reject) => {
          commits += 1;
          fail = () => reject(storeError('temporary', 'interrupted'));
        }),
    });
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    output.send({ type: 'output.cancel', error: plain('enough') });
    fail();
    await settle();
    await settle();
    expect(value()).toBe('cancelled');
    expect(commits).toBe(1);
    expect(calls).toEqual(['interrupt', 'abort']);
    expect(output.getSnapshot().context.error?.message).toBe('enough');
  });

  it('is cancelled at once while it waits to commit again', async () => {
    const { output, value } = startOutput({
      commit: async () => {
        throw storeError('temporary', 'connection reset');
      },
    });
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    expect(value()).toEqual({ active: { committing: 'waiting' } });
    output.send({ type: 'output.cancel', error: plain('enough') });
    await settle();
    expect(value()).toBe('cancelled');
  });

  it('does not wait for ever for a commit that takes no notice: it looks, then aborts', async () => {
    const never = new Promise<never>(() => {});
    const { output, value, clock } = startOutput({ commit: () => never, verify: () => never });
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    output.send({ type: 'output.cancel', error: plain('enough') });
    clock.increment(500);
    expect(value()).toEqual({ active: { committing: 'verifying' } });
    clock.increment(500);
    await settle();
    expect(value()).toEqual({ aborting: 'looking' });
    clock.increment(500);
    expect(value()).toBe('cancelled');
  });

  it('is done all the same when a commit that it did not wait for was published before it was given up', async () => {
    const never = new Promise<never>(() => {});
    let looks = 0;
    const { output, value, clock, calls } = startOutput({
      commit: () => never,
      verify: () => {
        looks += 1;
        return looks === 1 ? never : Promise.resolve({ rows: 7, bytes: 0, files: 0 });
      },
    });
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    output.send({ type: 'output.cancel', error: plain('enough') });
    clock.increment(500);
    clock.increment(500);
    await settle();
    await settle();
    expect(value()).toBe('done');
    expect(calls).toEqual(['interrupt', 'abort']);
    expect(output.getSnapshot().context).toMatchObject({ committed: { rows: 7 }, error: undefined });
  });

  it('looks once more after it was aborted when what its commit did could not be found out', async () => {
    let looks = 0;
    const { output, value } = startOutput({
      commit: async () => {
        throw storeError('permanent', 'connection reset');
      },
      verify: async () => {
        looks += 1;
        if (looks === 1) throw storeError('temporary', 'no answer');
        return undefined;
      },
    });
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    await settle();
    await settle();
    expect(value()).toBe('failed');
    expect(looks).toBe(2);
    expect(output.getSnapshot().context.error?.message).toBe('connection reset');
  });
});

describe('a write whose actor breaks down', () => {
  it('fails its output, whose other writes are cancelled, and ends nothing else', async () => {
    const bug = new Error('a bug in a machine');
    const { attempts, calls, open, value, output, settled } = startOutput(
      {},
      {
        decide: () => {
          throw bug;
        },
      },
    );
    await settle();
    open('routes/0');
    open('routes/1');
    await settle();
    attempts[0]?.reject(new Error('no'));
    await settle();
    await settle();
    expect(value()).toBe('failed');
    expect(output.getSnapshot().context.error?.message).toBe('a bug in a machine');
    expect(calls).toEqual(['abort attempt', 'abort']);
    expect(settled).toEqual([{ type: 'output.settled', outputId: 'routes~1', result: 'failed' }]);
  });
});

describe('an output whose disk is full, and that waits for room', () => {
  const full = { ...plain('no room'), context: { errno: 'ENOSPC' } };
  const wait: OutputEffects['decidePause'] = (_, error, pause) =>
    error.context.errno === 'ENOSPC'
      ? { wait: true, pause: { since: 0, tries: (pause?.tries ?? 0) + 1 }, delayMs: 250 }
      : undefined;

  it('is paused before anything is computed, and opens its target once there is room', async () => {
    let tries = 0;
    const { value, clock, output } = startOutput({
      begin: async () => {
        tries += 1;
        if (tries < 3) throw full;
        return { skip: false };
      },
      decidePause: wait,
    });
    for (let look = 0; look < 2; look += 1) {
      await settle();
      expect(value()).toEqual({ queued: 'paused' });
      expect(output.getSnapshot().hasTag('attention')).toBe(true);
      clock.increment(250);
    }
    await settle();
    expect(value()).toEqual({ active: 'open' });
    expect(output.getSnapshot().context).toMatchObject({ pause: undefined, error: undefined });
  });

  it('is paused when its commit finds none, without using up the tries of its policy', async () => {
    let tries = 0;
    const { value, clock, output, settled } = startOutput({
      commit: async () => {
        tries += 1;
        if (tries < 8) throw full;
        return { rows: 1, bytes: 2, files: 3 };
      },
      decidePause: wait,
    });
    await settle();
    output.send({ type: 'output.ended' });
    for (let look = 0; look < 7; look += 1) {
      await settle();
      await settle();
      expect(value()).toEqual({ active: { committing: 'paused' } });
      clock.increment(250);
    }
    await settle();
    expect(value()).toBe('done');
    expect(settled).toMatchObject([{ result: 'done' }]);
  });

  it.each(['begin', 'commit'] as const)('can be cancelled while its %s waits', async (step) => {
    const { output, clock, calls, value } = startOutput({
      [step]: async () => {
        throw full;
      },
      decidePause: wait,
    });
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    await settle();
    output.send({ type: 'output.cancel', error: plain('enough') });
    await settle();
    clock.increment(0);
    expect(value()).toBe('cancelled');
    expect(calls).toContain('abort');
  });
});

describe('an output whose file system does not answer', () => {
  it('ends with its own error when removing what was staged takes too long', async () => {
    const { output, clock, value, settled } = startOutput({ abort: () => new Promise(() => {}) });
    await settle();
    output.send({ type: 'output.failed', error: plain('disk is gone') });
    await settle();
    clock.increment(2_999);
    expect(value()).toEqual({ aborting: 'removing' });
    clock.increment(1);
    expect(value()).toBe('failed');
    expect(output.getSnapshot().context.error?.message).toBe('disk is gone');
    expect(settled).toMatchObject([{ result: 'failed' }]);
  });
});
