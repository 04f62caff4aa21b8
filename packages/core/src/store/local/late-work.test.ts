// Calls that come to their end after their output was given up: they publish nothing, and take back what they have shown.
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeManifest } from '../manifest.js';
import { holding, mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  begin,
  inScratch,
  options,
  publish,
  readPublished,
  signal,
  stage,
  stageFiles,
  storeOver,
} from './store-bench.js';

let scratch = '';
let out = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

const old = { 'part-old': 'old\n' };
const fresh = { 'part-new': 'new\n' };
const recorded = recordedFileSystem().fs;

describe('work that comes too late', () => {
  it('makes no file when it is told so before', async () => {
    const { fs, calls } = recordedFileSystem();
    const store = storeOver(fs);
    const begun = await begin(store, { path: out, runId: 'run', contents: {} });
    const from = calls.length;
    const made = async () =>
      store.createFile({ options, signal: AbortSignal.abort(), path: 'part', ...begun });
    await expect(made()).rejects.toThrow(/abort/i);
    expect(calls.slice(from)).toEqual([]);
  });

  it('is not published: a worker that was given up can add nothing to a directory that commits', async () => {
    const isSwap = (name: string, path: string): boolean =>
      name === 'rename' && path.endsWith('stage-run/out');
    const { fs, reached, letGo } = holding(isSwap);
    const store = storeOver(fs);
    const staged = await stage(store, { path: out, runId: 'run', contents: fresh });
    const committing = store.commit({ options, signal, ...staged });
    await reached;
    await expect(stageFiles(store, staged, { 'part-late': 'late\n' })).rejects.toThrow('part-late');
    letGo();
    await committing;
    expect(await readPublished(out)).toEqual(fresh);
  });

  it.each(['overwrite', 'append'] as const)(
    'is taken back: an abort undoes what a commit has published that hangs in its last fsync (%s)',
    async (mode) => {
      await publish(storeOver(), { path: out, runId: 'before', contents: old });
      let swapped = false;
      const { fs, reached, letGo } = holding((name, path) => {
        swapped ||= name === 'rename' && path.endsWith('stage-run/out');
        return swapped && name === 'sync' && path === scratch;
      });
      let tell = (): void => undefined;
      const isBack = new Promise<void>((resolve) => {
        tell = resolve;
      });
      const store = storeOver({
        ...fs,
        rename: async (from, to) => {
          await fs.rename(from, to);
          if (from.endsWith('.old-run') && to === out) tell();
        },
      });
      const begun = await begin(store, { path: out, runId: 'run', mode, contents: fresh });
      const manifest = await stageFiles(store, begun, fresh);
      const committing = store.commit({ options, signal, ...begun, manifest });
      const rejected = expect(committing).rejects.toThrow('given up');
      await reached;
      expect(Object.keys((await readPublished(out)) ?? {})).toContain('part-new');
      // The stage stays until a sync that began later has put the way back on the disk.
      const aborting = store.abort({ options, signal, ...begun });
      await isBack;
      expect(await readPublished(out)).toEqual(old);
      letGo();
      await rejected;
      await aborting;
      expect(await readPublished(out)).toEqual(old);
      expect(await readdir(scratch)).toEqual(['out']);
    },
  );
});

