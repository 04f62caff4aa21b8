import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withCommitLock } from './commit-lock.js';
import { recordedFileSystem } from './fault-injection.js';
import { resolvePlace, stagePaths } from './place.js';
import { inScratch, targetOf } from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

describe('the lock of a commit', () => {
  it('keeps every other run out while it is held, and names its holder', async () => {
    const { fs } = recordedFileSystem();
    const lock = async (runId: string, action: () => Promise<void>): Promise<void> => {
      const target = targetOf({ path: join(scratch, 'out'), runId, contents: {} });
      const place = await resolvePlace(fs, target);
      const paths = stagePaths(place, runId);
      await mkdir(paths.stage, { recursive: true });
      await withCommitLock(fs, place, paths, target, action);
    };
    const entered: string[] = [];
    await lock('first', async () => {
      for (let round = 1; round <= 2; round += 1) {
        const second = lock('second', async () => void entered.push('second'));
        await expect(second).rejects.toMatchObject({
          code: 'CONFLICT',
          status: 'temporary',
          message: expect.stringContaining('run first is publishing'),
        });
      }
    });
    expect(entered).toEqual([]);
    await lock('second', async () => void entered.push('second'));
    expect(entered).toEqual(['second']);
    const left = (await readdir(scratch)).filter((name) => !name.includes('.stage-'));
    expect(left).toEqual([]);
  });

  it('is let go of at a second try when a fault has passed', async () => {
    let isFaulty = false;
    const { fs } = recordedFileSystem({
      fault: ({ name, path }) => {
        const fails = isFaulty && name === 'rmdir' && path.endsWith('/run');
        isFaulty &&= !fails;
        return fails ? { errno: 'EIO' } : undefined;
      },
    });
    const target = targetOf({ path: join(scratch, 'out'), runId: 'run', contents: {} });
    const place = await resolvePlace(fs, target);
    const paths = stagePaths(place, 'run');
    await mkdir(paths.stage, { recursive: true });
    await withCommitLock(fs, place, paths, target, async () => {
      isFaulty = true;
    });
    expect(await readdir(scratch)).toEqual(['.out.stage-run']);
  });
});
