// A group on the real file system, cut off at calls that lie some way apart. The simulation cuts it off at every call, on its
// model disk; with TAILRACE_EVERY_CALL none is left out here either, which takes minutes.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Group } from '../../sink/group.js';
import { type Call, type Faults, mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  adopted,
  created,
  file,
  grown,
  half,
  last,
  listed,
  type Member,
  newFile,
  partly,
  prepareAll,
  publishAll,
  swapped,
} from './group-bench.js';
import type { Leases } from './lease.js';
import {
  begin,
  type Contents,
  inMemory,
  inScratch,
  type OutputPlan,
  options,
  publish,
  readPublished,
  type Store,
  signal,
  stageFiles,
  storeOver,
} from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
}, inMemory);

/** Calls from one crash to the next: prime, so that the path that is begun on changes. */
const stride = process.env.TAILRACE_EVERY_CALL === undefined ? 53 : 1;

const at = (folder: string, plan: OutputPlan): OutputPlan => ({
  ...plan,
  path: join(scratch, folder, plan.path),
});

/** A group whose process dies at the given call; true when it got through. */
async function crashed(members: readonly Member[], folder: string, faults: Faults): Promise<boolean> {
  await mkdir(join(scratch, folder));
  for (const { before } of members) if (before !== undefined) await publish(storeOver(), at(folder, before));
  const recorded = recordedFileSystem(faults);
  const leases = mortalLeases();
  const store = storeOver(recorded.fs, leases);
  try {
    await publishAll(
      store,
      await prepareAll(
        store,
        members.map(({ plan }) => at(folder, plan)),
      ),
    );
    expect([...leases.held]).toEqual([]);
    return true;
  } catch (error) {
    if (!recorded.crashed) throw error;
    return false;
  }
}

/** Of every member: what a reader finds. */
const look = (members: readonly Member[], folder: string): Promise<(Contents | undefined)[]> =>
  Promise.all(members.map(({ plan }) => readPublished(at(folder, plan).path)));

/** What the next run on a path finds once it has begun, and leaves after giving up. */
async function beginAgain(store: Store, folder: string, { plan }: Member): Promise<void> {
  const again = { ...at(folder, plan), mode: 'overwrite', runId: 'next', contents: {} } as const;
  const begun = await begin(store, { ...again, adopt: plan.publish === 'generations' });
  await store.abort({ options, signal, ...begun });
}

async function leftovers(folder: string, members: readonly Member[]): Promise<string[]> {
  const names = await readdir(join(scratch, folder));
  const known = members.flatMap(({ plan: { path } }) => [path, `.${path}.gen`, `.${path}.manifest.json`]);
  return names.filter((name) => !known.includes(name));
}

const groups: readonly (readonly [string, readonly Member[]])[] = [
  ['a new, a replaced and a grown directory', [created, swapped, grown]],
  ['files, with a directory last', [file, newFile, swapped]],
  ['generations, partitions and an adopted directory, with a file last', [listed, partly, adopted, file]],
];

describe.each(groups)('a crash at any call of a group of %s', (_, members) => {
  const before = members.map((one) => one.before?.contents);
  const after = members.map((one) => one.after);

  it('leaves all of it old or all of it new, once the next run has begun on any one of its paths', async () => {
    const seen = new Set<boolean>();
    let crashAt = 0;
    for (let through = false; !through; crashAt += stride) {
      const folder = `crash-${crashAt}`;
      const when = `after a crash at call ${crashAt}`;
      through = await crashed(members, folder, { crashAt });
      const found = await look(members, folder);
      if (through) expect(found, when).toEqual(after);
      // Whoever finds the last member new finds all of it new.
      const lastIsNew = isDeepStrictEqual(found.at(-1), after.at(-1));
      if (lastIsNew) expect(found, when).toEqual(after);

      const any = members[crashAt % members.length] ?? last(members);
      await beginAgain(storeOver(), folder, any);
      const repaired = await look(members, folder);
      expect([before, after], `repaired ${when}`).toContainEqual(repaired);
      seen.add(isDeepStrictEqual(repaired, after));
    }
    expect(crashAt).toBeGreaterThan(100);
    expect(seen.size).toBe(2);
  }, 240_000);

  it('is taken up by outputs that begin side by side, as those of the next run do', async () => {
    for (let crashAt = 0, through = false; !through; crashAt += 2 * stride) {
      const folder = `crash-${crashAt}`;
      through = await crashed(members, folder, { crashAt });
      const store = storeOver();
      await Promise.all(members.map((one) => beginAgain(store, folder, one)));
      const when = `after a crash at call ${crashAt}`;
      expect([before, after], when).toContainEqual(await look(members, folder));
      expect(await leftovers(folder, members), when).toEqual([]);
    }
  }, 120_000);

  it('and another one at any call of the recovery, still leaves all of it old or all of it new', async () => {
    // In the midst of publishing: decided, and some of it is new.
    let decided = 0;
    await crashed(members, 'probe', {
      fault: (call) => {
        if (call.name === 'rename' && call.to?.includes('.decided-')) decided = -decided - 1;
        if (decided >= 0) decided += 1;
        return undefined;
      },
    });
    const crashAt = -decided + 8;
    let again = 0;
    for (let through = false; !through; again += 2 * stride) {
      const folder = `again-${again}`;
      await crashed(members, folder, { crashAt });
      const recorded = recordedFileSystem({ crashAt: again });
      const any = members[again % members.length] ?? last(members);
      await beginAgain(storeOver(recorded.fs), folder, any).catch(() => undefined);
      through = !recorded.crashed;
      await beginAgain(storeOver(), folder, any);
      expect(await look(members, folder), `after a crash at call ${again} of the recovery`).toEqual(after);
    }
    expect(again).toBeGreaterThan(30);
  }, 240_000);
});

