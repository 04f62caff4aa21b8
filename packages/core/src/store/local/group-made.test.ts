import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Call, recordedFileSystem } from './fault-injection.js';
import { created, file, prepareAll } from './group-bench.js';
import { inScratch, options, type Staged, type Store, signal, storeOver } from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

const plans = () => [
  { ...created.plan, path: join(scratch, 'first') },
  { ...created.plan, path: join(scratch, 'made/here/second') },
  { ...file.plan, mode: 'error' as const, path: join(scratch, 'made/deep/last') },
];
const abort = (store: Store, staged: Staged): Promise<void> => store.abort({ options, signal, ...staged });
const at = (calls: readonly Call[], name: Call['name'], path: string): number =>
  calls.findLastIndex((call) => call.name === name && call.path === path);

describe('directories that a group has made', () => {
  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]]])(
    'are removed when it is given up in the order %j, once all its stages are gone from the disk',
    async (order) => {
      const { fs, calls } = recordedFileSystem();
      const store = storeOver(fs);
      const { staged } = await prepareAll(store, plans());
      const given = calls.length;
      for (const index of order) {
        const one = staged[index];
        if (one !== undefined) await abort(store, one);
      }
      const after = calls.slice(given);
      const isStage = ({ name, path }: Call): boolean => name === 'rmdir' && /\.stage-run$/.test(path);
      const lastStage = after.findLastIndex(isStage);
      for (const folder of ['made/here', 'made/deep', 'made']) {
        expect(at(after, 'rmdir', join(scratch, folder)), folder).toBeGreaterThan(lastStage);
      }
      for (const { path } of plans()) {
        const synced = at(after, 'sync', dirname(path));
        expect(synced, path).toBeGreaterThan(lastStage);
        expect(synced, path).toBeLessThan(at(after, 'rmdir', join(scratch, 'made/deep')));
      }
      expect(await readdir(scratch)).toEqual([]);
    },
  );

  it('are on the disk before there is a mark: who finds one asks for that of the last member', async () => {
    const { fs, calls } = recordedFileSystem();
    await prepareAll(storeOver(fs), plans());
    const mark = calls.findIndex(({ name, path }) => name === 'write' && path.endsWith('/.group.json'));
    expect(mark).toBeGreaterThan(0);
    for (const folder of [scratch, join(scratch, 'made')]) {
      expect(at(calls.slice(0, mark), 'sync', folder), folder).toBeGreaterThan(0);
    }
  });

  it('are removed, and each once, when all are given up at the same time', async () => {
    const store = storeOver();
    const { staged } = await prepareAll(store, plans());
    await Promise.all(staged.map((one) => abort(store, one)));
    expect(await readdir(scratch)).toEqual([]);
  });

  it('stay when one of the stages cannot be removed: its mark asks for them', async () => {
    let isFailing = false;
    const { fs } = recordedFileSystem({
      fault: ({ name, path }) =>
        isFailing && name === 'rmdir' && path.endsWith('.first.stage-run') ? { errno: 'EIO' } : undefined,
    });
    const store = storeOver(fs);
    const { staged } = await prepareAll(store, plans());
    isFailing = true;
    await Promise.allSettled(staged.map((one) => abort(store, one)));
    expect(await readdir(join(scratch, 'made'))).toEqual(['deep', 'here']);
  });

  it('stay when the disk does not take that the stages are gone: a mark may come back and ask for them', async () => {
    let isFailing = false;
    const { fs } = recordedFileSystem({
      fault: ({ name, path }) =>
        isFailing && name === 'sync' && path === scratch ? { errno: 'EIO' } : undefined,
    });
    const store = storeOver(fs);
    const { staged } = await prepareAll(store, plans());
    isFailing = true;
    for (const one of staged) await abort(store, one);
    expect(await readdir(join(scratch, 'made'))).toEqual(['deep', 'here']);
  });

  it('stay when a stage is removed by another run only while the disk is asked to keep that it is gone', async () => {
    let isStuck = false;
    const { fs } = recordedFileSystem({
      fault: ({ name, path }) =>
        isStuck && name === 'rmdir' && path.endsWith('.first.stage-run') ? { errno: 'EIO' } : undefined,
      around: async ({ name, path }, make) => {
        const result = await make();
        if (isStuck && name === 'sync' && path === scratch)
          await rm(join(scratch, '.first.stage-run'), { recursive: true, force: true });
        return result;
      },
    });
    const store = storeOver(fs);
    const { staged } = await prepareAll(store, plans());
    isStuck = true;
    await Promise.allSettled(staged.map((one) => abort(store, one)));
    expect(await readdir(join(scratch, 'made'))).toEqual(['deep', 'here']);
  });
});
