// What is told to stop while it begins, or repairs what others have left: it ends between two steps, and the next run goes on.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Call, holding, mortalLeases, recordedFileSystem } from './fault-injection.js';
import { created, half, last, newFile, prepareAll, publishAll, swapped } from './group-bench.js';
import type { Leases } from './lease.js';
import {
  begin,
  inScratch,
  type OutputPlan,
  options,
  publish,
  readPublished,
  type Store,
  signal,
  stage,
  storeOver,
  targetOf,
} from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

const at = (name: string): string => join(scratch, name);

/** A file system that tells a signal to stop at the first such call. */
function stoppingAt(isMoment: (call: Call) => boolean) {
  const cancel = new AbortController();
  const { fs, calls } = recordedFileSystem({
    fault: (call) => {
      if (isMoment(call)) cancel.abort(new Error('told to stop'));
      return undefined;
    },
  });
  return { fs, calls, signal: cancel.signal };
}

const beginWith = (store: Store, plan: OutputPlan, told: AbortSignal) =>
  store.begin({ options, target: targetOf(plan), signal: told });
const taken = (from: Leases): { readonly leases: Leases; readonly paths: string[] } => {
  const paths: string[] = [];
  const take: Leases['take'] = (path) => {
    paths.push(path);
    return from.take(path);
  };
  return { leases: { take }, paths };
};

describe('a run that is told to stop', () => {
  it('while it removes what one dead run has left leaves what another one has left', async () => {
    const plan = { path: at('out'), contents: { part: 'new\n' } };
    for (const runId of ['dead-1', 'dead-2'])
      await stage(storeOver(undefined, undefined, { fate: 'alive' }), { ...plan, runId });
    const { fs, signal: told } = stoppingAt(
      ({ name, path }) => name === 'unlink' && path.includes('.stage-'),
    );
    const leases = mortalLeases();
    await expect(beginWith(storeOver(fs, leases), { ...plan, runId: 'run' }, told)).rejects.toThrow(
      'told to stop',
    );
    expect((await readdir(scratch)).length).toBe(1);
    expect([...leases.held]).toEqual([]);
    await begin(storeOver(), { ...plan, runId: 'next' });
    expect(await readdir(scratch)).toEqual(['.out.stage-next']);
  });

  it('before it asks what is published takes no lease', async () => {
    const { fs, signal: told } = stoppingAt(({ name }) => name === 'lstat');
    const { leases, paths } = taken(mortalLeases());
    const target = targetOf({ path: at('out'), runId: 'run', contents: {} });
    const asked = storeOver(fs, leases).published?.({ options, signal: told, target });
    await expect(asked).rejects.toThrow('told to stop');
    expect(paths).toEqual([]);
  });

  it('before it prepares its part of a group leaves no mark', async () => {
    const { fs, calls } = recordedFileSystem();
    const store = storeOver(fs);
    const staged = await stage(store, { path: at('out'), runId: 'run', contents: { part: 'new\n' } });
    const { place, prepare } = half(store);
    const group = { id: 'g', name: 'nightly', places: [place({ options, signal, ...staged })] };
    const from = calls.length;
    const told = AbortSignal.abort(new Error('told to stop'));
    await expect(prepare({ options, ...staged, signal: told, group })).rejects.toThrow('told to stop');
    expect(calls.slice(from)).toEqual([]);
  });
});

