import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mortalLeases, recordedFileSystem } from './fault-injection.js';
import { type Ballot, confirm, decide, isDecided, openBallot } from './group-ballot.js';
import { finishGroup } from './group-recovery.js';
import { resolvePlace, stagePaths } from './place.js';
import {
  begin,
  inScratch,
  manifestOf,
  options,
  publish,
  type Store,
  signal,
  stageFiles,
  storeOver,
  targetOf,
} from './store-bench.js';

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

  it.each([
    ['EIO', 'unknown'],
    ['ENOENT', 'decided'],
  ])(
    'is looked at when the rename that decides was made and failed with %s: it is %s',
    async (errno, what) => {
      const plain = await ballotOver();
      await openBallot(plain, 'daily');
      const rename = async (from: string, to: string): Promise<never> => {
        await plain.fs.rename(from, to);
        throw Object.assign(new Error(errno), { code: errno });
      };
      const deciding = decide({ ...plain, fs: { ...plain.fs, rename } }, 'daily');
      if (what === 'decided') await deciding;
      else await expect(deciding).rejects.toMatchObject({ context: { decision: 'unknown' } });
      expect(await isDecided(plain)).toBe(true);
    },
  );

  it('is undecided, and may be decided again, when that rename was not made', async () => {
    const plain = await ballotOver();
    await openBallot(plain, 'daily');
    const rename = () => Promise.reject(Object.assign(new Error('EBUSY'), { code: 'EBUSY' }));
    const failed: unknown = await decide({ ...plain, fs: { ...plain.fs, rename } }, 'daily').catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({ code: 'STORE_FAILED' });
    expect(failed).not.toMatchObject({ context: { decision: 'unknown' } });
    await decide(plain, 'daily');
    expect(await isDecided(plain)).toBe(true);
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
      base: undefined,
    };
    const leases = mortalLeases();
    await leases.take(stage);
    await expect(finishGroup(fs, leases, marked, signal)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readdir(stage)).toEqual(['.ballot-g']);
  });
});

describe('an output in a group', () => {
  const contents = { part: 'new\n' };
  const begun = async (store: Store) => {
    const one = await begin(store, { path: join(scratch, 'out'), runId: 'run', contents });
    if (store.group === undefined) throw new Error('the store knows no groups');
    return { one, group: { id: 'g', name: 'both', places: [stage] }, half: store.group };
  };

  it('does not open its ballot while another process finishes a group in the same place', async () => {
    const leases = mortalLeases();
    const { one, group, half } = await begun(storeOver(undefined, leases));
    await leases.take(stage);
    await expect(half.open({ options, signal, ...one, group })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readdir(stage)).not.toContain('.ballot-g');
  });

  it('is not prepared a second time after an fsync that has failed', async () => {
    let failures = 0;
    const { fs } = recordedFileSystem({
      fault: ({ name, path }) => {
        if (name !== 'sync' || path !== stage || failures > 0) return undefined;
        failures += 1;
        return { errno: 'EIO' };
      },
    });
    const store = storeOver(fs);
    const { one, group, half } = await begun(store);
    const manifest = await stageFiles(store, one, contents);
    for (let round = 1; round <= 2; round += 1) {
      const prepared = half.prepare({ options, signal, ...one, manifest, group });
      await expect(prepared, `round ${round}`).rejects.toMatchObject({ status: 'permanent' });
    }
  });

  it('is not prepared when it is cancelled while its manifest is written', async () => {
    const cancelling = new AbortController();
    const { fs } = recordedFileSystem({
      fault: ({ name, path, creates }) => {
        if (name === 'open' && creates && path.endsWith('/out/_manifest.json'))
          cancelling.abort(new Error('cancelled'));
        return undefined;
      },
    });
    const store = storeOver(fs);
    const { one, group, half } = await begun(store);
    const manifest = await stageFiles(store, one, contents);
    await expect(
      half.prepare({ options, signal: cancelling.signal, ...one, manifest, group }),
    ).rejects.toThrow('cancelled');
  });

  it.each(['staged', 'published'])(
    'has its mark on the disk when it is prepared, with what it has %s',
    async (what) => {
      const plan = { path: join(scratch, 'out'), runId: 'run', publish: 'generations', contents } as const;
      if (what === 'published') await publish(storeOver(), plan);
      const { fs, calls } = recordedFileSystem();
      const store = storeOver(fs);
      const one = await begin(store, { ...plan, mode: 'overwrite' });
      if (store.group === undefined) throw new Error('the store knows no groups');
      const manifest = await stageFiles(store, one, contents);
      const group = { id: 'g', name: 'both', places: [stage] };
      await store.group.prepare({ options, signal, ...one, manifest, group });
      const marked = calls.findIndex(({ name, path }) => name === 'open' && path.endsWith('/.group.json'));
      expect(marked).toBeGreaterThanOrEqual(0);
      for (const directory of [stage, scratch])
        expect(calls.slice(marked).some(({ name, path }) => name === 'sync' && path === directory)).toBe(
          true,
        );
    },
  );
});