describe('a group', () => {
  const members = [created, swapped, file];
  const plans = (folder: string): OutputPlan[] => members.map(({ plan }) => at(folder, plan));
  const setUp = async (folder: string): Promise<void> => {
    await mkdir(join(scratch, folder));
    for (const { before } of members)
      if (before !== undefined) await publish(storeOver(), at(folder, before));
  };
  const before = members.map((one) => one.before?.contents);
  const after = members.map((one) => one.after);

  it('that is given up before the decision leaves nothing behind', async () => {
    await setUp('a');
    const leases = mortalLeases();
    const store = storeOver(recordedFileSystem().fs, leases);
    const { staged } = await prepareAll(store, plans('a'));
    for (const one of staged) await store.abort({ options, signal, ...one });
    expect(await look(members, 'a')).toEqual(before);
    expect(await leftovers('a', members)).toEqual([]);
    expect([...leases.held]).toEqual([]);
  });

  it('cannot be decided any more once one member has been given up', async () => {
    await setUp('a');
    const store = storeOver();
    const { group, staged } = await prepareAll(store, plans('a'));
    const [first] = staged;
    if (first !== undefined) await store.abort({ options, signal, ...first });
    await expect(half(store).decide({ options, signal, ...last(staged), group })).rejects.toMatchObject({
      code: 'CONFLICT',
      status: 'permanent',
    });
    for (const one of staged) await store.abort({ options, signal, ...one });
    expect(await look(members, 'a')).toEqual(before);
  });

  it('keeps what is staged when a member is given up after the decision, and the next run publishes it', async () => {
    await setUp('a');
    const leases = mortalLeases();
    const store = storeOver(recordedFileSystem().fs, leases);
    const { group, staged } = await prepareAll(store, plans('a'));
    await half(store).decide({ options, signal, ...last(staged), group });
    for (const one of staged) await store.abort({ options, signal, ...one });
    expect(await look(members, 'a')).toEqual(before);
    expect([...leases.held]).toEqual([]);
    await beginAgain(storeOver(), 'a', swapped);
    expect(await look(members, 'a')).toEqual(after);
    expect(await leftovers('a', members)).toEqual([]);
  });

  it('keeps the mark of a member that is published after the last one was let go: the next run there knows of all', async () => {
    await setUp('a');
    const leases = mortalLeases();
    const store = storeOver(recordedFileSystem().fs, leases);
    const { group, staged } = await prepareAll(store, plans('a'));
    await half(store).decide({ options, signal, ...last(staged), group });
    await store.abort({ options, signal, ...last(staged) });
    for (const one of staged.slice(0, -1)) await store.commit({ options, signal, ...one });
    expect([...leases.held]).toEqual([]);
    await beginAgain(storeOver(), 'a', created);
    expect(await look(members, 'a')).toEqual(after);
    expect(await leftovers('a', members)).toEqual([]);
  });

  it('commits although its signal is aborted once it is decided', async () => {
    await setUp('a');
    const store = storeOver();
    const { group, staged } = await prepareAll(store, plans('a'));
    await half(store).decide({ options, signal, ...last(staged), group });
    for (const one of staged) await store.commit({ options, signal: AbortSignal.abort(), ...one });
    expect(await look(members, 'a')).toEqual(after);
  });

  it('is not known to be decided after a failed fsync, is not tried again, and is published by the next run', async () => {
    await setUp('a');
    let isDeciding = false;
    const fault = ({ name }: Call) => (isDeciding && name === 'sync' ? { errno: 'EIO' } : undefined);
    const store = storeOver(recordedFileSystem({ fault }).fs);
    const { group, staged } = await prepareAll(store, plans('a'));
    isDeciding = true;
    const unknown = { code: 'STORE_FAILED', status: 'permanent', context: { decision: 'unknown' } };
    for (let round = 1; round <= 2; round += 1) {
      const deciding = half(store).decide({ options, signal, ...last(staged), group });
      await expect(deciding, `round ${round}`).rejects.toMatchObject(unknown);
      isDeciding = false;
    }
    for (const one of staged) await store.abort({ options, signal, ...one });
    expect(await look(members, 'a')).toEqual(before);
    await beginAgain(storeOver(), 'a', swapped);
    expect(await look(members, 'a')).toEqual(after);
  });

  it('does not replace what has appeared at a new path since the crash, and says how to go on', async () => {
    await setUp('a');
    const store = storeOver();
    const { group, staged } = await prepareAll(store, plans('a'));
    await half(store).decide({ options, signal, ...last(staged), group });
    await mkdir(join(scratch, 'a/created'));
    await writeFile(join(scratch, 'a/created/mine'), 'mine');
    await expect(beginAgain(storeOver(), 'a', swapped)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('a/created'),
    });
    expect(await readPublished(join(scratch, 'a/created'))).toEqual({ mine: 'mine' });
    expect(await readPublished(join(scratch, 'a/file'))).toEqual({ file: 'old\n' });
    await rm(join(scratch, 'a/created'), { recursive: true });
    await beginAgain(storeOver(), 'a', swapped);
    expect(await look(members, 'a')).toEqual(after);
  });

  it('keeps what is decided when the same run begins again and something is in the way', async () => {
    await setUp('a');
    const store = storeOver();
    const { group, staged } = await prepareAll(store, plans('a'));
    await half(store).decide({ options, signal, ...last(staged), group });
    await mkdir(join(scratch, 'a/created'));
    await writeFile(join(scratch, 'a/created/mine'), 'mine');
    for (const plan of plans('a'))
      await expect(begin(storeOver(), plan)).rejects.toMatchObject({ code: 'CONFLICT' });
    await rm(join(scratch, 'a/created'), { recursive: true });
    await beginAgain(storeOver(), 'a', swapped);
    expect(await look(members, 'a')).toEqual(after);
  });

  it('lets go of its paths although the lease of the group cannot be released', async () => {
    await setUp('a');
    const leases = mortalLeases();
    const failing: Leases = {
      take: async (path) => {
        const lease = await leases.take(path);
        if (lease === undefined || !path.includes('.stage-')) return lease;
        return { release: () => lease.release().then(() => Promise.reject(new Error('EIO'))) };
      },
    };
    const store = storeOver(recordedFileSystem().fs, failing);
    const { staged } = await prepareAll(store, plans('a'));
    const ends = await Promise.allSettled(staged.map((one) => store.abort({ options, signal, ...one })));
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect([...leases.held]).toEqual([]);
  });

  it('of an earlier run is not taken for the one that is made in the same stage now', async () => {
    await setUp('a');
    const first = storeOver();
    await prepareAll(first, plans('a'));
    // The last member alone is written again under the same run id, in another group, and decided.
    const again = storeOver();
    const [, , plan] = plans('a');
    if (plan === undefined) throw new Error('there are three');
    const begun = await begin(again, plan);
    const group: Group = {
      id: 'group-2',
      name: 'other',
      places: [half(again).place({ options, signal, ...begun })],
    };
    const manifest = await stageFiles(again, begun, plan.contents);
    await half(again).open({ options, signal, ...begun, group });
    await half(again).prepare({ options, signal, ...begun, manifest, group });
    await half(again).decide({ options, signal, ...begun, group });
    await beginAgain(storeOver(), 'a', swapped);
    expect(await readPublished(join(scratch, 'a/swapped'))).toEqual(swapped.before?.contents);
    expect(await readPublished(join(scratch, 'a/created'))).toBeUndefined();
  });
});
