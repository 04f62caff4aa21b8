import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Faults, recordedFileSystem } from './fault-injection.js';
import { type Ballot, confirm, decide, isDecided, openBallot } from './group-ballot.js';
import { inScratch } from './store-bench.js';

let stage = '';
inScratch((made) => {
  stage = join(made, '.flag.stage-run');
});
beforeEach(() => mkdir(stage));

const ballotOver = (faults: Faults = {}, id = 'g-1'): Ballot => ({
  fs: recordedFileSystem(faults).fs,
  stage,
  id,
});

describe('the ballot of a group', () => {
  it('is decided by one rename, which is synced before it counts', async () => {
    const recorded = recordedFileSystem();
    const ballot: Ballot = { fs: recorded.fs, stage, id: 'g-1' };
    await openBallot(ballot, 'flag');
    await decide(ballot, 'flag');
    expect(await readdir(stage)).toEqual(['.decided-g-1']);
    const deciding = recorded.calls.slice(recorded.calls.findIndex(({ name }) => name === 'rename'));
    expect(deciding.map(({ name, path }) => `${name} ${path.slice(stage.length)}`)).toEqual([
      'rename /.ballot-g-1',
      'open ',
      'sync ',
      'close ',
    ]);
    expect(await isDecided(ballotOver())).toBe(true);
  });

  it('is refused by whoever asks before it is decided, and never decided then', async () => {
    await openBallot(ballotOver(), 'flag');
    expect(await isDecided(ballotOver())).toBe(false);
    expect(await readdir(stage)).toEqual(['.refused-g-1']);
    await expect(decide(ballotOver(), 'flag')).rejects.toMatchObject({
      code: 'CONFLICT',
      status: 'permanent',
    });
    expect(await isDecided(ballotOver())).toBe(false);
  });

  it('has one answer for two who decide and refuse at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const ballot = ballotOver({}, `g-${round}`);
      await openBallot(ballot, 'flag');
      const [decided, asked] = await Promise.allSettled([decide(ballot, 'flag'), isDecided(ballot)]);
      if (asked.status === 'rejected') throw asked.reason;
      expect(asked.value).toBe(decided.status === 'fulfilled');
    }
  });

  it('is taken back when its sync fails, so that it can be tried again or refused', async () => {
    await openBallot(ballotOver(), 'flag');
    const failing = ballotOver({ fault: ({ name }) => (name === 'sync' ? { errno: 'EIO' } : undefined) });
    await expect(decide(failing, 'flag')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(await readdir(stage)).toEqual(['.ballot-g-1']);
    expect(await isDecided(ballotOver())).toBe(false);
  });

  it('that was never opened, or belongs to another group, decides nothing', async () => {
    expect(await isDecided(ballotOver())).toBe(false);
    await openBallot(ballotOver({}, 'g-2'), 'flag');
    await decide(ballotOver({}, 'g-2'), 'flag');
    expect(await isDecided(ballotOver())).toBe(false);
    expect(await isDecided({ ...ballotOver(), stage: join(stage, 'gone') })).toBe(false);
  });

  it('stays open when it is opened twice, and a found decision is synced before it is believed', async () => {
    const recorded = recordedFileSystem();
    const ballot: Ballot = { fs: recorded.fs, stage, id: 'g-1' };
    await openBallot(ballot, 'flag');
    await openBallot(ballot, 'flag');
    expect(await readdir(stage)).toEqual(['.ballot-g-1']);
    const before = recorded.calls.length;
    await confirm(ballot);
    expect(recorded.calls.slice(before)).toContainEqual({ name: 'sync', path: stage });
  });

  it('is not taken for refused when the disk cannot say', async () => {
    await openBallot(ballotOver(), 'flag');
    const failing = ballotOver({ fault: ({ name }) => (name === 'rename' ? { errno: 'EIO' } : undefined) });
    await expect(isDecided(failing)).rejects.toMatchObject({ code: 'EIO' });
    expect(await readdir(stage)).toEqual(['.ballot-g-1']);
  });
});
