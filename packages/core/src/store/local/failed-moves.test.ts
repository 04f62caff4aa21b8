// Tests of publishing calls of which nobody knows whether they have happened: they fail all the same,
// or the look after them does.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConflictError } from '../../errors/named-errors.js';
import { decodeManifest, encodeManifest } from '../manifest.js';
import { type Call, type Fault, recordedFileSystem } from './fault-injection.js';
import type { FileSystem } from './file-system.js';
import {
  commit,
  inScratch,
  manifestOf,
  type OutputPlan,
  options,
  publish,
  readPublished,
  signal,
  stage,
  storeOver,
  targetOf,
} from './store-bench.js';

let scratch = '';
let out = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

type Way = 'file' | 'directory' | 'generations';
const ways = ['file', 'directory', 'generations'] as const;
const old = { out: 'old\n' };
const fresh = { out: 'new\n' };
const plan = (way: Way, runId: string, contents = fresh): OutputPlan => ({
  path: out,
  runId,
  mode: 'overwrite',
  kind: way === 'file' ? 'file' : 'directory',
  publish: way === 'generations' ? 'generations' : 'swap',
  contents,
});

const eio = (): Error => Object.assign(new Error('EIO: injected'), { code: 'EIO' });

/** Renames and links that give what is staged its place happen, and fail. */
function forgetful(fs: FileSystem, told: () => void = () => undefined): FileSystem {
  const isShowing = (from: string): boolean => /\.stage-run-?\d?\/out$/.test(from);
  return {
    ...fs,
    rename: async (from, to) => {
      await fs.rename(from, to);
      if (!isShowing(from)) return;
      told();
      throw eio();
    },
    link: async (from, to) => {
      await fs.link(from, to);
      if (!isShowing(from)) return;
      told();
      throw eio();
    },
  };
}

/** After such a call nothing can be looked at, nor moved, until the disk is healed. */
function blindAfterwards() {
  let isBlind = false;
  const blind = new Set(['lstat', 'rename', 'unlink', 'link', 'readFile']);
  const fault = ({ name }: Call): Fault => (isBlind && blind.has(name) ? { errno: 'EIO' } : undefined);
  const fs = forgetful(recordedFileSystem({ fault }).fs, () => {
    isBlind = true;
  });
  return {
    fs,
    heal: () => {
      isBlind = false;
    },
  };
}

async function runAt(way: Way): Promise<string | undefined> {
  const path = way === 'file' ? join(scratch, '.out.manifest.json') : join(out, '_manifest.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : decodeManifest(text)?.runId;
}

const seen = async (way: Way) => [await readPublished(out), await runAt(way)];

describe.each(ways)('the call that shows a new version, and fails though it has happened (%s)', (way) => {
  it('has published it, over a version and where there was none', async () => {
    for (const [runId, contents] of [
      ['run-1', old],
      ['run-2', fresh],
    ] as const) {
      await publish(storeOver(forgetful(recordedFileSystem().fs)), plan(way, runId, contents));
      expect(await seen(way)).toEqual([contents, runId]);
      expect((await readdir(scratch)).filter((name) => /stage|old/.test(name))).toEqual([]);
    }
  });

  it('is taken back by the abort when nothing could be looked at then', async () => {
    await publish(storeOver(), plan(way, 'before', old));
    const { fs, heal } = blindAfterwards();
    const store = storeOver(fs);
    const staged = await stage(store, plan(way, 'run'));
    await expect(commit(store, staged)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('could not be taken back'),
      context: { errno: 'EIO', visible: 'unknown' },
    });
    heal();
    await store.abort({ options, signal, ...staged });
    expect(await seen(way)).toEqual([old, 'before']);
    expect((await readdir(scratch)).filter((name) => /stage|old/.test(name))).toEqual([]);
  });

  it('leaves nothing after the abort when it was the first, and nothing could be looked at', async () => {
    const { fs, heal } = blindAfterwards();
    const store = storeOver(fs);
    const staged = await stage(store, plan(way, 'run'));
    await expect(commit(store, staged)).rejects.toMatchObject({ context: { visible: 'unknown' } });
    heal();
    await store.abort({ options, signal, ...staged });
    expect(await readdir(scratch)).toEqual([]);
  });

  it('is made again by the next try, which finds the version before in its place', async () => {
    await publish(storeOver(), plan(way, 'before', old));
    const { fs, heal } = blindAfterwards();
    let isForgetful = true;
    const plain = recordedFileSystem().fs;
    const store = storeOver({
      ...fs,
      rename: (from, to) => (isForgetful ? fs.rename(from, to) : plain.rename(from, to)),
    });
    const staged = await stage(store, plan(way, 'run'));
    await expect(commit(store, staged)).rejects.toMatchObject({ context: { visible: 'unknown' } });
    heal();
    isForgetful = false;
    await commit(store, staged);
    expect(await seen(way)).toEqual([fresh, 'run']);
  });

  it('changes nothing when it has not happened', async () => {
    await publish(storeOver(), plan(way, 'before', old));
    const fault = ({ name, path }: Call): Fault =>
      name === 'rename' && path.endsWith('.stage-run/out') ? { errno: 'EIO' } : undefined;
    const store = storeOver(recordedFileSystem({ fault }).fs);
    const staged = await stage(store, plan(way, 'run'));
    const failed = await commit(store, staged).catch((error: unknown) => error);
    expect(failed).toMatchObject({ context: { errno: 'EIO' } });
    expect(failed).not.toHaveProperty('context.visible');
    expect(await seen(way)).toEqual([old, 'before']);
    await store.abort({ options, signal, ...staged });
    expect(await seen(way)).toEqual([old, 'before']);
  });
});