describe('who finishes the group of a dead run', () => {
  const plans = (): OutputPlan[] =>
    [created.plan, { ...created.plan, output: 'other' }, newFile.plan].map((plan, index) => ({
      ...plan,
      path: at(['in/created', 'in/other', 'in/newfile'][index] ?? ''),
    }));
  const planOf = (index: number): OutputPlan => {
    const [plan] = plans().slice(index);
    if (plan === undefined) throw new Error('there are three');
    return { ...plan, mode: 'overwrite', runId: 'next' };
  };
  const published = (): Promise<readonly boolean[]> =>
    Promise.all(plans().map(async ({ path }) => (await readPublished(path)) !== undefined));
  const marks = async (): Promise<readonly string[]> =>
    (await readdir(at('in'))).filter((name) => name.endsWith('.stage-run'));

  async function decided(): Promise<void> {
    await mkdir(at('in'));
    const store = storeOver();
    const { group, staged } = await prepareAll(store, plans());
    await half(store).decide({ options, signal, ...last(staged), group });
  }

  it('and is told to stop while it publishes one member publishes no other one', async () => {
    await decided();
    const isShown = ({ name, to }: Call): boolean => name === 'rename' && to === at('in/created');
    const { fs, signal: told } = stoppingAt(isShown);
    const leases = mortalLeases();
    await expect(beginWith(storeOver(fs, leases), planOf(0), told)).rejects.toThrow('told to stop');
    expect(await published()).toEqual([true, false, false]);
    expect([...leases.held]).toEqual([]);
    await begin(storeOver(), planOf(1));
    expect(await published()).toEqual([true, true, true]);
  });

  it('and is told to stop when it has looked at one member brings no other one to its end', async () => {
    await mkdir(at('in'));
    const { before } = swapped;
    if (before === undefined) throw new Error('it replaces something');
    await publish(storeOver(), { ...before, path: at('in/swapped') });
    const two = [created, swapped, newFile].map(({ plan }) => ({ ...plan, path: at(`in/${plan.path}`) }));
    let isDead = false;
    const { fs } = recordedFileSystem({
      fault: ({ name, path, to }) => {
        isDead ||= name === 'rename' && path.endsWith('/swapped') && to === at('in/swapped');
        return isDead ? { errno: 'EIO' } : undefined;
      },
    });
    const dying = storeOver(fs);
    await expect(publishAll(dying, await prepareAll(dying, two))).rejects.toThrow(/could not be put back/);
    expect(await readPublished(at('in/swapped'))).toBeUndefined();
    const { fs: stopping, signal: told } = stoppingAt(
      ({ name, path }) => name === 'sync' && path === at('in'),
    );
    await expect(beginWith(storeOver(stopping), planOf(0), told)).rejects.toThrow('told to stop');
    expect(await readPublished(at('in/swapped'))).toBeUndefined();
    await begin(storeOver(), planOf(0));
    expect(await readPublished(at('in/swapped'))).toEqual(swapped.after);
  });

  it('and is told to stop while it removes one stage leaves the marks of all others', async () => {
    await decided();
    const isRemoval = ({ name, path }: Call): boolean =>
      name === 'rmdir' && path.endsWith('/.created.stage-run');
    const { fs, signal: told } = stoppingAt(isRemoval);
    const leases = mortalLeases();
    await expect(beginWith(storeOver(fs, leases), planOf(0), told)).rejects.toThrow('told to stop');
    expect(await published()).toEqual([true, true, true]);
    expect(await marks()).toEqual(['.newfile.stage-run', '.other.stage-run']);
    expect([...leases.held]).toEqual([]);
    await begin(storeOver(), planOf(1));
    expect(await marks()).toEqual([]);
  });

  it('and waits for another one that is at it goes at once when it is told to stop, and never gets its turn', async () => {
    await decided();
    const { fs, reached, letGo } = holding((name, path) => name === 'rename' && path.endsWith('/created'));
    const { leases, paths } = taken(mortalLeases());
    const store = storeOver(fs, leases);
    const first = beginWith(store, planOf(0), signal);
    await reached;
    const cancel = new AbortController();
    const second = beginWith(store, planOf(1), cancel.signal);
    const refused = expect(second).rejects.toThrow('told to stop');
    // It looks at the mark of its member, and then waits.
    const looked = new Promise<void>((resolve) => {
      const lstat = fs.lstat;
      fs.lstat = (path) => {
        if (path.endsWith('/.newfile.stage-run')) resolve();
        return lstat(path);
      };
    });
    await looked;
    cancel.abort(new Error('told to stop'));
    await refused;
    letGo();
    await first;
    expect(paths.filter((path) => path.endsWith('/.newfile.stage-run'))).toHaveLength(1);
    expect(await published()).toEqual([true, true, true]);
  });
});
