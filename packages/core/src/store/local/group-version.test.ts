// What a recovery of a group may replace: the version that a member began with, and nothing that has come since. And that
// whoever finishes a group for another run can be told to stop.
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Call, holding, mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  adopted,
  created,
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
  file as written,
} from './group-bench.js';
import {
  type Contents,
  inScratch,
  type OutputPlan,
  options,
  publish,
  readPublished,
  signal,
  storeOver,
  targetOf,
} from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

const at = (plan: OutputPlan): OutputPlan => ({ ...plan, path: join(scratch, plan.path) });
const flag = newFile;
const readAt = ({ plan }: Member): Promise<Contents | undefined> => readPublished(at(plan).path);

/** A member and the flag after it, decided by a process that is dead now. */
async function decided(...members: readonly Member[]): Promise<void> {
  for (const { before } of members) if (before !== undefined) await publish(storeOver(), at(before));
  const store = storeOver();
  const { group, staged } = await prepareAll(
    store,
    [...members, flag].map(({ plan }) => at(plan)),
  );
  await half(store).decide({ options, signal, ...last(staged), group });
}

/** As a run does of which the dead one could not know, nor it of that. */
const publishBlindly = (plan: OutputPlan): Promise<unknown> =>
  publish(storeOver(undefined, mortalLeases(), { fate: 'unknown' }), at(plan));

/** What the next run on the path of the flag does before its own work. */
async function beginAgain(until: AbortSignal = signal, store = storeOver()): Promise<void> {
  const target = targetOf({ ...at(flag.plan), mode: 'overwrite', runId: 'next' });
  const begun = await store.begin({ options, target, signal: until });
  if (begun !== 'skip') await store.abort({ options, signal, target, ...begun });
}

const newer = { 'state=CA/part-n': 'newer\n' };
const later = (member: Member, contents: Contents): OutputPlan => ({
  ...member.plan,
  mode: member === partly || member === grown ? (member.plan.mode ?? 'error') : 'overwrite',
  runId: 'later',
  contents,
});

