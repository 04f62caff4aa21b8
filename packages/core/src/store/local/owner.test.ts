import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Call, type Fault, mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  decodeOwner,
  encodeOwner,
  fateOf,
  hasProcess,
  lookAtSelf,
  type Owner,
  processOwners,
  startOf,
} from './owner.js';
import {
  begin,
  commit,
  type OutputPlan,
  options,
  publish,
  readPublished,
  scratchDirectory,
  signal,
  stage,
  storeOver,
  targetOf,
} from './store-bench.js';

const self: Owner = { pid: 7, start: '70', host: 'here', boot: 'b1', pidSpace: 'p1', leaseSpace: 'n1' };

describe('the owner of a stage beside a target whose lease is held', () => {
  const container = { pidSpace: 'p2', leaseSpace: 'n2' };
  it.each([
    ['gone when it would have the lease', {}, false, 'gone'],
    ['gone when the machine was started anew on its own disk', { boot: 'b0' }, true, 'gone'],
    ['unknown when another machine may have made the stage', { boot: 'b0' }, false, 'unknown'],
    ['unknown in another container', container, true, 'unknown'],
    ['alive when its process is there, though its leases are not seen', { leaseSpace: 'n2' }, true, 'alive'],
    ['gone when its number was given to another', { leaseSpace: 'n2', start: '69' }, true, 'gone'],
    ['gone when its process is not there', { leaseSpace: 'n2', pid: 8 }, true, 'gone'],
  ] as const)('is %s', async (_what, other, isPrivate, fate) => {
    const startOf = async (pid: number): Promise<string | undefined> =>
      pid === self.pid ? self.start : undefined;
    expect(await fateOf({ ...self, ...other }, self, isPrivate, startOf)).toBe(fate);
  });

  it('is unknown on another machine of a system that does not tell its starts', async () => {
    const here = { ...self, boot: '', pidSpace: '', leaseSpace: '' };
    expect(await fateOf({ ...here, host: 'there' }, here, false, async () => undefined)).toBe('unknown');
    expect(await fateOf(here, here, false, async () => undefined)).toBe('gone');
  });

  it('is not taken for gone, nor for one of a system that tells nothing, when the system cannot be asked now', async () => {
    const failing = (code: string) => {
      const fail = () => Promise.reject(Object.assign(new Error(code), { code }));
      return { readFile: fail, readlink: fail };
    };
    expect(await startOf(7, failing('ENOENT'), () => false)).toBeUndefined();
    await expect(startOf(7, failing('EMFILE'))).rejects.toMatchObject({ code: 'EMFILE' });
    await expect(lookAtSelf(failing('EMFILE'))).rejects.toMatchObject({ code: 'EMFILE' });
    expect(await lookAtSelf(failing('ENOENT'))).toMatchObject({ start: '', boot: '', leaseSpace: '' });
  });

  it.each(['EACCES', 'EPERM'])('is unknown where processes of others are hidden (%s)', async (code) => {
    const hidden = () => Promise.reject(Object.assign(new Error(code), { code }));
    expect(await fateOf({ ...self, leaseSpace: 'n2' }, self, true, hidden)).toBe('unknown');
  });

  it('is unknown where processes of others have no entry, though they are there (hidepid=2)', async () => {
    const gone = () => Promise.reject(Object.assign(new Error('ENOENT'), { code: 'ENOENT' }));
    const asked = (isThere: boolean) => (pid: number) =>
      startOf(pid, { readFile: gone, readlink: gone }, () => isThere);
    expect(await fateOf({ ...self, leaseSpace: 'n2' }, self, true, asked(true))).toBe('unknown');
    expect(await fateOf({ ...self, leaseSpace: 'n2' }, self, true, asked(false))).toBe('gone');
  });

  it('is there unless the kernel says that no process has its number', () => {
    const failing = (code: string) => () => {
      throw Object.assign(new Error(code), { code });
    };
    expect(hasProcess(7, () => true)).toBe(true);
    expect(hasProcess(7, failing('EPERM'))).toBe(true);
    expect(hasProcess(7, failing('ESRCH'))).toBe(false);
    expect(hasProcess(spawnSync('true').pid)).toBe(false);
  });

  it('is named by a mark that reads back, and by no other text', () => {
    expect(decodeOwner(encodeOwner(self, 'daily', 'run'))).toEqual(self);
    for (const text of ['', 'Tailrace stages here', '{"pid": 7}', 'null'])
      expect(decodeOwner(text)).toBeUndefined();
  });
});

it.runIf(process.platform === 'linux')(
  'a process knows itself, and tells another one that has ended',
  async () => {
    const own = await processOwners.self();
    expect(own).toMatchObject({ pid: process.pid, start: expect.stringMatching(/^\d+$/) });
    for (const value of [own.boot, own.pidSpace, own.leaseSpace]) expect(value).not.toBe('');
    const elsewhere = { ...own, leaseSpace: 'net:[other]' };
    expect(await processOwners.fateOf(elsewhere, true)).toBe('alive');
    const { pid } = spawnSync('true');
    expect(await processOwners.fateOf({ ...elsewhere, pid }, true)).toBe('gone');
  },
);