describe('a commit that is given up', () => {
  it.each([
    ['a new path', undefined],
    ['a version that is there', old],
  ])(
    'in the moment in which it publishes to %s is taken back from a stage that is still there',
    async (_, before) => {
      if (before !== undefined) await publish(storeOver(), { path: out, runId: 'before', contents: before });
      const { fs, reached, letGo } = holding(
        (name, path) => name === 'rename' && path.endsWith('stage-run/out'),
      );
      const store = storeOver(fs);
      const begun = await begin(store, { path: out, runId: 'run', mode: 'overwrite', contents: fresh });
      const staged = { ...begun, manifest: await stageFiles(store, begun, fresh) };
      const committing = store.commit({ options, signal, ...staged });
      const rejected = expect(committing).rejects.toThrow('given up');
      await reached;
      const aborting = store.abort({ options, signal, ...staged });
      expect(await store.verify({ options, signal, ...staged })).toBe(false);
      letGo();
      await aborting;
      await rejected;
      expect(await readPublished(out)).toEqual(before);
      expect(await store.verify({ options, signal, ...staged })).toBe(false);
      expect((await readdir(scratch)).filter((name) => name !== 'out')).toEqual([]);
    },
  );

  it.each([
    ['a file', 'file', 'unlink', '/.previous'],
    ['a directory, whose path is absent by then,', 'directory', 'rename', '/out'],
  ] as const)(
    'while a call before it hangs shows nothing of %s any more (seed 1004756)',
    async (_, kind, call, end) => {
      const before = kind === 'file' ? { out: 'old\n' } : old;
      await publish(storeOver(), { path: out, runId: 'before', kind, contents: before });
      const { fs, reached, letGo } = holding(
        (name, path) => name === call && path.endsWith(end) && !path.includes('.work'),
      );
      const shown: string[] = [];
      const store = storeOver({
        ...fs,
        rename: async (from, to) => {
          if (to === out) shown.push(from);
          await fs.rename(from, to);
        },
      });
      const contents = kind === 'file' ? { out: 'new\n' } : fresh;
      const staged = await stage(store, { path: out, runId: 'run', kind, mode: 'overwrite', contents });
      const committing = store.commit({ options, signal, ...staged });
      const rejected = expect(committing).rejects.toThrow('given up');
      await reached;
      const aborting = store.abort({ options, signal, ...staged });
      letGo();
      await rejected;
      await aborting;
      expect(shown.filter((from) => from.includes('stage-run'))).toEqual([]);
      expect(await readPublished(out)).toEqual(before);
    },
  );

  it.each([
    ['.stage-run/.manifest.json', 'file', true],
    ['.stage-run/out', 'directory', true],
    ['.stage-run/.manifest.json', 'file', false],
    ['.stage-run/out', 'directory', false],
  ] as const)(
    'but that a look has found, and brought to its end, is not taken back when its own call (%s of a %s) fails at last (seed 2000685), whether its manifest can be read then (%s) or not',
    async (end, kind, isReadable) => {
      const before = kind === 'file' ? { out: 'old\n' } : old;
      await publish(storeOver(), { path: out, runId: 'before', kind, contents: before });
      const { fs, reached, letGo } = holding((name, path) => name === 'rename' && path.endsWith(end));
      const contents = kind === 'file' ? { out: 'new\n' } : fresh;
      let finished = false;
      let isUnreadable = false;
      const store = storeOver({
        ...fs,
        // The way back stays open: the stage cannot be removed.
        readdir: async (path) => {
          if (finished && path.endsWith('.stage-run')) throw new Error('EIO: injected');
          return fs.readdir(path);
        },
        // Only the commit's own call hangs.
        rename: async (from, to) => (finished ? recorded.rename(from, to) : fs.rename(from, to)),
        readFile: async (path) => {
          if (isUnreadable) throw Object.assign(new Error('EIO: injected'), { code: 'EIO' });
          return fs.readFile(path);
        },
      });
      const staged = await stage(store, { path: out, runId: 'run', kind, mode: 'overwrite', contents });
      const committing = store.commit({ options, signal, ...staged }).catch(() => undefined);
      await reached;
      finished = true;
      expect(await store.verify({ options, signal, ...staged })).toBe(true);
      isUnreadable = !isReadable;
      letGo();
      await committing;
      expect(await readPublished(out)).toEqual(contents);
      const manifest = kind === 'file' ? join(scratch, '.out.manifest.json') : join(out, '_manifest.json');
      expect(decodeManifest(await readFile(manifest, 'utf8'))).toMatchObject({ runId: 'run' });
    },
  );

  it('while a link to its generation is made leaves a link to the generation before', async () => {
    const way = { path: out, publish: 'generations' } as const;
    await publish(storeOver(), { ...way, runId: 'before', contents: old });
    const { fs, reached, letGo } = holding((name) => name === 'symlink');
    const store = storeOver(fs);
    const staged = await stage(store, { ...way, runId: 'run', mode: 'overwrite', contents: fresh });
    const committing = store.commit({ options, signal, ...staged });
    const rejected = expect(committing).rejects.toThrow('given up');
    await reached;
    await store.abort({ options, signal, ...staged });
    letGo();
    await rejected;
    expect(await readPublished(await realpath(out))).toEqual(old);
  });

  it.each([
    ['to the generation before', old, '00000002'],
    ['nowhere, where there was none', undefined, '00000001'],
  ])(
    'and that links its generation while the abort takes that away leads %s, and has that on the disk',
    async (_, before, number) => {
      const way = { path: out, publish: 'generations' } as const;
      if (before !== undefined) await publish(storeOver(), { ...way, runId: 'before', contents: before });
      const made: string[] = [];
      let links = 0;
      const { fs, reached, letGo } = holding((name, path) => {
        if (name === 'sync') made.push(path);
        return name === 'symlink' && links++ === 0;
      });
      let isLinked = false;
      let tell = (): void => undefined;
      const hasLooked = new Promise<void>((resolve) => {
        tell = resolve;
      });
      const atLink = async (call: () => Promise<void>): Promise<void> => {
        await call();
        made.push('link');
        isLinked ||= (await readlink(out).catch(() => '')).endsWith(number);
      };
      const store = storeOver({
        ...fs,
        rename: async (from, to) => {
          if (from.endsWith('.link-run')) return atLink(() => fs.rename(from, to));
          // The abort's, which is overtaken here by the link of the commit, and by its look whether that is right.
          if (from.endsWith(`.out.gen/${number}`)) {
            letGo();
            await hasLooked;
          }
          return fs.rename(from, to);
        },
        unlink: (path) => (path === out ? atLink(() => fs.unlink(path)) : fs.unlink(path)),
        readdir: async (path) => {
          const entries = await fs.readdir(path);
          if (isLinked) tell();
          return entries;
        },
      });
      const staged = await stage(store, { ...way, runId: 'run', mode: 'overwrite', contents: fresh });
      const rejected = expect(store.commit({ options, signal, ...staged })).rejects.toThrow('given up');
      await reached;
      await store.abort({ options, signal, ...staged });
      await rejected;
      expect(await readPublished(before === undefined ? out : await realpath(out))).toEqual(before);
      expect(made.slice(made.lastIndexOf('link'))).toContain(scratch);
      expect((await readdir(scratch)).includes('out')).toBe(before !== undefined);
    },
  );

  it('is no commit for whoever looks while it still shows what it will take back', async () => {
    let swapped = false;
    let refused = false;
    const { fs, reached, letGo } = holding((name, path) => {
      swapped ||= name === 'rename' && path.endsWith('stage-run/out');
      return swapped && name === 'sync' && path === scratch;
    });
    const store = storeOver({
      ...fs,
      rename: async (from, to) => {
        // The way back fails once: of the abort, not of the commit.
        if (from === out && !refused) {
          refused = true;
          throw Object.assign(new Error('EIO: injected'), { code: 'EIO' });
        }
        await fs.rename(from, to);
      },
    });
    const staged = await stage(store, { path: out, runId: 'run', contents: fresh });
    const committing = store.commit({ options, signal, ...staged });
    const rejected = expect(committing).rejects.toThrow('given up');
    await reached;
    await expect(store.abort({ options, signal, ...staged })).rejects.toThrow('EIO');
    expect(await readPublished(out)).toEqual(fresh);
    expect(await store.verify({ options, signal, ...staged })).toBe(false);
    letGo();
    await rejected;
    expect(await readPublished(out)).toBeUndefined();
  });

  it('is done when it was only tidying up: it is not taken back, and not waited for', async () => {
    const { fs } = recordedFileSystem();
    let reach = (): void => undefined;
    const tidying = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const store = storeOver({
      ...fs,
      // Removes the stage: never.
      readdir: (path) => {
        if (!path.endsWith('.out.stage-run')) return fs.readdir(path);
        reach();
        return new Promise(() => undefined);
      },
    });
    const staged = await stage(store, { path: out, runId: 'run', contents: fresh });
    const cancel = new AbortController();
    const committing = store.commit({ options, signal: cancel.signal, ...staged });
    await tidying;
    cancel.abort();
    await committing;
    void store.abort({ options, signal, ...staged });
    expect(await store.verify({ options, signal, ...staged })).toBe(true);
    expect(await readPublished(out)).toEqual(fresh);
  });
});

