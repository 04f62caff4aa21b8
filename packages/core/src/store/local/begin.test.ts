import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mortalLeases, recordedFileSystem } from './fault-injection.js';
import type { FileSystem } from './file-system.js';
import {
  commit,
  inScratch,
  options,
  publish,
  readPublished,
  signal,
  stage,
  storeOver,
  targetOf,
} from './store-bench.js';

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

  it('takes the place of what an earlier process of its run has staged, when a power cut has lost the mark of that', async () => {
    const plan = { path: join(scratch, 'out'), runId: 'run', contents: { part: 'again\n' } };
    const lost = join(scratch, '.out.stage-run');
    await mkdir(lost, { mode: 0o700 });
    await mkdir(join(lost, '.work'));
    await writeFile(join(lost, '.work', 'old-part'), 'half');
    await publish(storeOver(), plan);
    expect(await readPublished(plan.path)).toEqual(plan.contents);
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it.each([
    ['others may look into it', 0o755, '.work'],
    ['it holds what nothing of ours is called', 0o700, 'notes'],
    ['it holds a decision', 0o700, '.decided-g-1'],
  ] as const)('leaves a stage of its run without a mark, and is refused, when %s', async (_, mode, name) => {
    const lost = join(scratch, '.out.stage-run');
    await mkdir(lost, { mode });
    await writeFile(join(lost, name), 'of somebody');
    const plan = { path: join(scratch, 'out'), runId: 'run', contents: { part: 'new\n' } };
    await expect(stage(storeOver(), plan)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(lost),
    });
    expect(await readdir(lost)).toEqual([name]);
  });

  it('leaves the stage of a process of its run when it could not make its own', async () => {
    const plan = { path: join(scratch, 'out'), runId: 'run', contents: { part: 'new\n' } };
    const first = storeOver();
    const staged = await stage(first, plan);
    const { fs } = recordedFileSystem({
      fault: ({ name, path }) =>
        name === 'mkdir' && path.endsWith('.stage-run') ? { errno: 'EIO' } : undefined,
    });
    const second = storeOver(fs, mortalLeases(), { fate: 'unknown' });
    await expect(stage(second, plan)).rejects.toThrow('EIO');
    await commit(first, staged);
    expect(await readPublished(plan.path)).toEqual(plan.contents);
  });

  it('keeps its stage closed to others until it is published, whatever is in it', async () => {
    for (const kind of ['file', 'directory'] as const) {
      const path = join(scratch, kind);
      const { fs } = recordedFileSystem();
      const modes: number[] = [];
      const watched: FileSystem = {
        ...fs,
        rename: async (from, to) => {
          const shows = to === path;
          if (shows) modes.push((await stat(join(scratch, `.${kind}.stage-run`))).mode & 0o777);
          await fs.rename(from, to);
        },
        link: async (from, to) => {
          if (to === path) modes.push((await stat(join(scratch, `.${kind}.stage-run`))).mode & 0o777);
          await fs.link(from, to);
        },
      };
      const store = storeOver(watched);
      const staged = await stage(store, { path, runId: 'run', kind, contents: { [kind]: 'new\n' } });
      modes.push((await stat(join(scratch, `.${kind}.stage-run`))).mode & 0o777);
      await commit(store, staged);
      expect(modes, kind).toEqual([0o700, 0o700]);
    }
  });

  it('leaves what a process of the same run has staged that may live', async () => {
    const plan = { path: join(scratch, 'out'), runId: 'run', contents: { part: 'new\n' } };
    const first = storeOver();
    const staged = await stage(first, plan);
    const second = storeOver(undefined, mortalLeases(), { fate: 'unknown' });
    await expect(publish(second, plan)).rejects.toMatchObject({ code: 'CONFLICT' });
    await commit(first, staged);
    expect(await readPublished(plan.path)).toEqual(plan.contents);
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

  describe('whose stage is taken, before its mark is in it, by a run that clears what a dead one left', () => {
    const plan = () => ({ path: join(scratch, 'out'), runId: 'run', contents: { part: 'new\n' } });
    /** A file system on which that happens to the first marks. */
    const robbed = (times: number, then: FileSystem['mkdir']): FileSystem => {
      const { fs } = recordedFileSystem();
      let left = times;
      let isRobbed = false;
      return {
        ...fs,
        open: async (path, flags, mode) => {
          if (path.endsWith('/.tailrace-new') && left > 0) {
            left -= 1;
            isRobbed = true;
            await rm(join(scratch, '.out.stage-run'), { recursive: true, force: true });
          }
          return fs.open(path, flags, mode);
        },
        mkdir: (path, mode) => (isRobbed ? then(path, mode) : fs.mkdir(path, mode)),
      };
    };

    it('makes it again', async () => {
      await publish(storeOver(robbed(2, recordedFileSystem().fs.mkdir)), plan());
      expect(await readPublished(join(scratch, 'out'))).toEqual({ part: 'new\n' });
    });

    it('gives up when that goes on', async () => {
      const begun = stage(storeOver(robbed(1_000, recordedFileSystem().fs.mkdir)), plan());
      await expect(begun).rejects.toMatchObject({ context: { errno: 'ENOENT' } });
    });

    it('tells why it cannot be made again', async () => {
      const refused = async (): Promise<void> => {
        throw Object.assign(new Error('EACCES: injected'), { code: 'EACCES' });
      };
      await expect(stage(storeOver(robbed(1_000, refused)), plan())).rejects.toMatchObject({
        context: { errno: 'EACCES' },
      });
    });
  });

  describe('whose new directories are removed, before its stage is in them, by others that had made them too', () => {
    /** A file system on which that happens to the first stages. */
    const robbed = (times: number): FileSystem => {
      const { fs } = recordedFileSystem();
      let left = times;
      return {
        ...fs,
        mkdir: async (path, mode) => {
          if (path.includes('.stage-') && left > 0) {
            left -= 1;
            await rm(join(scratch, 'new'), { recursive: true });
          }
          return fs.mkdir(path, mode);
        },
      };
    };
    const plan = () => ({
      path: join(scratch, 'new', 'er', 'out'),
      runId: 'run',
      contents: { part: 'new\n' },
    });

    it('makes them again, each time', async () => {
      await publish(storeOver(robbed(4)), plan());
      expect(await readPublished(join(scratch, 'new', 'er', 'out'))).toEqual({ part: 'new\n' });
    });

    it('removes them all when it gives up', async () => {
      const { fs } = recordedFileSystem({
        fault: ({ name, path }) =>
          name === 'open' && path.includes('.stage-') ? { errno: 'EIO' } : undefined,
      });
      const { mkdir: robbedMkdir } = robbed(2);
      await expect(stage(storeOver({ ...fs, mkdir: robbedMkdir }), plan())).rejects.toThrow('EIO');
      expect(await readdir(scratch)).toEqual([]);
    });
  });

  it('is refused while a run with the same id is at work, whose lease it cannot see', async () => {
    const plan = { path: join(scratch, 'out'), runId: 'run', contents: { part: 'new\n' } };
    await stage(storeOver(), plan);
    await expect(stage(storeOver(undefined, mortalLeases(), { fate: 'alive' }), plan)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('refuses to replace a mount point, be it empty or not', async () => {
    const out = join(scratch, 'out');
    const { fs } = recordedFileSystem();
    const mounted: FileSystem = {
      ...fs,
      lstat: async (path) => ({ ...(await fs.lstat(path)), ...(path === out && { device: 'another' }) }),
    };
    await mkdir(out);
    for (const inside of ['empty', 'full']) {
      if (inside === 'full') await mkdir(join(out, 'something'));
      const target = targetOf({ path: out, runId: 'run', mode: 'overwrite', contents: {} });
      await expect(storeOver(mounted).begin({ options, target, signal }), inside).rejects.toMatchObject({
        code: 'PLAN_INVALID',
        message: expect.stringContaining('mount point'),
      });
    }
  });
});