describe('the recovery of a group', () => {
  it.each<readonly [string, Member, Contents]>([
    ['a directory', swapped, newer],
    ['a generation', listed, newer],
    ['a file', written, { file: 'newer\n' }],
    ['a partition that it writes too', partly, newer],
    ['a directory where nothing was', { ...created, plan: { ...created.plan, mode: 'overwrite' } }, newer],
  ])('does not replace what another run has published since: %s', async (_, member, contents) => {
    await decided(member);
    await publishBlindly(later(member, contents));
    const published = await readAt(member);
    for (let round = 1; round <= 2; round += 1) {
      await expect(beginAgain()).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/published there since.*\.stage-run/),
        context: { path: at(member.plan).path },
      });
    }
    expect(await readAt(member)).toEqual(published);
    expect(await readAt(flag)).toBeUndefined();
    // Given up, as the error tells.
    await rm(join(scratch, `.${member.plan.path}.stage-run`), { recursive: true });
    await beginAgain();
    expect(await readAt(member)).toEqual(published);
    expect(await readAt(flag)).toEqual(flag.after);
  });

  it('publishes once what was in the way is moved away', async () => {
    await decided(swapped);
    await publishBlindly(later(swapped, newer));
    await expect(beginAgain()).rejects.toMatchObject({ code: 'CONFLICT' });
    await rename(at(swapped.plan).path, join(scratch, 'away'));
    await beginAgain();
    expect(await readAt(swapped)).toEqual(swapped.after);
    expect(await readAt(flag)).toEqual(flag.after);
  });

  it.each<readonly [string, Member, OutputPlan, Contents]>([
    ['append', grown, later(grown, { 'part-l': 'later\n' }), { ...grown.after, 'part-l': 'later\n' }],
    [
      'overwritePartitions, when they are others',
      partly,
      later(partly, { 'state=TX/part-l': 'later\n' }),
      { ...partly.after, 'state=TX/part-l': 'later\n' },
    ],
  ])('goes on from what another run has published since in mode %s', async (_, member, plan, after) => {
    await decided(member);
    await publishBlindly(plan);
    await beginAgain();
    expect(await readAt(member)).toEqual(after);
    expect(await readAt(flag)).toEqual(flag.after);
  });

  it.each([grown, partly])(
    'goes on where the group itself had gone on from a newer version before it was decided: %#',
    async (member) => {
      if (member.before !== undefined) await publish(storeOver(), at(member.before));
      // Another run comes between the begin and the decision.
      let isDone = false;
      const { fs } = recordedFileSystem();
      const store = storeOver({
        ...fs,
        link: async (from, to) => {
          if (!isDone) {
            isDone = true;
            await publishBlindly(later(member, { 'state=TX/part-l': 'later\n' }));
          }
          await fs.link(from, to);
        },
      });
      const { group, staged } = await prepareAll(store, [at(member.plan), at(flag.plan)]);
      await half(store).decide({ options, signal, ...last(staged), group });
      await beginAgain();
      expect(await readAt(member)).toEqual({ ...member.after, 'state=TX/part-l': 'later\n' });
    },
  );

  it('says where the version before is when something has taken its place in the middle of the exchange', async () => {
    const path = at(swapped.plan).path;
    await mkdir(path);
    await writeFile(join(path, 'first'), 'by hand');
    let isDead = false;
    const fault = ({ name, path: from, to }: Call) => {
      isDead ||= name === 'rename' && to === path && from.endsWith('.stage-run/swapped');
      return isDead ? { errno: 'EIO' } : undefined;
    };
    const store = storeOver(recordedFileSystem({ fault }).fs);
    const prepared = await prepareAll(store, [at(swapped.plan), at(flag.plan)]);
    await expect(publishAll(store, prepared)).rejects.toThrow(/could not be put back/);
    await mkdir(path);
    await writeFile(join(path, 'second'), 'by hand, too');
    for (let round = 1; round <= 2; round += 1) {
      await expect(beginAgain()).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(join(scratch, '.swapped.old-run')),
      });
    }
    expect(await readPublished(path)).toEqual({ second: 'by hand, too' });
    expect(await readPublished(join(scratch, '.swapped.old-run'))).toEqual({ first: 'by hand' });
    await rm(path, { recursive: true });
    await beginAgain();
    expect(await readAt(swapped)).toEqual(swapped.after);
    const hidden = (await readdir(scratch)).filter((name) => /\.(old|stage)-/.test(name));
    expect(hidden).toEqual([]);
  });
});

describe('a begin that finishes the group of another run', () => {
  it('ends when it is told to, between two members, and the next one goes on', async () => {
    await decided(created, swapped, adopted);
    const leases = mortalLeases();
    const stop = new AbortController();
    const reason = new Error('enough');
    const { fs } = recordedFileSystem();
    const path = at(created.plan).path;
    const store = storeOver(
      {
        ...fs,
        rename: async (from, to) => {
          if (to === path) stop.abort(reason);
          await fs.rename(from, to);
        },
      },
      leases,
    );
    await expect(beginAgain(stop.signal, store)).rejects.toBe(reason);
    expect([...leases.held]).toEqual([]);
    expect(await readAt(created)).toEqual(created.after);
    expect(await readAt(swapped)).toEqual(swapped.before?.contents);
    await beginAgain();
    for (const member of [created, swapped, adopted, flag])
      expect(await readAt(member)).toEqual(member.after);
  });

  it('does not wait for another output of its run that is at it', async () => {
    await decided(created, swapped);
    const leases = mortalLeases();
    const path = at(created.plan).path;
    const { fs, reached, letGo } = holding(
      (name, from) => name === 'rename' && from.endsWith('.stage-run/created'),
    );
    const store = storeOver(fs, leases);
    const first = beginAgain(signal, store);
    await reached;
    const stop = new AbortController();
    const reason = new Error('enough');
    const target = targetOf({ ...at(swapped.plan), runId: 'next' });
    const second = store.begin({ options, target, signal: stop.signal });
    const rejected = expect(second).rejects.toBe(reason);
    stop.abort(reason);
    await rejected;
    expect(leases.held.has(target.path)).toBe(false);
    expect(await readPublished(path)).toBeUndefined();
    letGo();
    await first;
    for (const member of [created, swapped, flag]) expect(await readAt(member)).toEqual(member.after);
    expect([...leases.held]).toEqual([]);
  });
});
