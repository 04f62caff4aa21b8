import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Call, type Fault, recordedFileSystem } from './fault-injection.js';
import {
  begin,
  commit,
  inScratch,
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

/** A file system on which calls fail for a while, in a way that may pass. */
function failingWhile(isFaulty: (call: Call) => boolean) {
  let isOver = false;
  const fault = (call: Call): Fault => (!isOver && isFaulty(call) ? { errno: 'EBUSY' } : undefined);
  const recorded = recordedFileSystem({ fault });
  const mend = (): void => {
    isOver = true;
  };
  return { fs: recorded.fs, calls: recorded.calls, mend };
}

const isSyncOfParent = ({ name, path }: Call): boolean => name === 'sync' && path === scratch;

describe('the look for a commit whose answer was lost', () => {
  it('finishes a file that is there without its manifest, and syncs that before it says so', async () => {
    const plan = { path: out, kind: 'file', mode: 'overwrite' } as const;
    await publish(storeOver(), { ...plan, runId: 'before', contents: { out: 'old\n' } });
    const isManifest = ({ name, to }: Call): boolean =>
      name === 'rename' && to?.endsWith('.out.manifest.json') === true;
    const { fs, calls, mend } = failingWhile(isManifest);
    const store = storeOver({
      ...fs,
      // Without a second name the old version cannot come back.
      link: async (path, to) => (to.endsWith('/.previous') ? storeless() : fs.link(path, to)),
    });
    const staged = await stage(store, { ...plan, runId: 'run', contents: { out: 'new\n' } });
    await expect(commit(store, staged)).rejects.toThrow();
    mend();
    expect(await store.verify({ options, signal, ...staged })).toBe(true);
    expect(await readPublished(out)).toEqual({ out: 'new\n' });
    const finished = calls.slice(calls.findIndex(isManifest));
    const tidied = finished.findIndex(({ name }) => name === 'unlink');
    expect(finished.slice(0, tidied).some(isSyncOfParent)).toBe(true);
  });

  it('leads the path to a generation that is there, and syncs that before it says so', async () => {
    const { fs, calls, mend } = failingWhile(
      ({ name, path }) => name === 'symlink' || (name === 'rename' && path.endsWith('.out.gen/00000001')),
    );
    const store = storeOver(fs);
    const staged = await stage(store, {
      path: out,
      runId: 'run',
      publish: 'generations',
      contents: { part: 'new\n' },
    });
    await expect(commit(store, staged)).rejects.toThrow();
    mend();
    const from = calls.length;
    expect(await store.verify({ options, signal, ...staged })).toBe(true);
    expect(await readPublished(out)).toEqual({ part: 'new\n' });
    const made = calls.slice(from);
    const linked = made.findIndex(({ name, to }) => name === 'rename' && to === out);
    const tidied = made.findIndex(({ name }) => name === 'unlink');
    expect(linked).toBeGreaterThanOrEqual(0);
    expect(made.slice(linked, tidied).some(isSyncOfParent)).toBe(true);
  });

  it('finds nothing where no generation was published yet', async () => {
    const plan = { path: out, runId: 'run', publish: 'generations', contents: { part: 'new\n' } } as const;
    const store = storeOver();
    const staged = await stage(store, plan);
    expect(await store.verify({ options, signal, ...staged })).toBe(false);
    await commit(store, staged);
    expect(await readPublished(out)).toEqual(plan.contents);
  });

  it('syncs what another process of this run has published before it is committed', async () => {
    const plan = { path: out, runId: 'run', publish: 'generations', contents: { part: 'new\n' } } as const;
    await publish(storeOver(), plan);
    const { fs, calls } = recordedFileSystem();
    const store = storeOver(fs);
    const begun = await begin(store, { ...plan, mode: 'overwrite' });
    const from = calls.length;
    await store.commit({
      options,
      signal,
      ...begun,
      manifest: (await stage(storeOver(), { ...plan, path: `${out}-2` })).manifest,
    });
    expect(calls.slice(from).some(isSyncOfParent)).toBe(true);
  });
});

function storeless(): never {
  throw Object.assign(new Error('EPERM: no links here'), { code: 'EPERM' });
}