describe('a generation of which nobody knows whether it was overtaken', () => {
  /** Calls fail as told once the generation 2 has its number. */
  async function published(
    breaks: (call: Call) => boolean,
    then: () => Promise<void> = async () => undefined,
  ) {
    await publish(storeOver(), plan('generations', 'before', old));
    let isNumbered = false;
    let isHealed = false;
    const { fs } = recordedFileSystem({
      fault: (call) => (isNumbered && !isHealed && breaks(call) ? { errno: 'EIO' } : undefined),
    });
    const store = storeOver({
      ...fs,
      rename: async (from, to) => {
        await fs.rename(from, to);
        if (!to.endsWith('.out.gen/00000002')) return;
        isNumbered = true;
        await then();
      },
    });
    const staged = await stage(store, plan('generations', 'run'));
    const failed: unknown = await commit(store, staged).then(
      () => undefined,
      (error: unknown) => error,
    );
    isHealed = true;
    return { store, staged, failed };
  }
  const numbers = async () => (await readdir(join(scratch, '.out.gen'))).toSorted();
  /** What another run has published while this one stood still. */
  const another = async (): Promise<void> => {
    const path = join(scratch, '.out.gen/00000003');
    const target = targetOf(plan('generations', 'another'));
    await mkdir(path);
    await writeFile(
      join(path, '_manifest.json'),
      encodeManifest({ ...manifestOf(target, []), follows: 'other' }),
    );
  };

  it('is taken back', async () => {
    let isFirst = true;
    const { failed } = await published(({ name, path }) => {
      const fails = isFirst && name === 'readdir' && path.endsWith('.out.gen');
      if (fails) isFirst = false;
      return fails;
    });
    expect(failed).toMatchObject({ code: 'STORE_FAILED', context: { errno: 'EIO' } });
    expect([await readPublished(out), await numbers()]).toEqual([old, ['00000001']]);
  });

  it('is told of as not taken back while it is not, and readers see the one before; then the abort takes it back', async () => {
    const { store, staged, failed } = await published(() => true);
    expect(failed).toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/could not be taken back: .*EIO/),
      context: { visible: 'unknown' },
    });
    expect(await readPublished(out)).toEqual(old);
    await store.abort({ options, signal, ...staged });
    expect([await readPublished(out), await numbers()]).toEqual([old, ['00000001']]);
  });

  it('is a conflict when it was, also when it cannot be taken back', async () => {
    const { store, staged, failed } = await published(({ name }) => name === 'rename', another);
    expect(failed).toBeInstanceOf(ConflictError);
    expect(failed).toMatchObject({
      message: expect.stringMatching(/other runs have published .*could not be taken back/),
    });
    // A look must not take it for published.
    expect(await store.verify({ options, signal, ...staged })).toBe(false);
    await store.abort({ options, signal, ...staged });
    expect(await numbers()).toEqual(['00000001', '00000003']);
  });

  it('is none of its run when that one was cut off then: the next process of it begins anew', async () => {
    const { failed } = await published(({ name }) => name === 'rename', another);
    expect(failed).toBeInstanceOf(ConflictError);
    const next = await publish(storeOver(), plan('generations', 'run'));
    expect(next.target.runId).toBe('run');
    expect(await readPublished(out)).toEqual(fresh);
    expect(await numbers()).toContain('00000004');
  });
});

describe('an error that tells also of what could not be put on the disk', () => {
  it('keeps its class', async () => {
    let isNumbered = false;
    const { fs } = recordedFileSystem({
      fault: ({ name, path }) =>
        isNumbered && name === 'sync' && path === scratch ? { errno: 'EIO' } : undefined,
    });
    const store = storeOver({
      ...fs,
      rename: async (from, to) => {
        await fs.rename(from, to);
        if (!to.endsWith('.out.gen/00000001')) return;
        isNumbered = true;
        await writeFile(out, 'of somebody else');
      },
    });
    const failed: unknown = await commit(store, await stage(store, plan('generations', 'run'))).catch(
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(ConflictError);
    expect(failed).toMatchObject({ context: { left: join(scratch, '.out.stage-run') } });
  });
});

describe('a failed fsync while generations are begun', () => {
  const failsFor = (isFailing: (call: Call, calls: readonly Call[]) => boolean) => {
    const recorded = recordedFileSystem({
      fault: (call) => (isFailing(call, recorded.calls) ? { errno: 'EIO' } : undefined),
    });
    return storeOver(recorded.fs);
  };

  it.each([
    [
      'of their folder',
      'nothing',
      (calls: readonly Call[]) => {
        const last = calls.findLast(({ name }) => name !== 'open');
        return last?.name === 'mkdir' && last.path.endsWith('.out.gen');
      },
    ],
    [
      'of an adoption',
      'a plain directory',
      (calls: readonly Call[]) =>
        calls.some(({ name, to }) => name === 'rename' && to?.endsWith('/00000001')),
    ],
  ] as const)('is final (%s): no second one says otherwise', async (_, before, isNow) => {
    if (before !== 'nothing') await publish(storeOver(), plan('directory', 'before', old));
    let failures = 0;
    const store = failsFor(({ name }, calls) => {
      const fails = name === 'sync' && failures === 0 && isNow(calls) === true;
      if (fails) failures += 1;
      return fails;
    });
    const staged = await stage(store, { ...plan('generations', 'run'), adopt: true });
    const first: unknown = await commit(store, staged).catch((error: unknown) => error);
    expect(first).toMatchObject({ status: 'permanent', operation: 'fsync', context: { errno: 'EIO' } });
    await expect(commit(store, staged)).rejects.toBe(first);
    expect(failures).toBe(1);
    expect(await readPublished(out)).toEqual(before === 'nothing' ? undefined : old);
  });
});
