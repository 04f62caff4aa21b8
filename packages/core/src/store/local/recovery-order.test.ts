// The order of calls in repairs and ways back: a power cut between any two of them leaves a version that is whole.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Call, type Fault, mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  begin,
  commit,
  inScratch,
  type OutputPlan,
  options,
  publish,
  readPublished,
  signal,
  stage,
  stageFiles,
  storeOver,
} from './store-bench.js';

let scratch = '';
let out = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

const old = { 'part-old': 'old\n' };
const fresh = { 'part-new': 'new\n' };
type Plan = Omit<OutputPlan, 'path' | 'runId' | 'contents'>;
const single = (text: string) => ({ out: text });
const textsOf = ({ kind }: Plan, which: 'old' | 'new') =>
  kind === 'file' ? single(`${which}\n`) : which === 'old' ? old : fresh;

/** Leaves what a run leaves that dies at a call of its commit, after a version that was published whole. */
async function dieAt(plan: Plan, isLast: (call: Call) => boolean): Promise<void> {
  const before = { ...plan, path: out, runId: 'before', contents: textsOf(plan, 'old') };
  await publish(storeOver(), { ...before, mode: 'error' });
  let isDead = false;
  const fault = (call: Call): Fault => {
    isDead ||= isLast(call);
    return isDead ? { errno: 'EIO' } : undefined;
  };
  const store = storeOver(recordedFileSystem({ fault }).fs, mortalLeases());
  const staged = await stage(store, { ...before, ...plan, runId: 'run', contents: textsOf(plan, 'new') });
  await expect(commit(store, staged)).rejects.toThrow();
}

/** The calls with which the next run begins on the same path. */
async function callsOfNext(plan: Plan): Promise<readonly Call[]> {
  const { fs, calls } = recordedFileSystem();
  await begin(storeOver(fs), { ...plan, path: out, runId: 'next', contents: textsOf(plan, 'new') });
  return calls;
}

const isSyncOf = (path: string) => (call: Call) => call.name === 'sync' && call.path === path;
const isRemovalInStage = ({ name, path }: Call) => name === 'unlink' && path.includes('.stage-run/');

/** Fails unless the calls hold each of the steps after the one before it. */
function expectOrder(calls: readonly Call[], ...steps: readonly ((call: Call) => boolean)[]): void {
  let from = 0;
  for (const [number, step] of steps.entries()) {
    const at = calls.findIndex((call, index) => index >= from && step(call));
    expect(at, `step ${number} after call ${from}`).toBeGreaterThanOrEqual(from);
    from = at + 1;
  }
}

/** Fails unless a step is between the first of one kind of call and the next of another. */
function expectBetween(
  calls: readonly Call[],
  first: (call: Call) => boolean,
  step: (call: Call) => boolean,
  next: (call: Call) => boolean,
): void {
  const begins = calls.findIndex(first);
  const ends = calls.findIndex((call, at) => at > begins && next(call));
  expect(begins, 'the first call').toBeGreaterThanOrEqual(0);
  expect(ends, 'the next call').toBeGreaterThan(begins);
  expect(calls.slice(begins, ends).some(step)).toBe(true);
}

