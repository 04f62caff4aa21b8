import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Call, type Fault, mortalLeases, recordedFileSystem } from './fault-injection.js';
import type { FileSystem } from './file-system.js';
import {
  commit,
  inScratch,
  type OutputPlan,
  options,
  publish,
  type Store,
  signal,
  stage,
  storeOver,
  targetOf,
} from './store-bench.js';

let scratch = '';
let out = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

const plan = (runId: string, more: Partial<OutputPlan> = {}): OutputPlan => ({
  path: out,
  runId,
  mode: 'overwrite',
  contents: { part: `${runId}\n` },
  ...more,
});

/** As a run of a resumable job commits it. */
async function commitOfJob(store: Store, planned: OutputPlan): Promise<void> {
  const staged = await stage(store, planned);
  const { files, rows, bytes } = staged.manifest;
  const commits = [{ runId: planned.runId, key: 'key', rows, bytes, files: files.length }];
  await commit(store, { ...staged, manifest: { ...staged.manifest, commits } });
}

function look(fs: FileSystem, planned: OutputPlan, leases = mortalLeases(), until = signal) {
  const { published } = storeOver(fs, leases);
  if (published === undefined) throw new Error('the local store does not tell what it has published');
  return published({ options, target: targetOf(planned), signal: until });
}

/** Leaves what a run leaves that dies at the first such call. */
async function dieAt(planned: OutputPlan, isLast: (call: Call) => boolean): Promise<void> {
  let isDead = false;
  const fault = (call: Call): Fault => {
    isDead ||= isLast(call);
    return isDead ? { errno: 'EIO' } : undefined;
  };
  await expect(commitOfJob(storeOver(recordedFileSystem({ fault }).fs), planned)).rejects.toThrow();
}

const isSyncOfParent = ({ name, path }: Call): boolean => name === 'sync' && path === scratch;

describe('the look at what is published', () => {
  it('syncs the name of what it tells of, and lets go of the target', async () => {
    await commitOfJob(storeOver(), plan('run'));
    const leases = mortalLeases();
    const { fs, calls } = recordedFileSystem();
    expect(await look(fs, plan('next'), leases)).toMatchObject([{ runId: 'run', key: 'key', whole: true }]);
    expect(calls.some(isSyncOfParent)).toBe(true);
    expect(leases.held.size).toBe(0);
  });

  it('tells of what a dead run had published between its two renames', async () => {
    await publish(storeOver(), plan('before'));
    await dieAt(plan('run'), ({ name, to }) => name === 'rename' && to === out);
    expect(await look(recordedFileSystem().fs, plan('next'))).toMatchObject([{ runId: 'run', whole: true }]);
  });

  it('syncs a link that it has led to a generation of a dead run', async () => {
    const generations = { publish: 'generations' } as const;
    await commitOfJob(storeOver(), plan('before', generations));
    await dieAt(plan('run', generations), ({ name }) => name === 'symlink');
    const { fs, calls } = recordedFileSystem();
    const found = await look(fs, plan('next', generations));
    expect(found.map(({ runId }) => runId)).toEqual(['before', 'run']);
    const linked = calls.findIndex(({ name, to }) => name === 'rename' && to === out);
    expect(linked).toBeGreaterThanOrEqual(0);
    expect(calls.slice(linked).some(isSyncOfParent)).toBe(true);
  });

  it('is refused while a run holds the target', async () => {
    const leases = mortalLeases();
    const fs = recordedFileSystem().fs;
    await stage(storeOver(fs, leases), plan('run'));
    await expect(look(fs, plan('next'), leases)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('changes nothing when it was cancelled before', async () => {
    await publish(storeOver(), plan('before'));
    await dieAt(plan('run'), ({ name, to }) => name === 'rename' && to === out);
    const { fs, calls } = recordedFileSystem();
    await expect(look(fs, plan('next'), mortalLeases(), AbortSignal.abort())).rejects.toThrow(/abort/i);
    expect(calls.filter(({ name }) => name === 'rename' || name === 'unlink')).toEqual([]);
  });
});
