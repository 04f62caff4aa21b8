import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
  storeOver,
} from './store-bench.js';

let scratch = '';
let out = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

// Of one size, so that nothing but the order of the steps tells which manifest belongs to which.
const old = { out: 'old\n' };
const fresh = { out: 'new\n' };
const plan = { kind: 'file', mode: 'overwrite' } as const;
const at = (runId: string, contents: Readonly<Record<string, string>>) => ({
  ...plan,
  path: out,
  runId,
  contents,
});
const moving = new Set(['rename', 'link', 'unlink']);

/** The run of which the published manifest tells, if there is one. */
async function runOfManifest(): Promise<string | undefined> {
  const text = await readFile(join(scratch, '.out.manifest.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : decodeManifest(text)?.runId;
}

interface Disk {
  readonly hasLinks: boolean;
  /** Calls that move names and are made after the fsync has failed; all others fail. */
  readonly movesLeft?: number;
}

/** A file system whose fsync fails for the directory in which the new file has just become visible. */
function failingLastSync({ hasLinks, movesLeft = Number.POSITIVE_INFINITY }: Disk) {
  let isVisible = false;
  let hasFailed = false;
  let moves = 0;
  const fault = ({ name, path, to }: Call): Fault => {
    if (name === 'link' && !hasLinks) return { errno: 'EPERM' };
    if (hasFailed && moving.has(name)) {
      moves += 1;
      if (moves > movesLeft) return { errno: 'EIO' };
    }
    isVisible ||= name === 'rename' && to === join(scratch, '.out.manifest.json');
    const fails = isVisible && !hasFailed && name === 'sync' && path === scratch;
    hasFailed ||= fails;
    return fails ? { errno: 'EIO' } : undefined;
  };
  return {
    fs: recordedFileSystem({ fault }).fs,
    wasCutOff: () => moves > movesLeft,
  };
}

/** The next run looks at what is there, repairs it, and changes nothing. */
async function repair(): Promise<void> {
  const target = { ...at('next', {}), mode: 'ignore', publish: 'swap', output: 'daily' } as const;
  const begun = await storeOver().begin({ options, signal, target });
  if (begun !== 'skip') await storeOver().abort({ options, signal, target, staging: begun.staging });
}

describe('a file that was published and may not be durable', () => {
  it.each([true, false])(
    'is taken back when it is the first at its path (hard links: %s)',
    async (hasLinks) => {
      const store = storeOver(failingLastSync({ hasLinks }).fs);
      const staged = await stage(store, at('run', fresh));
      await expect(commit(store, staged)).rejects.toMatchObject({
        code: 'STORE_FAILED',
        status: 'permanent',
      });
      expect(await readdir(scratch)).toEqual(['.out.stage-run']);
      await store.abort({ options, signal, ...staged });
      expect(await readdir(scratch)).toEqual([]);
    },
  );

  it('makes way for the version before and its manifest, also when its process dies then', async () => {
    await publish(storeOver(), at('before', old));
    const store = storeOver(failingLastSync({ hasLinks: true }).fs);
    await expect(commit(store, await stage(store, at('run', fresh)))).rejects.toMatchObject({
      context: { errno: 'EIO' },
    });
    for (const next of [async () => undefined, repair]) {
      await next();
      expect(await readPublished(out)).toEqual(old);
      expect(await runOfManifest()).toBe('before');
    }
  });

  it('has the manifest that belongs to it, wherever its way back was cut off', async () => {
    let isCutOff = true;
    for (let movesLeft = 0; isCutOff; movesLeft += 1) {
      await publish(storeOver(), at('before', old));
      const { fs, wasCutOff } = failingLastSync({ hasLinks: true, movesLeft });
      const store = storeOver(fs, mortalLeases());
      await expect(commit(store, await stage(store, at('run', fresh)))).rejects.toThrow();
      isCutOff = wasCutOff();
      await repair();
      const text = await readFile(out, 'utf8');
      expect([text, await runOfManifest()], `cut off after ${movesLeft}`).toEqual(
        text === 'old\n' ? ['old\n', 'before'] : ['new\n', 'run'],
      );
    }
  });

  it('says that it cannot be taken back where the version before could not get a second name', async () => {
    await publish(storeOver(), at('before', old));
    const store = storeOver(failingLastSync({ hasLinks: false }).fs);
    await expect(commit(store, await stage(store, at('run', fresh)))).rejects.toThrow(
      /take back .*no second name/,
    );
  });
});

describe('a file that is visible when its manifest cannot be renamed, nor the disk be asked what is there', () => {
  /** The commit has failed so; the disk works again. */
  async function cutOff() {
    await publish(storeOver(), at('before', old));
    let isBad = false;
    let isHealed = false;
    const fault = ({ name, path }: Call): Fault => {
      isBad ||= name === 'rename' && path.endsWith('.stage-run/.manifest.json');
      return isBad && !isHealed && (name === 'lstat' || moving.has(name)) ? { errno: 'EIO' } : undefined;
    };
    const store = storeOver(recordedFileSystem({ fault }).fs);
    const staged = await stage(store, at('run', fresh));
    await expect(commit(store, staged)).rejects.toMatchObject({ context: { errno: 'EIO' } });
    expect(await readPublished(out)).toEqual(fresh);
    isHealed = true;
    return { store, staged };
  }

  it('is taken back by the abort, with the manifest of the version before', async () => {
    const { store, staged } = await cutOff();
    await store.abort({ options, signal, ...staged });
    expect([await readPublished(out), await runOfManifest()]).toEqual([old, 'before']);
    expect(await readdir(scratch)).toEqual(['.out.manifest.json', 'out']);
  });

  it('is published by the next try', async () => {
    const { store, staged } = await cutOff();
    await commit(store, staged);
    expect([await readPublished(out), await runOfManifest()]).toEqual([fresh, 'run']);
    expect(await readdir(scratch)).toEqual(['.out.manifest.json', 'out']);
  });
});

describe('where there are no hard links', () => {
  const withoutLinks = (errno = 'EPERM') =>
    recordedFileSystem({ fault: ({ name }) => (name === 'link' ? { errno } : undefined) }).fs;

  it('a new file is renamed into place', async () => {
    await publish(storeOver(withoutLinks()), at('run', fresh));
    expect(await readPublished(out)).toEqual(fresh);
    expect(await readdir(scratch)).toEqual(['.out.manifest.json', 'out']);
  });

  it('a new file is not renamed over one that has appeared', async () => {
    const store = storeOver(withoutLinks());
    const staged = await stage(store, { ...at('run', fresh), mode: 'error' });
    await writeFile(out, old.out);
    await expect(commit(store, staged)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readPublished(out)).toEqual(old);
  });

  it('a link that fails for another reason fails the commit', async () => {
    // Of the file itself: where there are no links, it is renamed.
    const fault = ({ name, to }: Call): Fault =>
      name === 'link' && to === out ? { errno: 'ENOSPC' } : undefined;
    const store = storeOver(recordedFileSystem({ fault }).fs);
    const staged = await stage(store, at('run', fresh));
    await expect(commit(store, staged)).rejects.toMatchObject({ context: { errno: 'ENOSPC' } });
    expect(await readPublished(out)).toBeUndefined();
    expect(await begin(storeOver(), at('next', fresh))).toBeDefined();
  });
});