describe('what a power cut takes from a repair', () => {
  it('is never a version that was rolled forward: its name is on the disk before the old one is waste', async () => {
    await dieAt({ mode: 'overwrite' }, ({ name, to }) => name === 'rename' && to === out);
    const calls = await callsOfNext({ mode: 'overwrite' });
    expectBetween(
      calls,
      ({ name, to }) => name === 'rename' && to === out,
      isSyncOf(scratch),
      ({ name, to }) => name === 'rename' && to?.endsWith('/.trash') === true,
    );
    expect(await readPublished(out)).toEqual(fresh);
  });

  it('is never the name of the old one: it is on the disk as waste before anything staged is removed', async () => {
    await dieAt({ mode: 'overwrite' }, ({ name, to }) => name === 'rename' && to === out);
    const calls = await callsOfNext({ mode: 'overwrite' });
    expectBetween(
      calls,
      ({ name, to }) => name === 'rename' && to?.endsWith('/.trash') === true,
      isSyncOf(scratch),
      isRemovalInStage,
    );
  });

  it('is never a generation: its number is on the disk before what was staged with it is removed', async () => {
    const isTaken = ({ name, path }: Call) => name === 'sync' && path.endsWith('/.out.gen');
    let wasTaken = false;
    await dieAt({ mode: 'overwrite', publish: 'generations' }, (call) => {
      wasTaken ||= call.name === 'rename' && call.to?.endsWith('.out.gen/00000002') === true;
      return wasTaken && isTaken(call);
    });
    const calls = await callsOfNext({ mode: 'overwrite', publish: 'generations' });
    expectOrder(calls, isSyncOf(join(scratch, '.out.gen')), isRemovalInStage);
  });

  it('is never the manifest of a file: its name is on the disk before what was staged is removed', async () => {
    const isManifest = ({ name, to }: Call) => name === 'rename' && to?.endsWith('.manifest.json') === true;
    await dieAt({ kind: 'file', mode: 'overwrite' }, isManifest);
    const calls = await callsOfNext({ kind: 'file', mode: 'overwrite' });
    expectBetween(calls, isManifest, isSyncOf(scratch), isRemovalInStage);
    expect(await readPublished(out)).toEqual(single('new\n'));
  });
});

