import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WriteMode } from '../../sink/sink.js';
import { type Call, type Fault, mortalLeases, recordedFileSystem } from './fault-injection.js';
import { type FileSystem, nodeFileSystem } from './file-system.js';
import { kindOfFileSystem } from './file-system-kind.js';
import {
  begin,
  inScratch,
  options,
  publish,
  readPublished,
  type Store,
  signal,
  storeOver,
  targetOf,
} from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

const plan = (mode: WriteMode = 'error', name = 'out') =>
  ({ path: join(scratch, name), runId: 'run', mode, contents: { 'p=1/part': 'new\n' } }) as const;
const testing = (fs: FileSystem): Store => storeOver(fs, mortalLeases(), { isTrusted: false });
const failing = (fault: (call: Call) => Fault): FileSystem =>
  recordedFileSystem({ fault: (call) => (call.path.includes('.self-test') ? fault(call) : undefined) }).fs;

describe('the file system of a target', () => {
  it('is tested once, leaves nothing, and needs no note when it does what it should', async () => {
    const { fs, calls } = recordedFileSystem();
    const local = { ...fs, statfs: async () => ({ type: 0xef53 }) };
    const target = targetOf(plan());
    const store = testing(local);
    const begun = await store.begin({ options, target, signal });
    expect(begun).toMatchObject({ notes: [] });
    const tested = (): number => calls.filter(({ path }) => path.includes('.self-test')).length;
    const once = tested();
    expect(once).toBeGreaterThan(8);
    if (begun === 'skip') throw new Error('skipped');
    await store.abort({ options, target, staging: begun.staging, signal });
    await publish(store, plan('error', 'other'));
    expect(tested()).toBe(once);
    expect(await readdir(scratch)).toEqual(['other']);
  });

  it.each([
    [
      'renames a directory over one that is not empty',
      'ENOTEMPTY',
      /refuses to replace a directory \(it succeeded\)/,
    ],
    ['creates files that exist', 'EEXIST', /only if there is none \(it succeeded\)/],
  ])('is refused when it %s, before anything is computed', async (_what, errno, message) => {
    const { fs } = recordedFileSystem();
    const forgiving =
      <A extends unknown[], T>(call: (...args: A) => Promise<T>, otherwise: T) =>
      async (...args: A): Promise<T> => {
        try {
          return await call(...args);
        } catch (error) {
          if (error instanceof Error && 'code' in error && error.code === errno) return otherwise;
          throw error;
        }
      };
    const file = { write: async () => ({ bytesWritten: 0 }), sync: async () => {}, close: async () => {} };
    const careless = { ...fs, rename: forgiving(fs.rename, undefined), open: forgiving(fs.open, file) };
    await expect(begin(testing(careless), plan())).rejects.toMatchObject({
      code: 'STORE_FAILED',
      status: 'permanent',
    });
    await expect(begin(testing(careless), plan())).rejects.toThrow(message);
    expect(await readdir(scratch)).toEqual([]);
  });

  it.each([
    ['hard links', 'link', 'append', undefined, /hard links \(EPERM\).*use mode overwrite/],
    ['hard links', 'link', 'overwritePartitions', undefined, /hard links/],
    ['symbolic links', 'symlink', 'error', 'generations', /symbolic links \(EPERM\).*leave out publish/],
    ['fsync of directories', 'sync', 'error', undefined, /fsync of a directory \(EPERM\)/],
  ] as const)('without %s (%s) is refused in mode %s by %s', async (_what, call, mode, way, message) => {
    const fs = failing(({ name }) => (name === call ? { errno: 'EPERM' } : undefined));
    const wanted = { ...plan(mode), ...(way === undefined ? {} : { publish: way }) };
    await expect(begin(testing(fs), wanted)).rejects.toThrow(message);
    expect(await readdir(scratch)).toEqual([]);
  });

  it.each([
    ['a link over another', 'pointer', 'generations', /symbolic links \(EPERM\)/],
    ['a file over another', 'one', 'swap', /a rename over a file \(EPERM\)/],
  ] as const)('without a rename of %s is refused', async (_what, name, way, message) => {
    const fs = failing((call) =>
      call.name === 'rename' && call.path.endsWith(`/${name}`) ? { errno: 'EPERM' } : undefined,
    );
    await expect(begin(testing(fs), { ...plan(), publish: way })).rejects.toThrow(message);
    expect(await readdir(scratch)).toEqual([]);
  });

  it('without links of both kinds takes outputs that need none', async () => {
    const fs = failing(({ name }) =>
      name === 'link' || name === 'symlink' ? { errno: 'EPERM' } : undefined,
    );
    await publish(testing(fs), plan('overwrite'));
    expect(await readPublished(join(scratch, 'out'))).toEqual({ 'p=1/part': 'new\n' });
  });

  it('is tested again when the test itself met a full disk, which says nothing of it', async () => {
    let isFull = true;
    const store = testing(
      failing(({ name }) => (isFull && name === 'mkdir' ? { errno: 'ENOSPC' } : undefined)),
    );
    await expect(begin(store, plan())).rejects.toMatchObject({
      status: 'temporary',
      context: { errno: 'ENOSPC' },
    });
    isFull = false;
    await publish(store, plan());
    expect(await readdir(scratch)).toEqual(['out']);
  });
});

describe.runIf(process.platform === 'linux')('a kind of file system that cannot be relied on', () => {
  it.each([
    [0x6969, /kind NFS.*weaker.*server/],
    [-11317950, /kind CIFS/],
    [0x65735546, /kind FUSE/],
    [0x01021997, /kind 9p/],
    [0x794c7630, /kind overlay.*lower layer/],
    [0x01021994, /kind tmpfs.*power cut/],
  ])('is told of: %s', async (type, message) => {
    const { fs } = recordedFileSystem();
    const begun = await testing({ ...fs, statfs: async () => ({ type }) }).begin({
      options,
      signal,
      target: targetOf(plan()),
    });
    expect(begun).toMatchObject({ notes: [expect.stringMatching(message)] });
  });

  it('is asked of the system', async () => {
    expect(await kindOfFileSystem(nodeFileSystem, '/dev/shm')).toMatchObject({ name: 'tmpfs' });
  });
});
