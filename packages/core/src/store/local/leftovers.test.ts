import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WriteMode } from '../../sink/sink.js';
import { decodeManifest } from '../manifest.js';
import { type Call, type Fault, mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  begin,
  commit,
  inScratch,
  options,
  publish,
  readPublished,
  signal,
  stage,
  stageFiles,
  storeOver,
  targetOf,
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

describe('a held target', () => {
  it('refuses another run with a conflict that names the path, until the first lets go', async () => {
    const leases = mortalLeases();
    const first = storeOver(undefined, leases);
    const staged = await stage(first, plan('overwrite'));
    for (const store of [first, storeOver(undefined, leases)]) {
      await expect(begin(store, { ...plan('overwrite'), runId: 'other' })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(`cannot write to ${out}: another run is writing there`),
      });
    }
    await commit(first, staged);
    await publish(storeOver(undefined, leases), { ...plan('overwrite'), runId: 'other' });
    expect(leases.held.size).toBe(0);
  });

  it('is one target under all its names', async () => {
    const leases = mortalLeases();
    await symlink(scratch, join(scratch, 'alias'));
    await stage(storeOver(undefined, leases), plan('error'));
    const alias = { ...plan('error'), path: join(scratch, 'alias/out'), runId: 'other' };
    await expect(begin(storeOver(undefined, leases), alias)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a file of a dead run', () => {
  it('never lends its manifest to the old one, though both have one size, wherever its commit was cut off', async () => {
    const before = { path: out, runId: 'before', kind: 'file', contents: { out: 'old\n' } } as const;
    const naming = new Set(['rename', 'link', 'unlink']);
    let isCutOff = true;
    for (let cutAt = 0; isCutOff; cutAt += 1) {
      await publish(storeOver(), { ...before, mode: 'overwrite' });
      let count = Number.NaN;
      const { fs } = recordedFileSystem({
        fault: ({ name }) => {
          if (naming.has(name)) count += 1;
          return count > cutAt ? { errno: 'EIO' } : undefined;
        },
      });
      const store = storeOver(fs, mortalLeases());
      const staged = await stage(store, plan('overwrite', 'file'));
      count = 0;
      await commit(store, staged).catch(() => undefined);
      isCutOff = count > cutAt;
      // Begins as the next run does, and changes nothing.
      const target = { ...before, mode: 'ignore', publish: 'swap', output: 'daily' } as const;
      expect(await storeOver().begin({ options, signal, target })).toBe('skip');
      const text = await readFile(out, 'utf8');
      const manifest = await manifestAt(join(scratch, '.out.manifest.json'));
      expect([text, manifest?.runId], `cut off at call ${cutAt}`).toEqual(
        text === 'old\n' ? ['old\n', 'before'] : ['new\n', 'run'],
      );
    }
  });
});

describe('abort', () => {
  it('removes everything staged, lets go, and may be called again and after a commit', async () => {
    const leases = mortalLeases();
    const store = storeOver(undefined, leases);
    const staged = await stage(store, plan('error'));
    await store.abort({ options, signal, ...staged });
    await store.abort({ options, signal, ...staged });
    expect(await readdir(scratch)).toEqual([]);
    expect(leases.held.size).toBe(0);

    const again = await publish(store, plan('error'));
    await store.abort({ options, signal, ...again });
    expect(await readPublished(out)).toEqual(fresh);
  });

  it('keeps a late worker from bringing the stage back', async () => {
    const store = storeOver();
    const staged = await stage(store, plan('error'));
    await store.abort({ options, signal, ...staged });
    await expect(stageFiles(store, staged, { 'state=NY/part': 'late' })).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    expect(await readdir(scratch)).toEqual([]);
  });
});

describe('what dead runs left', () => {
  it('is cleaned by the next run, but never what bears only a similar name', async () => {
    const leases = mortalLeases();
    await stage(storeOver(undefined, leases), { ...plan('error'), runId: 'dead' });
    await stage(storeOver(undefined, leases), { ...plan('error'), path: `${out}.stage-x`, runId: 'alive' });
    leases.releaseAll();
    await mkdir(join(scratch, '.out.stage-mine'));
    await writeFile(join(scratch, '.out.stage-mine/notes'), 'keep');
    await mkdir(join(scratch, '.out.old-mine'));
    await publish(storeOver(), plan('error'));
    expect((await readdir(scratch)).sort()).toEqual([
      '.out.old-mine',
      '.out.stage-mine',
      '.out.stage-x.stage-alive',
      'out',
    ]);
  });

  it('is removed too where a worker that was given up wrote into a stage whose removal had failed in its last step', async () => {
    const isLast = ({ name, path }: Call): boolean => name === 'rmdir' && path.endsWith('.out.stage-dead');
    const { fs } = recordedFileSystem({ fault: (call) => (isLast(call) ? { errno: 'EIO' } : undefined) });
    const store = storeOver(fs);
    const dead = await publish(store, { ...plan('error', 'file'), runId: 'dead' });
    await stageFiles(store, dead, { out: 'late\n' });
    const file = await store.createFile({ options, signal, path: 'out', ...dead });
    await file.write(new TextEncoder().encode('later\n'));
    expect(await readdir(join(scratch, '.out.stage-dead'))).toHaveLength(2);
    await publish(storeOver(), plan('overwrite', 'file'));
    expect((await readdir(scratch)).sort()).toEqual(['.out.manifest.json', 'out']);
    await file.abort();
  });

  it.each([
    ['forward when it is whole', undefined, fresh],
    ['back when it is not', 'state=CA/part-new', old],
  ] as const)('between two renames rolls the new version %s', async (_way, damaged, after) => {
    await publishOld();
    const leases = mortalLeases();
    let isDead = false;
    const fault = ({ name, to }: Call): Fault => {
      isDead ||= name === 'rename' && to === out;
      return isDead ? { errno: 'EIO' } : undefined;
    };
    const store = storeOver(recordedFileSystem({ fault }).fs, leases);
    const staged = await stage(store, plan('overwrite'));
    await expect(commit(store, staged)).rejects.toThrow(/could not be put back/);
    leases.releaseAll();
    if (damaged !== undefined) await rm(join(scratch, '.out.stage-run/out', damaged));
    await expect(begin(storeOver(), { ...plan('error'), runId: 'next' })).rejects.toMatchObject({
      code: 'TARGET_EXISTS',
    });
    expect(await readPublished(out)).toEqual(after);
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it('of an abort that was cut short is not taken for a file that was published', async () => {
    await publish(storeOver(), { ...plan('error', 'file'), runId: 'before', contents: { out: 'old\n' } });
    const leases = mortalLeases();
    let isDead = false;
    const { fs } = recordedFileSystem({
      fault: ({ name, to }) => (isDead || (name === 'rename' && to === out) ? { errno: 'EIO' } : undefined),
    });
    const store = storeOver(
      {
        ...fs,
        // In the worst order: the data first, and then the process dies.
        readdir: async (path) =>
          (await fs.readdir(path)).toSorted((a, b) => b.name.localeCompare(a.name, 'en')),
        unlink: async (path) => {
          await fs.unlink(path);
          isDead ||= path.endsWith('/out');
        },
      },
      leases,
    );
    const staged = await stage(store, plan('overwrite', 'file'));
    await expect(commit(store, staged)).rejects.toMatchObject({ context: { errno: 'EIO' } });
    await expect(store.abort({ options, signal, ...staged })).rejects.toMatchObject({ code: 'STORE_FAILED' });
    leases.releaseAll();
    await begin(storeOver(), { ...plan('overwrite', 'file'), runId: 'next' });
    expect(await readFile(out, 'utf8')).toBe('old\n');
    expect(await manifestAt(join(scratch, '.out.manifest.json'))).toMatchObject({ runId: 'before' });
  });

  it('keeps a previous version that something else has taken the place of in the middle of a swap', async () => {
    await publishOld();
    const leases = mortalLeases();
    let isDead = false;
    const fault = ({ name, to }: Call): Fault => {
      isDead ||= name === 'rename' && to === out;
      return isDead ? { errno: 'EIO' } : undefined;
    };
    const store = storeOver(recordedFileSystem({ fault }).fs, leases);
    await expect(commit(store, await stage(store, plan('overwrite')))).rejects.toThrow(
      /could not be put back/,
    );
    leases.releaseAll();
    await mkdir(out);
    await writeFile(join(out, 'foreign'), 'by hand\n');
    await expect(begin(storeOver(), { ...plan('error'), runId: 'next' })).rejects.toMatchObject({
      code: 'TARGET_EXISTS',
    });
    expect(await readPublished(out)).toEqual({ foreign: 'by hand\n' });
    expect(await readPublished(join(scratch, '.out.old-run'))).toEqual(old);
  });

  it('is not a version to go back to once a reader could see the next one', async () => {
    await publishOld();
    const leases = mortalLeases();
    // Dies when it begins to remove the old version, most of which is gone by then.
    let removed = 0;
    const fault = ({ name, path }: Call): Fault => {
      removed += name === 'unlink' && path.includes('part-old') ? 1 : 0;
      return removed > 1 ? { errno: 'EIO' } : undefined;
    };
    await publish(storeOver(recordedFileSystem({ fault }).fs, leases), plan('overwrite'));
    expect((await readdir(scratch)).sort()).toEqual(['.out.stage-run', 'out']);
    await rm(out, { recursive: true });
    await publish(storeOver(), { ...plan('error'), runId: 'next' });
    expect(await readPublished(out)).toEqual(fresh);
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it('is removed when its run died while it wrote its mark', async () => {
    await mkdir(join(scratch, '.out.stage-dead'));
    await writeFile(join(scratch, '.out.stage-dead/.tailrace-new'), '{"pi');
    await publish(storeOver(), plan('error'));
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it.each(['file', 'directory'] as const)(
    'is removed when a power cut took its mark, which was not synced yet, and kept what was staged of a %s',
    async (kind) => {
      const store = storeOver(undefined, mortalLeases());
      await stage(store, { ...plan('error', kind), runId: 'dead' });
      const left = join(scratch, '.out.stage-dead');
      await rm(join(left, '.tailrace'));
      expect(await readdir(left)).toHaveLength(1);
      await publish(storeOver(), plan('error', kind));
      expect(await readdir(scratch)).not.toContain('.out.stage-dead');
    },
  );

  it('is removed without its mark when the ballot of its group was opened too late', async () => {
    const left = join(scratch, '.out.stage-dead');
    await mkdir(left, { mode: 0o700 });
    await writeFile(join(left, '.ballot-g-1'), '');
    await publish(storeOver(), plan('error'));
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it('is removed without its mark when a power cut kept that of its group: both are synced before the decision', async () => {
    const left = join(scratch, '.out.stage-dead');
    await mkdir(left, { mode: 0o700 });
    await writeFile(join(left, '.group.json'), '{}');
    await publish(storeOver(), plan('error'));
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it('is removed without its mark when a power cut kept what was tried of the file system', async () => {
    await mkdir(join(scratch, '.out.stage-dead/.self-test'), { recursive: true, mode: 0o700 });
    await publish(storeOver(), plan('error'));
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it.each([
    ['others may read it', 0o755, '.work', {}],
    ['it holds what a group has decided', 0o700, '.decided-g-1', {}],
    ['other machines may have the disk, and the ballot may be open', 0o700, '.ballot-g-1', { type: 0x6969 }],
    ['it holds what nothing of ours is called', 0o700, 'notes', {}],
    ['it holds what is there once the mark is on the disk', 0o700, '.previous', {}],
    ['other machines may have the disk', 0o700, '.work', { type: 0x6969 }],
  ] as const)('is left without a mark when %s', async (_, mode, name, disk) => {
    const left = join(scratch, '.out.stage-mine');
    await mkdir(left, { mode });
    await mkdir(join(left, name));
    const { fs } = recordedFileSystem();
    const statfs = async (path: string) => ({ ...(await fs.statfs(path)), ...disk });
    const store = storeOver({ ...fs, statfs });
    const target = targetOf(plan('error'));
    const begun = await store.begin({ options, signal, target });
    expect(begun).toMatchObject({
      notes: expect.arrayContaining([expect.stringContaining(`${left} was left`)]),
    });
    if (begun !== 'skip') await store.abort({ options, signal, target, ...begun });
    expect(await readdir(left)).toEqual([name]);
  });

  it('is told of when it is a version that was moved aside, and of its run nothing else is left', async () => {
    const aside = join(scratch, '.out.old-dead');
    await mkdir(aside);
    await writeFile(join(aside, 'part'), 'perhaps the only one');
    const store = storeOver();
    const target = targetOf(plan('error'));
    const begun = await store.begin({ options, signal, target });
    expect(begun).toMatchObject({ notes: [expect.stringContaining(`${aside} is a version of ${out}`)] });
    if (begun !== 'skip') await store.abort({ options, signal, target, ...begun });
    expect(await readdir(aside)).toEqual(['part']);
  });

  it.each([
    ['an empty stage', 'rmdir', '.out.stage-dead'],
    ['a version that was replaced', 'rename', '.out.old-dead'],
    ['the lock of a commit', 'rmdir', '.out.commit'],
  ] as const)('is told of when the disk refuses to give up %s', async (what, name, left) => {
    if (what === 'a version that was replaced') {
      await publishOld();
      const fault = (call: Call): Fault =>
        call.name === 'rename' && call.to?.endsWith('/.trash') ? { errno: 'EIO' } : undefined;
      const store = storeOver(recordedFileSystem({ fault }).fs, mortalLeases());
      await commit(store, await stage(store, { ...plan('overwrite'), runId: 'dead' }));
    } else await mkdir(join(scratch, left));
    const fault = (call: Call): Fault =>
      call.name === name && call.path === join(scratch, left) ? { errno: 'EIO' } : undefined;
    const next = { ...plan('overwrite'), runId: 'next' };
    await expect(begin(storeOver(recordedFileSystem({ fault }).fs), next)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      context: { errno: 'EIO' },
    });
    await publish(storeOver(), next);
    expect(await readdir(scratch)).toEqual(['out']);
  });
});