describe('a commit that could not put the old version back', () => {
  /** A store whose second rename of a swap fails, and whose way back fails as often as is said. */
  function broken(waysBack: number) {
    let left = waysBack;
    let isBroken = true;
    return recordedFileSystem({
      fault: ({ name, path, to }) => {
        if (name !== 'rename' || to !== out || !isBroken) return undefined;
        if (!path.endsWith('.old-run')) return { errno: 'EIO' };
        left -= 1;
        isBroken = left > 0;
        return { errno: 'EIO' };
      },
    });
  }

  it('leaves it whole and durable when it is given up: its name comes before any removal', async () => {
    await publish(storeOver(), { path: out, runId: 'before', contents: old });
    const { fs, calls } = broken(1);
    const store = storeOver(fs);
    const staged = await stage(store, { path: out, runId: 'run', mode: 'overwrite', contents: fresh });
    await expect(commit(store, staged)).rejects.toThrow(/could not be put back/);
    await store.abort({ options, signal, ...staged });
    expectBetween(
      calls,
      ({ name, path, to }) => name === 'rename' && path.endsWith('.old-run') && to === out,
      isSyncOf(scratch),
      isRemovalInStage,
    );
    expect(await readPublished(out)).toEqual(old);
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it('puts it back before it is tried again', async () => {
    await publish(storeOver(), { path: out, runId: 'before', contents: old });
    const { fs } = broken(1);
    const store = storeOver(fs);
    const staged = await stage(store, { path: out, runId: 'run', mode: 'append', contents: fresh });
    await expect(commit(store, staged)).rejects.toThrow(/could not be put back/);
    await commit(store, staged);
    expect(await readPublished(out)).toEqual({ ...old, ...fresh });
    expect(await readdir(scratch)).toEqual(['out']);
  });
});

describe('what was shown and taken back', () => {
  it.each<readonly [string, Plan, (call: Call) => boolean]>([
    [
      'a directory',
      { mode: 'overwrite' },
      ({ name, path, to }) => name === 'rename' && path.endsWith('.old-run') && to === out,
    ],
    [
      'a file',
      { kind: 'file', mode: 'overwrite' },
      ({ name, path, to }) => name === 'rename' && path.endsWith('/.previous') && to === out,
    ],
    [
      'a generation',
      { mode: 'overwrite', publish: 'generations' },
      ({ name, path, to }) =>
        name === 'rename' && path.endsWith('.out.gen/00000002') && to?.endsWith('.stage-run/out') === true,
    ],
  ])(
    'has what it took back of %s on the disk before an abort removes anything staged',
    async (_, plan, isBack) => {
      const before = {
        ...plan,
        path: out,
        runId: 'before',
        mode: 'error',
        contents: textsOf(plan, 'old'),
      } as const;
      await publish(storeOver(), before);
      let isShown = false;
      let hasFailed = false;
      // The first sync after it is visible fails.
      const { fs, calls } = recordedFileSystem({
        fault: ({ name, path, to }) => {
          isShown ||=
            name === 'rename' && path.includes('.stage-run/') && to?.includes('.stage-run/') === false;
          if (!isShown || hasFailed || name !== 'sync' || path.includes('.stage-run')) return undefined;
          hasFailed = true;
          return { errno: 'EIO' };
        },
      });
      const store = storeOver(fs);
      const staged = await stage(store, { ...before, ...plan, runId: 'run', contents: textsOf(plan, 'new') });
      await expect(commit(store, staged)).rejects.toMatchObject({ code: 'STORE_FAILED' });
      await store.abort({ options, signal, ...staged });
      const taken = calls.slice(calls.findIndex(isBack));
      if (plan.publish === 'generations')
        expectBetween(taken, isBack, isSyncOf(join(scratch, '.out.gen')), isRemovalInStage);
      expectBetween(taken, isBack, isSyncOf(scratch), isRemovalInStage);
      expect(await readPublished(out)).toEqual(textsOf(plan, 'old'));
    },
  );

  it.each<Plan>([
    { mode: 'overwrite' },
    { kind: 'file', mode: 'overwrite' },
    { mode: 'overwrite', publish: 'generations' },
  ])(
    'stays staged while the disk takes no fsync, which the error says, and is removed by the next run: %o',
    async (plan) => {
      const before = {
        ...plan,
        path: out,
        runId: 'before',
        mode: 'error',
        contents: textsOf(plan, 'old'),
      } as const;
      await publish(storeOver(), before);
      let isShown = false;
      const fault = ({ name, path, to }: Call): Fault => {
        isShown ||=
          name === 'rename' && path.includes('.stage-run/') && to?.includes('.stage-run/') === false;
        return isShown && name === 'sync' ? { errno: 'EIO' } : undefined;
      };
      const { fs, calls } = recordedFileSystem({ fault });
      const leases = mortalLeases();
      const store = storeOver(fs, leases);
      const staged = await stage(store, { ...before, ...plan, runId: 'run', contents: textsOf(plan, 'new') });
      const left = join(scratch, '.out.stage-run');
      for (let round = 1; round <= 2; round += 1) {
        await expect(commit(store, staged)).rejects.toMatchObject({
          code: 'STORE_FAILED',
          status: 'permanent',
          context: { left, errno: 'EIO' },
          message: expect.stringMatching(
            /fsync.*stays in .*\.out\.stage-run, and the next run on this path removes it/,
          ),
        });
      }
      const from = calls.length;
      await store.abort({ options, signal, ...staged });
      expect(calls.slice(from).filter(({ name }) => name === 'unlink' || name === 'rmdir')).toEqual([]);
      expect([...leases.held]).toEqual([]);
      expect(await readPublished(out)).toEqual(textsOf(plan, 'old'));
      expect(await readdir(scratch)).toContain('.out.stage-run');
      const next = await begin(storeOver(), { ...before, ...plan, runId: 'next' });
      expect(await readdir(scratch)).not.toContain('.out.stage-run');
      expect(await readPublished(out)).toEqual(textsOf(plan, 'old'));
      await storeOver().abort({ options, signal, ...next });
    },
  );

  it('of which no error has told stays as well, and then the abort says so', async () => {
    await publish(storeOver(), { path: out, runId: 'before', contents: old });
    let hasFailed = false;
    const fault = ({ name, path, to }: Call): Fault => {
      if (name === 'rename' && path.endsWith('.stage-run/out') && to === out) {
        hasFailed = true;
        return { errno: 'EIO' };
      }
      return hasFailed && name === 'sync' ? { errno: 'EIO' } : undefined;
    };
    const leases = mortalLeases();
    const store = storeOver(recordedFileSystem({ fault }).fs, leases);
    const staged = await stage(store, { path: out, runId: 'run', mode: 'overwrite', contents: fresh });
    await expect(commit(store, staged)).rejects.toMatchObject({ context: { errno: 'EIO' } });
    await expect(store.abort({ options, signal, ...staged })).rejects.toThrow(/stays in .*\.out\.stage-run/);
    expect([...leases.held]).toEqual([]);
    expect(await readPublished(out)).toEqual(old);
    expect((await readdir(scratch)).toSorted()).toEqual(['.out.stage-run', 'out']);
  });
});

describe('a group of which its process had decided before it died', () => {
  interface Death {
    readonly plan: Plan;
    /** The first call that fails, and every later one with it; none: it has decided, and published nothing. */
    readonly at?: (call: Call) => boolean;
  }

  /** Resolves with the stage by whose lease the group is finished. */
  async function decided({ plan, at }: Death): Promise<string> {
    const before = { ...plan, path: out, runId: 'before', contents: textsOf(plan, 'old') };
    await publish(storeOver(), { ...before, mode: 'error' });
    let isDead = false;
    const fault = (call: Call): Fault => {
      isDead ||= at?.(call) === true;
      return isDead ? { errno: 'EIO' } : undefined;
    };
    const dead = storeOver(recordedFileSystem({ fault }).fs);
    const contents = textsOf(plan, 'new');
    const begun = await begin(dead, { ...before, ...plan, runId: 'run', contents });
    if (dead.group === undefined) throw new Error('the store knows no groups');
    const place = dead.group.place({ options, signal, ...begun });
    const group = { id: 'g', name: 'nightly', places: [place] };
    const manifest = await stageFiles(dead, begun, contents);
    await dead.group.open({ options, signal, ...begun, group });
    await dead.group.prepare({ options, signal, ...begun, manifest, group });
    await dead.group.decide({ options, signal, ...begun, group });
    if (at !== undefined) await expect(commit(dead, { ...begun, manifest })).rejects.toThrow();
    return place;
  }

  it('has the names of what it replaced on the disk before anything staged is removed', async () => {
    await decided({ plan: { mode: 'overwrite' } });
    const calls = await callsOfNext({ mode: 'overwrite' });
    expectBetween(
      calls,
      ({ name, to }) => name === 'rename' && to?.endsWith('/.trash') === true,
      isSyncOf(scratch),
      isRemovalInStage,
    );
    expect(await readPublished(out)).toEqual(fresh);
  });

  it('has the manifest of a file on the disk before anything staged is removed', async () => {
    const plan = { kind: 'file', mode: 'overwrite' } as const;
    const isManifest = ({ name, to }: Call) =>
      name === 'rename' && to?.endsWith('.out.manifest.json') === true;
    await decided({ plan, at: isManifest });
    expectBetween(await callsOfNext(plan), isManifest, isSyncOf(scratch), isRemovalInStage);
    expect(await readPublished(out)).toEqual(single('new\n'));
  });

  it('is left as it stands while another process finishes it', async () => {
    const plan = { mode: 'overwrite' } as const;
    const isShown = ({ name, path, to }: Call) => name === 'rename' && path.endsWith('/out') && to === out;
    const place = await decided({ plan, at: isShown });
    const leases = mortalLeases();
    // The other process.
    await leases.take(place);
    const { fs, calls } = recordedFileSystem();
    const next = { ...plan, path: out, runId: 'next', contents: fresh };
    await expect(begin(storeOver(fs, leases), next)).rejects.toThrow(/another process is finishing now/);
    expect(calls.filter(({ name }) => name === 'rename')).toEqual([]);
    expect(await readPublished(out)).toBeUndefined();
    leases.releaseAll();
    await begin(storeOver(), next);
    expect(await readPublished(out)).toEqual(fresh);
  });
});
