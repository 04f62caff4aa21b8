// Tests of looks for an output of which nobody knows whether it is published: after a failed fsync, or beside its way back, they
// must not find it done.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../pool/deferred.js';
import { type Call, type Fault, recordedFileSystem } from './fault-injection.js';
import {
  commit,
  inScratch,
  type OutputPlan,
  options,
  publish,
  readPublished,
  signal,
  stage,
  storeOver,
} from './store-bench.js';

let scratch = '';
let out = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

const plan = (way: 'swap' | 'generations', runId: string): OutputPlan => ({
  path: out,
  runId,
  mode: 'overwrite',
  publish: way,
  contents: { part: runId },
});
const eio: Fault = { errno: 'EIO' };
const failure = (): Error => Object.assign(new Error('EIO: injected'), { code: 'EIO' });

function gate(): { readonly reached: Promise<void>; reach(): Promise<void>; open(): void } {
  const [first, second] = [deferred<void>(), deferred<void>()];
  const reach = (): Promise<void> => {
    first.resolve();
    return second.promise;
  };
  return { reached: first.promise, reach, open: () => second.resolve() };
}

describe.each(['swap', 'generations'] as const)('a look for what was published by %s', (way) => {
  it('does not find it done when its fsync had failed, and it could not be taken back', async () => {
    await publish(storeOver(), plan(way, 'before'));
    let state: 'well' | 'shown' | 'sick' = 'well';
    const fault = ({ name, path }: Call): Fault => {
      if (name === 'rename' && path.endsWith('.stage-run/out') && state === 'well') state = 'shown';
      else if (name === 'sync' && path === scratch && state !== 'well') {
        state = 'sick';
        return eio;
      } else if (name === 'rename' && state === 'sick') return eio;
      return undefined;
    };
    const store = storeOver(recordedFileSystem({ fault }).fs);
    const staged = await stage(store, plan(way, 'run'));
    await expect(commit(store, staged)).rejects.toThrow();
    await expect(store.abort({ options, signal, ...staged })).rejects.toThrow();
    expect(state).toBe('sick');
    state = 'well';
    expect(await readPublished(out)).toEqual({ part: 'run' });
    expect(await store.verify({ options, signal, ...staged })).toBe(false);
  });

  it('does not find it done when it began before a way back that failed', async () => {
    await publish(storeOver(), plan(way, 'before'));
    const { fs } = recordedFileSystem();
    const [shown, looked] = [gate(), gate()];
    let isGoingBack = false;
    let isBlind = false;
    let isLooking = false;
    let isLinked = false;
    const store = storeOver({
      ...fs,
      rename: async (from, to) => {
        const isBack = from.endsWith('.old-run') || (way === 'generations' && to.endsWith('.stage-run/out'));
        if (isGoingBack && isBack) throw failure();
        await fs.rename(from, to);
        if (way !== 'swap' || !from.endsWith('.stage-run/out')) return;
        await shown.reach();
        [isBlind, isGoingBack] = [true, true];
        throw failure();
      },
      symlink: async (text, path) => {
        if (way === 'generations' && !isLinked) {
          isLinked = true;
          await shown.reach();
          isGoingBack = true;
          throw failure();
        }
        await fs.symlink(text, path);
      },
      lstat: async (path) => {
        if (isBlind && path === out) {
          isBlind = false;
          throw failure();
        }
        return fs.lstat(path);
      },
      open: async (path, flags, mode) => {
        const file = await fs.open(path, flags, mode);
        const sync = async (): Promise<void> => {
          if (isLooking && path === scratch) await looked.reach();
          await file.sync();
        };
        return { write: (bytes) => file.write(bytes), close: () => file.close(), sync };
      },
    });
    const staged = await stage(store, plan(way, 'run'));
    const committing = expect(commit(store, staged)).rejects.toThrow();
    await shown.reached;
    isLooking = true;
    const looking = store.verify({ options, signal, ...staged });
    await looked.reached;
    shown.open();
    await committing;
    looked.open();
    expect(await looking).toBe(false);
    isGoingBack = false;
    await store.abort({ options, signal, ...staged });
    expect(await readPublished(out)).toEqual({ part: 'before' });
  });

  it('is not repeated when its own fsync has failed: a second one would say what is not so', async () => {
    const first = storeOver();
    const begun = await stage(first, plan(way, 'done'));
    await commit(first, begun);
    let isSick = true;
    const { fs } = recordedFileSystem({
      fault: ({ name, path }) => (isSick && name === 'sync' && path === scratch ? eio : undefined),
    });
    const store = storeOver(fs);
    await expect(store.verify({ options, signal, ...begun })).rejects.toThrow('EIO');
    isSick = false;
    expect(await store.verify({ options, signal, ...begun })).toBe(false);
    expect(await storeOver().verify({ options, signal, ...begun })).toBe(true);
  });
});

describe('a way back whose fsync fails', () => {
  it('is final: the commit is not tried again, though its first failure was temporary', async () => {
    await publish(storeOver(), plan('generations', 'before'));
    let isFull = true;
    let isSick = false;
    const fault = ({ name, path }: Call): Fault => {
      if (name === 'rename' && path.endsWith('.link-run') && isFull) {
        [isFull, isSick] = [false, true];
        return { errno: 'ENOSPC' };
      }
      if (name !== 'sync' || !isSick) return undefined;
      isSick = false;
      return eio;
    };
    const store = storeOver(recordedFileSystem({ fault }).fs);
    const staged = await stage(store, plan('generations', 'run'));
    await expect(commit(store, staged)).rejects.toThrow('ENOSPC');
    await expect(commit(store, staged)).rejects.toMatchObject({ operation: 'fsync', status: 'permanent' });
    expect(await readPublished(out)).toEqual({ part: 'before' });
  });
});
