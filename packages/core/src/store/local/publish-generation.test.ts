import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blindLeases, type Call, type Fault, holding, recordedFileSystem } from './fault-injection.js';
import type { FileSystem } from './file-system.js';
import {
  begin,
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

const old = { part: 'old\n' };
const fresh = { part: 'new\n' };
const plan = (runId: string, contents = fresh): OutputPlan => ({
  path: out,
  runId,
  mode: 'overwrite',
  publish: 'generations',
  contents,
});
const adopting = (): OutputPlan => ({ ...plan('run'), adopt: true });
const publishPlain = () => publish(storeOver(), { path: out, runId: 'before', contents: old });

/** A file system whose fsync of the parent fails once the path leads to the new version. */
function failingLastSync() {
  let isVisible = false;
  const fault = ({ name, path, to }: Call): Fault => {
    isVisible ||= name === 'rename' && path.includes('.link-') && to === out;
    return isVisible && name === 'sync' && path === scratch ? { errno: 'EIO' } : undefined;
  };
  return recordedFileSystem({ fault });
}

describe('a generation that is published', () => {
  it('has its folder on the disk before anything is moved or linked there', async () => {
    for (const before of ['nothing', 'a plain directory']) {
      if (before !== 'nothing') {
        await rm(join(scratch, '.out.gen'), { recursive: true });
        await rm(out);
        await publishPlain();
      }
      const { fs, calls } = recordedFileSystem();
      await publish(storeOver(fs), adopting());
      const made = calls.findIndex(({ name, path }) => name === 'mkdir' && path.endsWith('/.out.gen'));
      const moved = calls.findIndex(
        ({ name, path, to }) => name === 'rename' && (path === out || to === out),
      );
      const synced = calls.findIndex(
        ({ name, path }, at) => at > made && name === 'sync' && path === scratch,
      );
      expect(made).toBeGreaterThanOrEqual(0);
      expect(synced, before).toBeGreaterThan(made);
      expect(synced, before).toBeLessThan(moved);
    }
  });

  it('is not when its rename fails for good', async () => {
    const fault = ({ name, to }: Call): Fault =>
      name === 'rename' && to?.includes('.out.gen/0') ? { errno: 'EIO' } : undefined;
    const store = storeOver(recordedFileSystem({ fault }).fs);
    await expect(commit(store, await stage(store, plan('run')))).rejects.toMatchObject({
      context: { errno: 'EIO' },
    });
    expect(await readPublished(out)).toBeUndefined();
  });

  it('gives way to the one before, to which the path leads again before it is taken away', async () => {
    await publish(storeOver(), plan('before', old));
    const { fs, calls } = failingLastSync();
    const store = storeOver(fs);
    const staged = await stage(store, plan('run'));
    await expect(commit(store, staged)).rejects.toMatchObject({ status: 'permanent' });
    const links = calls.flatMap(({ name, to }, at) => (name === 'rename' && to === out ? [at] : []));
    const taken = calls.findIndex(
      ({ name, path }) => name === 'rename' && path.endsWith('.out.gen/00000002'),
    );
    expect(links.length).toBe(2);
    expect(links[1]).toBeLessThan(taken);
    await store.abort({ options, signal, ...staged });
    expect(await readPublished(out)).toEqual(old);
    expect(await readdir(join(scratch, '.out.gen'))).toEqual(['00000001']);
  });
});

describe('a generation whose rename fails though it has happened', () => {
  it('is published: what the look after the commit may have shown already is not taken away', async () => {
    await publishPlain();
    let isShown = false;
    const { fs } = recordedFileSystem({
      fault: ({ name, to }) => {
        const isCommit = name === 'rename' && to?.endsWith('.out.gen/00000002') === true && !isShown;
        isShown ||= isCommit;
        return isCommit ? { errno: 'EIO' } : undefined;
      },
    });
    const late = {
      ...fs,
      rename: async (from: string, to: string) => {
        if (to.endsWith('.out.gen/00000002')) await rename(from, to);
        await fs.rename(from, to);
      },
    };
    await publish(storeOver(late), adopting());
    expect(await readPublished(out)).toEqual(fresh);
  });
});

describe('a plain directory that is adopted', () => {
  it('is on the disk as the first generation before the second one is published: no power cut keeps that one alone', async () => {
    await publishPlain();
    const { fs, calls } = recordedFileSystem();
    await publish(storeOver(fs), adopting());
    const numbered = (number: string) => (call: Call) =>
      call.name === 'rename' && call.to?.endsWith(`.out.gen/${number}`) === true;
    const [first, second] = [calls.findIndex(numbered('00000001')), calls.findIndex(numbered('00000002'))];
    const between = calls.slice(first, second).filter(({ name }) => name === 'sync');
    expect(between.map(({ path }) => path)).toEqual(
      expect.arrayContaining([join(scratch, '.out.gen'), scratch]),
    );
    expect(await readPublished(out)).toEqual(fresh);
  });

  it('is a plain directory again when the new version may not be durable', async () => {
    await publishPlain();
    const store = storeOver(failingLastSync().fs);
    const staged = await stage(store, adopting());
    await expect(commit(store, staged)).rejects.toMatchObject({ status: 'permanent' });
    await store.abort({ options, signal, ...staged });
    expect(await readPublished(out)).toEqual(old);
    // The disk takes no fsync: nothing staged is removed before the next run.
    expect((await readdir(scratch)).toSorted()).toEqual(['.out.stage-run', 'out']);
  });

  it('stays where it is when it is not the one that the run began with', async () => {
    await publishPlain();
    const store = storeOver();
    const staged = await stage(store, adopting());
    await rm(out, { recursive: true });
    await mkdir(join(out, 'by hand'), { recursive: true });
    await expect(commit(store, staged)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readdir(out)).toEqual(['by hand']);
  });

  it('stays where it is when it takes the place of the other one while the folder of generations is made', async () => {
    await publishPlain();
    const { fs } = recordedFileSystem({
      around: async (call, make) => {
        const result = await make();
        if (call.name === 'mkdir' && call.path.endsWith('/.out.gen')) {
          await rm(out, { recursive: true });
          await mkdir(join(out, 'by hand'), { recursive: true });
        }
        return result;
      },
    });
    const store = storeOver(fs);
    await expect(commit(store, await stage(store, adopting()))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readdir(out)).toEqual(['by hand']);
  });
});

describe('a plain directory that two runs adopt which do not see each other', () => {
  const blindStore = (fs: FileSystem) => storeOver(fs, blindLeases, { fate: 'alive' });
  const adoptingAs = (runId: string): OutputPlan => ({
    ...plan(runId, { part: `${runId}\n` }),
    adopt: true,
  });

  /** The commit of `late`, in which `early` comes as far as told right before the directory would be moved. */
  async function commitAfter(early: () => Promise<unknown>) {
    const { fs } = recordedFileSystem();
    let isAsked = false;
    const store = blindStore({
      ...fs,
      rename: async (from, to) => {
        if (from === out && !isAsked) {
          isAsked = true;
          await early();
        }
        await fs.rename(from, to);
      },
    });
    const staged = await stage(store, adoptingAs('late'));
    const failed: unknown = await commit(store, staged).catch((error: unknown) => error);
    expect(isAsked).toBe(true);
    return { failed, abort: () => store.abort({ options, signal, ...staged }) };
  }

  it.each([
    ['the first has its number and no link', (path: string) => path.includes('.link-')],
    ['the first has adopted it and has no number', (path: string) => path.endsWith('.stage-early/out')],
  ])(
    'goes to one of them, and the other has a conflict, when the second comes while %s',
    async (_, isThen) => {
      await publishPlain();
      const { fs, reached, letGo } = holding((name, path) => name !== 'sync' && isThen(path));
      const early = blindStore(fs);
      const staged = await stage(early, adoptingAs('early'));
      let committing: Promise<void> | undefined;
      const { failed, abort } = await commitAfter(async () => {
        committing = commit(early, staged);
        await reached;
      });
      expect(failed).toMatchObject({ code: 'CONFLICT' });
      await abort();
      letGo();
      await committing;
      expect(await readPublished(out)).toEqual({ part: 'early\n' });
      expect((await readdir(scratch)).toSorted()).toEqual(['.out.gen', 'out']);
      expect((await readdir(join(scratch, '.out.gen'))).toSorted()).toEqual(['00000001', '00000002']);
    },
  );

  it('is gone on from by the next run when the first dies between its number and its link', async () => {
    await publishPlain();
    let isDead = false;
    const fault = ({ name }: Call): Fault => {
      isDead ||= name === 'symlink';
      return isDead ? { errno: 'EIO' } : undefined;
    };
    const early = blindStore(recordedFileSystem({ fault }).fs);
    const staged = await stage(early, adoptingAs('early'));
    const { failed, abort } = await commitAfter(() =>
      expect(commit(early, staged)).rejects.toMatchObject({ context: { visible: 'unknown' } }),
    );
    expect(failed).toMatchObject({ code: 'CONFLICT' });
    await abort();
    const next = storeOver();
    const begun = await begin(next, adoptingAs('next'));
    expect(await readPublished(out)).toEqual({ part: 'early\n' });
    await next.abort({ options, signal, ...begun });
    await publish(storeOver(), adoptingAs('next'));
    expect(await readPublished(out)).toEqual({ part: 'next\n' });
    expect((await readdir(scratch)).toSorted()).toEqual(['.out.gen', 'out']);
  });

  it('stays a generation when the first cannot go on, and another run shows it or has followed it', async () => {
    for (const isFollowed of [false, true]) {
      await rm(out, { recursive: true, force: true });
      await rm(join(scratch, '.out.gen'), { recursive: true, force: true });
      await publishPlain();
      const { fs } = recordedFileSystem();
      const early = blindStore({
        ...fs,
        rename: async (from, to) => {
          if (!from.endsWith('.stage-early/out')) return fs.rename(from, to);
          const other = blindStore(recordedFileSystem().fs);
          const begun = await begin(other, plan('other', { part: 'other\n' }));
          await other.abort({ options, signal, ...begun });
          if (isFollowed) await publish(other, plan('other', { part: 'other\n' }));
          throw Object.assign(new Error('EIO: injected'), { code: 'EIO' });
        },
      });
      const staged = await stage(early, adoptingAs('early'));
      const failed: unknown = await commit(early, staged).catch((error: unknown) => error);
      expect(failed).toMatchObject({ context: { errno: 'EIO' } });
      expect(failed).not.toHaveProperty('context.visible');
      await early.abort({ options, signal, ...staged });
      expect(await readPublished(out)).toEqual(isFollowed ? { part: 'other\n' } : old);
    }
  });
});
