import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mortalLeases, recordedFileSystem } from './fault-injection.js';
import { inScratch, options, signal, storeOver, targetOf } from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

const makes = new Set(['mkdir', 'open', 'rename', 'link', 'symlink']);

describe('an output that begins', () => {
  it('refuses the working directory of its process, and everything above it, before it makes anything', async () => {
    for (const path of ['/nowhere/work', '/nowhere']) {
      // Nothing may be made outside of the scratch directory, whatever the store does.
      const { fs, calls } = recordedFileSystem({
        fault: ({ name }) => (makes.has(name) ? { errno: 'EACCES' } : undefined),
      });
      const target = targetOf({ path, runId: 'run', mode: 'overwrite', contents: {} });
      await expect(storeOver(fs).begin({ options, target, signal })).rejects.toMatchObject({
        code: 'PLAN_INVALID',
      });
      expect(calls.filter(({ name }) => makes.has(name))).toEqual([]);
    }
  });

  it('makes nothing when it was cancelled before', async () => {
    const { fs, calls } = recordedFileSystem();
    const target = targetOf({ path: join(scratch, 'new', 'out'), runId: 'run', contents: {} });
    const begun = storeOver(fs).begin({ options, target, signal: AbortSignal.abort() });
    await expect(begun).rejects.toThrow();
    expect(calls.filter(({ name }) => makes.has(name))).toEqual([]);
  });

  it('leaves nothing and lets go of its target when it is cancelled while it looks there', async () => {
    const cancel = new AbortController();
    const leases = mortalLeases();
    const store = storeOver(recordedFileSystem().fs, {
      ...leases,
      take: (path) => {
        cancel.abort();
        return leases.take(path);
      },
    });
    const target = targetOf({ path: join(scratch, 'new', 'out'), runId: 'run', contents: {} });
    await expect(store.begin({ options, target, signal: cancel.signal })).rejects.toThrow();
    expect(leases.held.size).toBe(0);
    expect(await readdir(scratch)).toEqual([]);
  });

  it('leaves nothing when its stage cannot be filled, and no directory that it made on the way', async () => {
    const { fs } = recordedFileSystem({
      fault: ({ name, path }) =>
        name === 'write' && path.includes('.stage-') ? { errno: 'ENOSPC' } : undefined,
    });
    const leases = mortalLeases();
    const target = targetOf({ path: join(scratch, 'new', 'out'), runId: 'run', contents: {} });
    await expect(storeOver(fs, leases).begin({ options, target, signal })).rejects.toThrow('ENOSPC');
    expect(leases.held.size).toBe(0);
    expect(await readdir(scratch)).toEqual([]);
  });

  it('keeps directories above its target that were there before it was refused', async () => {
    await mkdir(join(scratch, 'there'));
    const { fs } = recordedFileSystem({
      fault: ({ name, path }) => (name === 'open' && path.includes('.stage-') ? { errno: 'EIO' } : undefined),
    });
    const target = targetOf({ path: join(scratch, 'there', 'out'), runId: 'run', contents: {} });
    await expect(storeOver(fs).begin({ options, target, signal })).rejects.toThrow('EIO');
    expect(await readdir(scratch)).toEqual(['there']);
  });
});