describe('an abort of what is done', () => {
  it('waits for the tidying, and touches nothing beside it', async () => {
    const isMark = (name: string, path: string): boolean =>
      name === 'unlink' && path.endsWith('.out.stage-run/.tailrace');
    const { fs, reached, letGo } = holding(isMark);
    let touched = 0;
    const watched = (path: string): ReturnType<typeof fs.lstat> => {
      touched += 1;
      return fs.lstat(path);
    };
    const store = storeOver({ ...fs, lstat: watched });
    const staged = await stage(store, { path: out, runId: 'run', contents: fresh });
    const committing = store.commit({ options, signal, ...staged });
    await reached;
    touched = 0;
    const aborting = store.abort({ options, signal, ...staged });
    await new Promise(setImmediate);
    expect(touched).toBe(0);
    letGo();
    await Promise.all([committing, aborting]);
    expect(await readPublished(out)).toEqual(fresh);
    expect(await readdir(scratch)).toEqual(['out']);
  });
});

describe('a directory above the target that another output removes', () => {
  it('is made again while an output begins', async () => {
    const path = join(scratch, 'new', 'out');
    const leases = mortalLeases();
    const store = storeOver(recordedFileSystem().fs, {
      ...leases,
      take: async (at) => {
        // As an output beside it does that had made it too, and gives up at this moment.
        await rm(join(scratch, 'new'), { recursive: true });
        return leases.take(at);
      },
    });
    await publish(store, { path, runId: 'run', contents: fresh });
    expect(await readPublished(path)).toEqual(fresh);
  });
});
