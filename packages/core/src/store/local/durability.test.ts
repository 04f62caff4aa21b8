import { mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { durabilityGaps } from './durability.js';
import { type Call, recordedFileSystem } from './fault-injection.js';
import {
  inScratch,
  type OutputPlan,
  options,
  publish,
  readPublished,
  signal,
  stage,
  storeOver,
} from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

interface Case {
  readonly what: string;
  readonly before?: Omit<OutputPlan, 'path' | 'runId'>;
  readonly plan: Omit<OutputPlan, 'path' | 'runId'>;
  /** Names in the parent that must be durable when the commit resolves. */
  readonly names: readonly string[];
}

const partitioned = { 'state=CA/part-0': 'sunny\n', 'state=NY/month=1/part-0': 'cold\n', 'part-1': 'odd\n' };
const cases: readonly Case[] = [
  { what: 'a new directory', plan: { contents: partitioned }, names: ['out'] },
  {
    what: 'an overwritten directory',
    before: { contents: { 'part-9': 'old\n' } },
    plan: { mode: 'overwrite', contents: partitioned },
    names: ['out', '.out.old-run'],
  },
  {
    what: 'an appended directory',
    before: { contents: { 'state=WA/part-9': 'old\n' } },
    plan: { mode: 'append', contents: partitioned },
    names: ['out', '.out.old-run'],
  },
  {
    what: 'a new file',
    plan: { kind: 'file', contents: { out: 'new\n' } },
    names: ['out', '.out.manifest.json'],
  },
  {
    what: 'an overwritten file',
    before: { kind: 'file', contents: { out: 'old\n' } },
    plan: { kind: 'file', mode: 'overwrite', contents: { out: 'new\n' } },
    names: ['out', '.out.manifest.json'],
  },
];

/** The calls of a whole output up to the moment at which tidying begins: what is durable must be durable by then. */
async function callsOf({ before, plan }: Case, target: string): Promise<readonly Call[]> {
  if (before !== undefined) await publish(storeOver(), { ...before, path: target, runId: 'before' });
  const { fs, calls } = recordedFileSystem();
  await publish(storeOver(fs), { ...plan, path: target, runId: 'run' });
  const tidying = calls.findIndex(
    ({ name, path, to }) =>
      (name === 'unlink' && basename(path) === '.tailrace') || to?.endsWith('/.trash') === true,
  );
  expect(tidying).toBeGreaterThan(0);
  return calls.slice(0, tidying);
}

describe.each(cases)('publishing $what', (example) => {
  it('makes every byte and every name durable before it is visible, and its visibility before it resolves', async () => {
    const target = join(scratch, 'fresh', 'out');
    expect(durabilityGaps(await callsOf(example, target), target, example.names)).toEqual([]);
  });

  it('has no fsync of data or of a published directory that could be left out unnoticed', async () => {
    const target = join(scratch, 'out');
    const calls = await callsOf(example, target);
    const syncs = calls.filter((call) => call.name === 'sync');
    const needed = syncs.filter(
      ({ path }) =>
        // The mark of the stage, which is never published.
        !basename(path).startsWith('.tailrace') &&
        !path.includes('/.out.stage-run/.m') &&
        // Above are directories in which nothing was made here, and it cannot be known whether a dead run did.
        path.startsWith(scratch),
    );
    for (const left of needed) {
      const gaps = durabilityGaps(
        calls.filter((call) => call !== left),
        target,
        example.names,
      );
      expect(gaps, `without the fsync of ${left.path}`).not.toEqual([]);
    }
    expect(needed.length).toBeGreaterThanOrEqual(4);
  });
});

it('syncs the parents of directories that it had to make on the way to the target', async () => {
  const { fs, calls } = recordedFileSystem();
  await publish(storeOver(fs), { path: join(scratch, 'a/b/out'), runId: 'run', contents: { part: 'x' } });
  const synced = calls.filter((call) => call.name === 'sync').map((call) => call.path);
  expect(synced).toEqual(expect.arrayContaining([scratch, join(scratch, 'a'), join(scratch, 'a/b')]));
});

describe('a directory on the way to the target that this output found', () => {
  const planOf = (name: string): OutputPlan => ({
    path: join(scratch, 'new/deep', name),
    runId: name,
    contents: { part: 'x' },
  });
  const gapsOf = (calls: readonly Call[], { path }: OutputPlan) =>
    durabilityGaps(calls, path, [basename(path)]);

  it('is durable by name at its commit, although the sibling that made it has not committed yet', async () => {
    const { fs, calls } = recordedFileSystem();
    const store = storeOver(fs);
    const maker = await stage(store, planOf('maker'));
    await publish(store, planOf('second'));
    expect(gapsOf(calls, planOf('second'))).toEqual([]);
    await store.abort({ options, signal, ...maker });
    expect(await readPublished(planOf('second').path)).toEqual({ part: 'x' });
  });

  it('is durable by name although the run that made it died before it synced anything', async () => {
    const { fs, calls } = recordedFileSystem();
    await stage(storeOver(fs), planOf('dead'));
    await publish(storeOver(fs), planOf('next'));
    expect(gapsOf(calls, planOf('next'))).toEqual([]);
  });

  it.each([
    ['EACCES', 'passed over where this user may not open it'],
    ['EINVAL', 'passed over where its file system knows no fsync'],
  ])('is %s: %s, unless this output made something in it', async (errno) => {
    const fault = ({ name, path }: Call) => (name === 'sync' && path === scratch ? { errno } : undefined);
    await expect(publish(storeOver(recordedFileSystem({ fault }).fs), planOf('maker'))).rejects.toMatchObject(
      {
        code: 'STORE_FAILED',
        status: 'permanent',
      },
    );
    await mkdir(join(scratch, 'new/deep'), { recursive: true });
    await publish(storeOver(recordedFileSystem({ fault }).fs), planOf('second'));
    expect(await readPublished(planOf('second').path)).toEqual({ part: 'x' });
  });

  it('is not synced where another file system begins: what is mounted was there before', async () => {
    const { fs, calls } = recordedFileSystem();
    const above = dirname(scratch);
    const mounted: typeof fs = {
      ...fs,
      lstat: async (path) => ({ ...(await fs.lstat(path)), ...(path === above && { device: 'another' }) }),
    };
    await publish(storeOver(mounted), planOf('run'));
    const synced = calls.filter(({ name }) => name === 'sync').map(({ path }) => path);
    expect(synced).toContain(scratch);
    expect(synced).not.toContain(above);
  });

  it('fails the commit when its fsync fails', async () => {
    await mkdir(join(scratch, 'new/deep'), { recursive: true });
    const fault = ({ name, path }: Call) =>
      name === 'sync' && path === scratch ? { errno: 'EIO' } : undefined;
    const store = storeOver(recordedFileSystem({ fault }).fs);
    await expect(publish(store, planOf('out'))).rejects.toMatchObject({ status: 'permanent' });
    expect(await readPublished(planOf('out').path)).toBeUndefined();
  });
});

it('takes away the parents that it had made when making the next one fails', async () => {
  const fault = ({ name, path }: Call) =>
    name === 'mkdir' && basename(path) === 'c' ? { errno: 'ENOSPC' } : undefined;
  const plan = { path: join(scratch, 'a/b/c/out'), runId: 'run', contents: {} };
  await expect(publish(storeOver(recordedFileSystem({ fault }).fs), plan)).rejects.toMatchObject({
    code: 'STORE_FAILED',
    context: { errno: 'ENOSPC' },
  });
  expect(await readdir(scratch)).toEqual([]);
});
