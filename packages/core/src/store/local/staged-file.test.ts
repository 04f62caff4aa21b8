import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Call, recordedFileSystem } from './fault-injection.js';
import { createStagedFile, writeBufferBytes } from './staged-file.js';
import { scratchDirectory } from './store-bench.js';

let root = '';
beforeEach(async () => {
  root = await scratchDirectory();
});
afterEach(() => rm(root, { recursive: true }));

const output = 'daily';

function patterned(length: number, shared = false): Uint8Array {
  const bytes = new Uint8Array(shared ? new SharedArrayBuffer(length) : new ArrayBuffer(length));
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31 + (at >> 8)) & 0xff;
  return bytes;
}

function failing(name: Call['name'], errno: string): ReturnType<typeof recordedFileSystem> {
  return recordedFileSystem({ fault: (call) => (call.name === name ? { errno } : undefined) });
}

describe('a staged file', () => {
  it('holds what was written, in any cut, with its size and checksum, though writes come out short', async () => {
    const lengths = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 3 * writeBufferBytes })),
      { maxLength: 8 },
    );
    let number = 0;
    await fc.assert(
      fc.asyncProperty(lengths, fc.boolean(), async (cuts, shared) => {
        const all = patterned(
          cuts.reduce((sum, length) => sum + length, 0),
          shared,
        );
        number += 1;
        const path = join(root, String(number));
        const { fs } = recordedFileSystem({ longestWrite: 200_000 });
        const file = await createStagedFile({ fs, path, root, output });
        let at = 0;
        for (const length of cuts) {
          const chunk = shared ? all.subarray(at, at + length) : all.slice(at, at + length);
          await file.write(chunk);
          // A copy may be used again once the promise has settled.
          if (!shared) chunk.fill(0);
          at += length;
        }
        const { bytes, checksum } = await file.close();
        expect(bytes).toBe(all.length);
        expect(checksum).toBe(`sha256:${createHash('sha256').update(all).digest('hex')}`);
        expect(Buffer.compare(await readFile(path), all)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('gathers crumbs into writes of the whole buffer', async () => {
    const { fs, calls } = recordedFileSystem();
    const file = await createStagedFile({ fs, path: join(root, 'a'), root, output });
    for (let crumb = 0; crumb < 1_000; crumb += 1) await file.write(patterned(1_024));
    expect(calls.filter((call) => call.name === 'write').length).toBe(3);
    await file.close();
    expect(calls.filter((call) => call.name === 'write').length).toBe(4);
  });

  it('is synced after its last write and before it is closed', async () => {
    const { fs, calls } = recordedFileSystem();
    const file = await createStagedFile({ fs, path: join(root, 'a'), root, output });
    await file.write(patterned(10));
    await file.close();
    expect(calls.map((call) => call.name).slice(-3)).toEqual(['write', 'sync', 'close']);
  });

  it('never takes the place of a file, nor follows a link', async () => {
    await writeFile(join(root, 'a'), 'precious');
    await symlink(join(root, 'elsewhere'), join(root, 'b'));
    const { fs } = recordedFileSystem();
    for (const name of ['a', 'b']) {
      await expect(createStagedFile({ fs, path: join(root, name), root, output })).rejects.toMatchObject({
        code: 'STORE_FAILED',
        status: 'permanent',
        context: { errno: 'EEXIST' },
      });
    }
    expect(await readdir(root)).toEqual(['a', 'b']);
    expect(await readFile(join(root, 'a'), 'utf8')).toBe('precious');
  });

  it('has its directories made, but never the root that an abort has removed', async () => {
    const { fs } = recordedFileSystem();
    const stage = join(root, 'stage');
    const init = { fs, path: join(stage, 'a=1/b=2/part'), root: stage, output };
    await expect(createStagedFile(init)).rejects.toMatchObject({ context: { errno: 'ENOENT' } });
    expect(await readdir(root)).toEqual([]);
    await mkdir(stage);
    await (await createStagedFile(init)).close();
    expect(await readdir(join(stage, 'a=1/b=2'))).toEqual(['part']);
  });

  it('is removed by abort, which does not throw, not even the second time', async () => {
    const { fs } = recordedFileSystem();
    const file = await createStagedFile({ fs, path: join(root, 'a'), root, output });
    await file.write(patterned(10));
    await file.abort();
    await file.abort();
    expect(await readdir(root)).toEqual([]);
    await expect(file.write(patterned(1))).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('is closed before it is removed: not every file system removes what is open', async () => {
    const { fs, calls } = recordedFileSystem();
    const file = await createStagedFile({ fs, path: join(root, 'part'), root, output });
    await file.abort();
    const names = calls.map(({ name }) => name);
    expect(names.slice(-2)).toEqual(['close', 'unlink']);
  });

  it('is not asked for again when it cannot be made, unless its directory is missing', async () => {
    let asked = 0;
    const { fs } = recordedFileSystem({
      fault: ({ name }) => {
        if (name !== 'open') return undefined;
        asked += 1;
        return asked === 1 ? { errno: 'EMFILE' } : undefined;
      },
    });
    const made = createStagedFile({ fs, path: join(root, 'part'), root, output });
    await expect(made).rejects.toMatchObject({ code: 'STORE_FAILED', context: { errno: 'EMFILE' } });
    expect(asked).toBe(1);
  });

  it('is given up after a failed fsync, which is not tried again, as an error that a new attempt may mend', async () => {
    let syncs = 0;
    const { fs } = recordedFileSystem({
      fault: ({ name }) => {
        syncs += name === 'sync' ? 1 : 0;
        return name === 'sync' ? { errno: 'EIO' } : undefined;
      },
    });
    const path = join(root, 'a');
    const file = await createStagedFile({ fs, path, root, output });
    await expect(file.close()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      status: 'temporary',
      context: { path, errno: 'EIO' },
      message: expect.stringContaining(`Could not fsync ${path}: EIO. This file is given up`),
    });
    await expect(file.close()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(syncs).toBe(1);
    expect(await readdir(root)).toEqual([]);
  });

  it('tells of a full disk with the path and what to do, as temporary', async () => {
    const path = join(root, 'a');
    const file = await createStagedFile({ fs: failing('write', 'ENOSPC').fs, path, root, output });
    await expect(file.write(patterned(writeBufferBytes))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      status: 'temporary',
      message: `Could not write to ${path}: ENOSPC. The disk is full: free some space.`,
    });
    await file.abort();
    expect(await readdir(root)).toEqual([]);
  });

  it('fails rather than hang when the file system takes nothing', async () => {
    const { fs } = recordedFileSystem({ longestWrite: 0 });
    const file = await createStagedFile({ fs, path: join(root, 'a'), root, output });
    await file.write(patterned(10));
    await expect(file.close()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(await readdir(root)).toEqual([]);
  });
});
