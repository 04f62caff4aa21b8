import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedFileSystem } from './fault-injection.js';
import { resolvePlace, stagePaths } from './place.js';
import { rebased } from './rebase.js';
import { commit, inScratch, manifestOf, publish, signal, stage, storeOver, targetOf } from './store-bench.js';
import { versionAt } from './version.js';

let out = '';
inScratch((made) => {
  out = join(made, 'out');
});

const old = { part: 'old\n' };
const appending = () =>
  ({ path: out, runId: 'run', mode: 'append', contents: { 'part-2': 'new\n' } }) as const;

describe('a commit whose target has changed', () => {
  it('gives up when that happens again and again', async () => {
    await publish(storeOver(), { path: out, runId: 'before', contents: old });
    const { fs } = recordedFileSystem();
    const target = targetOf(appending());
    const place = await resolvePlace(fs, target);
    const paths = stagePaths(place, 'run');
    const base = await versionAt(fs, place, target);
    const held = { place, paths, madeParents: [], base, own: undefined, notes: [] };
    const committing = { fs, held, target, manifest: manifestOf(target, []), signal };
    await expect(rebased(committing, 20)).resolves.toEqual(base);
    await expect(rebased(committing, 21)).rejects.toThrow(/changed again and again/);
  });

  it('says that it was removed, and puts nothing in its place', async () => {
    await publish(storeOver(), { path: out, runId: 'before', contents: old });
    const store = storeOver();
    const staged = await stage(store, appending());
    await rm(out, { recursive: true });
    await expect(commit(store, staged)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('something else has removed'),
    });
  });

  it('sees the version of another run that is exchanged between two calls as gone or as the next one', async () => {
    await publish(storeOver(), { path: out, runId: 'before', contents: old });
    for (const next of ['none', 'another'] as const) {
      let isExchanged = false;
      // The other run moves its version aside as soon as ours has seen that there is a directory.
      const { fs } = recordedFileSystem({
        around: async ({ name, path }, make) => {
          const made = await make();
          if (!isExchanged && name === 'lstat' && path === out) {
            isExchanged = true;
            await rename(out, `${out}-aside-${next}`);
            if (next === 'another') await rename(`${out}-aside-none`, out);
          }
          return made;
        },
      });
      const target = targetOf(appending());
      const place = await resolvePlace(recordedFileSystem().fs, target);
      const seen = await versionAt(fs, place, target);
      expect(isExchanged).toBe(true);
      expect(seen.runId).toBe(next === 'none' ? undefined : 'before');
      if (next === 'none') await publish(storeOver(), { path: out, runId: 'after', contents: old });
    }
  });
});
