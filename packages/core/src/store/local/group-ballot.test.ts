import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mortalLeases, recordedFileSystem } from './fault-injection.js';
import { type Ballot, confirm, decide, isDecided, openBallot } from './group-ballot.js';
import { finishGroup } from './group-recovery.js';
import { resolvePlace, stagePaths } from './place.js';
import { inScratch, manifestOf, targetOf } from './store-bench.js';

let scratch = '';
let stage = '';
inScratch((made) => {
  scratch = made;
  stage = join(made, '.out.stage-run');
});

const ballotOver = async (fs = recordedFileSystem().fs): Promise<Ballot> => {
  await mkdir(stage, { recursive: true });
  return { fs, stage, id: 'g' };
};

describe('the ballot of a group', () => {
  it('may be opened again, and is let go of each time', async () => {
    const { fs, calls } = recordedFileSystem();
    const ballot = await ballotOver(fs);
    await openBallot(ballot, 'daily');
    await openBallot(ballot, 'daily');
    expect(await readdir(stage)).toEqual(['.ballot-g']);
    const made = calls.filter(({ creates }) => creates).length;
    expect(calls.filter(({ name }) => name === 'close').length).toBe(made);
  });

  it('is decided for whoever asks while the group decides', async () => {
    const plain = await ballotOver();
    await openBallot(plain, 'daily');
    const { fs } = plain;
    const late = {
      ...fs,
      rename: async (from: string, to: string) => {
        if (to.includes('.refused-')) await decide(plain, 'daily');
        await fs.rename(from, to);
      },
    };
    expect(await isDecided({ ...plain, fs: late })).toBe(true);
  });

  it('is neither decided nor refused while the disk does not say', async () => {
    const { fs } = recordedFileSystem({
      fault: ({ name, to }) =>
        name === 'rename' && to?.includes('.refused-') ? { errno: 'EIO' } : undefined,
    });
    const ballot = await ballotOver(fs);
    await openBallot(ballot, 'daily');
    await expect(isDecided(ballot)).rejects.toThrow('EIO');
    await decide(ballot, 'daily');
  });

  it('is put on the disk by who finds it decided', async () => {
    const { fs, calls } = recordedFileSystem();
    await confirm(await ballotOver(fs));
    expect(calls.map(({ name, path }) => [name, path])).toContainEqual(['sync', stage]);
  });

  it('is not looked at while another process is at it', async () => {
    const { fs } = recordedFileSystem();
    const ballot = await ballotOver(fs);
    await openBallot(ballot, 'daily');
    const target = targetOf({ path: join(scratch, 'out'), runId: 'run', contents: {} });
    const place = await resolvePlace(fs, target);
    const group = { id: 'g', name: 'both', places: [stage] };
    const marked = {
      group,
      place,
      paths: stagePaths(place, 'run'),
      target,
      manifest: manifestOf(target, []),
    };
    const leases = mortalLeases();
    await leases.take(stage);
    await expect(finishGroup(fs, leases, marked)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readdir(stage)).toEqual(['.ballot-g']);
  });
});
