import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WriteMode } from '../../sink/sink.js';
import { decodeManifest } from '../manifest.js';
import { type Call, type Fault, mortalLeases, recordedFileSystem } from './fault-injection.js';
import { localStore } from './local-store.js';
import {
  begin,
  checksumOf,
  commit,
  inScratch,
  manifestOf,
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

const old = { 'part-old': 'old\n', 'state=CA/part-old': 'old too\n' };
const fresh = { 'part-new': 'new\n', 'state=CA/part-new': 'new too\n' };
const publishOld = () => publish(storeOver(), { path: out, runId: 'before', contents: old });
const plan = (mode: WriteMode, kind: 'file' | 'directory' = 'directory') =>
  ({ path: out, runId: 'run', mode, kind, contents: kind === 'file' ? { out: 'new\n' } : fresh }) as const;

async function manifestAt(path: string): Promise<ReturnType<typeof decodeManifest>> {
  return decodeManifest(await readFile(path, 'utf8'));
}

describe('before the commit', () => {
  it('nothing is visible at the target, and its hidden directory is closed to others', async () => {
    await stage(storeOver(), plan('error'));
    expect(await readPublished(out)).toBeUndefined();
    expect(await readdir(scratch)).toEqual(['.out.stage-run']);
    expect((await lstat(join(scratch, '.out.stage-run'))).mode & 0o777).toBe(0o700);
  });

  it('an existing directory stays as it is', async () => {
    await publishOld();
    await stage(storeOver(), plan('overwrite'));
    expect(await readPublished(out)).toEqual(old);
  });
});

describe('a commit', () => {
  it('publishes a plain directory with its manifest and the modes of the umask, and leaves nothing else', async () => {
    await mkdir(join(scratch, 'usual'));
    await publish(storeOver(), plan('error'));
    expect(await readPublished(out)).toEqual(fresh);
    expect((await lstat(out)).mode).toBe((await lstat(join(scratch, 'usual'))).mode);
    expect((await readdir(scratch)).sort()).toEqual(['out', 'usual']);
    expect(await manifestAt(join(out, '_manifest.json'))).toMatchObject({
      runId: 'run',
      rows: 2,
      files: [
        { path: 'part-new', bytes: 4, checksum: checksumOf('new\n') },
        { path: 'state=CA/part-new', bytes: 8, checksum: checksumOf('new too\n') },
      ],
    });
  });

  it('publishes a single file that has one name, with its manifest hidden beside it', async () => {
    await publish(storeOver(), plan('error', 'file'));
    expect(await readFile(out, 'utf8')).toBe('new\n');
    expect((await lstat(out)).nlink).toBe(1);
    expect((await readdir(scratch)).sort()).toEqual(['.out.manifest.json', 'out']);
  });

  it('makes the directories on the way, and an abort removes those that it made', async () => {
    const deep = { ...plan('error'), path: join(scratch, 'a/b/out') };
    await publish(storeOver(), deep);
    expect(await readPublished(deep.path)).toEqual(fresh);
    await rm(join(scratch, 'a'), { recursive: true });
    const store = storeOver();
    await store.abort({ options, signal, ...(await stage(store, deep)) });
    expect(await readdir(scratch)).toEqual([]);
  });

  it('leaves out what failed attempts have left in the stage', async () => {
    const store = storeOver();
    const begun = await begin(store, plan('error'));
    await stageFiles(store, begun, { 'part-dead': 'half', 'state=NY/part-dead': 'half' });
    await commit(store, { ...begun, manifest: await stageFiles(store, begun, fresh) });
    expect(await readPublished(out)).toEqual(fresh);
    expect((await readdir(out)).sort()).toEqual(['_manifest.json', 'part-new', 'state=CA']);
  });

  it('of a single file takes the attempt that the manifest names, whichever closed last', async () => {
    const store = storeOver();
    const begun = await begin(store, plan('error', 'file'));
    const manifest = await stageFiles(store, begun, { out: 'meant\n' });
    await stageFiles(store, begun, { out: 'other\n' });
    await commit(store, { ...begun, manifest });
    expect(await readFile(out, 'utf8')).toBe('meant\n');
  });

  it.each([
    ['is gone', async (path: string) => rm(path), /part-new is gone/],
    ['was cut', async (path: string) => writeFile(path, 'n'), /part-new has 1 bytes instead of 4/],
  ])(
    'refuses to publish when a staged file %s, and the target is as it was',
    async (_what, harm, message) => {
      await publishOld();
      const store = storeOver();
      const staged = await stage(store, plan('overwrite'));
      await harm(join(scratch, '.out.stage-run/.work/part-new'));
      await expect(commit(store, staged)).rejects.toThrow(message);
      await expect(commit(store, staged)).rejects.toMatchObject({
        code: 'STORE_FAILED',
        status: 'permanent',
      });
      await store.abort({ options, signal, ...staged });
      expect(await readPublished(out)).toEqual(old);
    },
  );

  it('that is cancelled before it publishes changes nothing', async () => {
    await publishOld();
    const cancelled = new AbortController();
    const store = storeOver(
      recordedFileSystem({
        fault: ({ name, path }) => {
          if (name === 'open' && path.endsWith('_manifest.json')) cancelled.abort(new Error('enough'));
          return undefined;
        },
      }).fs,
    );
    const staged = await stage(store, plan('overwrite'));
    await expect(store.commit({ options, ...staged, signal: cancelled.signal })).rejects.toThrow('enough');
    expect(await readPublished(out)).toEqual(old);
    await store.abort({ options, signal, ...staged });
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it('cannot be repeated once it has let go of the target', async () => {
    const store = storeOver();
    const staged = await publish(store, plan('error'));
    await expect(commit(store, staged)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it.each([
    ['overwrite', fresh],
    ['append', { ...old, ...fresh }],
  ] as const)('in mode %s that failed for a moment succeeds when it is called again', async (mode, after) => {
    await publishOld();
    let failures = 2;
    const fault = ({ name, to }: Call): Fault => {
      if (name !== 'rename' || to !== out || failures === 0) return undefined;
      // The second one hits the way back: the next commit must still come through.
      failures -= 1;
      return { errno: 'EBUSY' };
    };
    const store = storeOver(recordedFileSystem({ fault }).fs);
    const staged = await stage(store, plan(mode));
    await expect(commit(store, staged)).rejects.toMatchObject({ code: 'STORE_FAILED', status: 'temporary' });
    expect(await readPublished(out)).toBeUndefined();
    await commit(store, staged);
    expect(await readPublished(out)).toEqual(after);
    expect(await readdir(scratch)).toEqual(['out']);
  });
});

describe('verify', () => {
  it('tells whose version a reader sees now', async () => {
    const store = storeOver();
    const first = await publish(store, plan('error'));
    expect(await store.verify({ options, signal, ...first })).toBe(true);
    const second = await stage(store, { ...plan('overwrite'), runId: 'second' });
    expect(await store.verify({ options, signal, ...second })).toBe(false);
    await commit(store, second);
    expect(await store.verify({ options, signal, ...first })).toBe(false);
    expect(await store.verify({ options, signal, ...second })).toBe(true);
  });

  it('finds a publication whose answer was lost, and lets go of the target', async () => {
    const leases = mortalLeases();
    const { fs } = recordedFileSystem();
    const lost = () => Object.assign(new Error('ETIMEDOUT'), { code: 'ETIMEDOUT' });
    let isAway = false;
    const lossy: typeof fs = {
      ...fs,
      rename: async (from, to) => {
        await fs.rename(from, to);
        if (to !== out) return;
        // Nor does the mount answer the look that follows.
        isAway = true;
        throw lost();
      },
      lstat: (path) => (isAway ? Promise.reject(lost()) : fs.lstat(path)),
    };
    const store = localStore({
      fs: lossy,
      leases,
      surroundings: () => ({ workingDirectory: '/w', homeDirectory: '/h' }),
    });
    const staged = await stage(store, plan('error'));
    await expect(commit(store, staged)).rejects.toMatchObject({ status: 'temporary' });
    isAway = false;
    expect(await store.verify({ options, signal, ...staged })).toBe(true);
    expect(leases.held.size).toBe(0);
    expect(await readdir(scratch)).toEqual(['out']);
    expect(await readPublished(out)).toEqual(fresh);
  });
});

describe('removeFile', () => {
  it('removes a closed file of a directory, absent is as good', async () => {
    const store = storeOver();
    const staged = await stage(store, plan('error'));
    const [file] = staged.manifest.files;
    if (file === undefined) throw new Error('nothing was staged');
    await store.removeFile({ options, signal, ...staged, file });
    await store.removeFile({ options, signal, ...staged, file });
    await expect(commit(store, staged)).rejects.toThrow(/is gone/);
  });

  it('of a single file never takes the same bytes of the next attempt, however late it comes', async () => {
    const store = storeOver();
    const first = await stage(store, plan('error', 'file'));
    const second = { ...first, manifest: await stageFiles(store, first, plan('error', 'file').contents) };
    const [file] = first.manifest.files;
    if (file === undefined) throw new Error('nothing was staged');
    await store.removeFile({ options, signal, ...first, file });
    await commit(store, second);
    expect(await readPublished(out)).toEqual({ out: 'new\n' });
    expect((await readdir(scratch)).sort()).toEqual(['.out.manifest.json', 'out']);
  });
});

describe('a run id', () => {
  it.each(['', '../x', 'a.b', 'a/b'])(
    'that cannot be part of a file name is refused: "%s"',
    async (runId) => {
      await expect(begin(storeOver(), { ...plan('error'), runId })).rejects.toMatchObject({
        code: 'PLAN_INVALID',
      });
    },
  );
});

it('a manifest that names a file twice, or a path outside, is refused', async () => {
  const store = storeOver();
  const staged = await stage(store, plan('error'));
  const [file] = staged.manifest.files;
  if (file === undefined) throw new Error('nothing was staged');
  const twice = manifestOf(staged.target, [file, file]);
  await expect(commit(store, { ...staged, manifest: twice })).rejects.toThrow(/names a file twice/);
  await store.abort({ options, signal, ...staged });
  const again = await stage(store, plan('error'));
  const outside = manifestOf(again.target, [{ ...file, path: '../part' }]);
  await expect(commit(store, { ...again, manifest: outside })).rejects.toMatchObject({
    code: 'PLAN_INVALID',
  });
});