describe('what a run left of which nothing is known', () => {
  let scratch = '';
  let out = '';
  beforeEach(async () => {
    scratch = await scratchDirectory();
    out = join(scratch, 'out');
  });
  afterEach(() => rm(scratch, { recursive: true }));
  const old = { 'part-old': 'old\n' };
  const fresh = { 'part-new': 'new\n' };
  const plan = (runId: string): OutputPlan => ({ path: out, runId, mode: 'overwrite', contents: fresh });
  const unknowing = () => storeOver(undefined, mortalLeases(), { fate: 'unknown' });

  it('stays, is told of, and is in nobody’s way', async () => {
    await stage(storeOver(), plan('other'));
    const store = unknowing();
    const target = targetOf(plan('run'));
    const begun = await store.begin({ options, signal, target });
    expect(begun).toMatchObject({
      notes: [expect.stringMatching(/stage-other.*ran on host.*takeOver: true/)],
    });
    if (begun === 'skip') throw new Error('skipped');
    await store.abort({ options, signal, target, staging: begun.staging });
    expect(await readdir(scratch)).toEqual(['.out.stage-other']);
  });

  it('is removed with takeOver', async () => {
    await stage(storeOver(), plan('other'));
    const store = unknowing();
    const target = { ...targetOf(plan('run')), takeOver: true };
    const begun = await store.begin({ options, signal, target });
    expect(begun).toMatchObject({ notes: [] });
    if (begun === 'skip') throw new Error('skipped');
    await store.abort({ options, signal, target, staging: begun.staging });
    expect(await readdir(scratch)).toEqual([]);
  });

  it('with a mark that cannot be read stays too', async () => {
    await mkdir(join(scratch, '.out.stage-other'));
    await writeFile(join(scratch, '.out.stage-other/.tailrace'), 'of another version');
    await publish(storeOver(), plan('run'));
    expect((await readdir(scratch)).sort()).toEqual(['.out.stage-other', 'out']);
  });

  it('in the middle of an exchange is a conflict, until it is taken over', async () => {
    await publish(storeOver(), { path: out, runId: 'before', contents: old });
    let isDead = false;
    const fault = ({ name, to }: Call): Fault => {
      isDead ||= name === 'rename' && to === out;
      return isDead ? { errno: 'EIO' } : undefined;
    };
    const dying = storeOver(recordedFileSystem({ fault }).fs);
    await expect(commit(dying, await stage(dying, plan('other')))).rejects.toThrow(/could not be put back/);
    await expect(begin(unknowing(), plan('run'))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/run other is replacing it.*takeOver: true.*\.out\.old-other/),
    });
    expect((await readdir(scratch)).sort()).toEqual(['.out.commit', '.out.old-other', '.out.stage-other']);
    const store = unknowing();
    const target = { ...targetOf(plan('run')), takeOver: true };
    const begun = await store.begin({ options, signal, target });
    if (begun === 'skip') throw new Error('skipped');
    await store.abort({ options, signal, target, staging: begun.staging });
    expect(await readPublished(out)).toEqual(fresh);
    expect(await readdir(scratch)).toEqual(['out']);
  });
});

describe('the lock of a commit', () => {
  let scratch = '';
  let out = '';
  beforeEach(async () => {
    scratch = await scratchDirectory();
    out = join(scratch, 'out');
  });
  afterEach(() => rm(scratch, { recursive: true }));
  const plan = (runId: string): OutputPlan => ({
    path: out,
    runId,
    mode: 'append',
    contents: { [runId]: runId },
  });

  it('that another run has makes a commit wait: a conflict that may pass', async () => {
    const other = await stage(storeOver(), plan('other'));
    const store = storeOver(undefined, mortalLeases(), { fate: 'alive' });
    const staged = await stage(store, plan('run'));
    await mkdir(join(scratch, '.out.commit/other'), { recursive: true });
    await expect(commit(store, staged)).rejects.toMatchObject({
      code: 'CONFLICT',
      status: 'temporary',
      message: expect.stringContaining('run other is publishing'),
    });
    expect(await readPublished(out)).toBeUndefined();
    await rm(join(scratch, '.out.commit'), { recursive: true });
    await commit(store, staged);
    expect(await readPublished(out)).toEqual({ run: 'run' });
    expect(other.manifest.rows).toBe(1);
  });

  it('whose run has ended is removed by the next one', async () => {
    await mkdir(join(scratch, '.out.commit/ended'), { recursive: true });
    await publish(storeOver(), plan('run'));
    expect(await readdir(scratch)).toEqual(['out']);
  });
});
