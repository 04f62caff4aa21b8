// What a recovery of a group does not take for published, nor for undecided: what it cannot read, and what it cannot see.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { created, file, half, last, prepareAll } from './group-bench.js';
import { groupMarkName } from './place.js';
import {
  begin,
  inScratch,
  type OutputPlan,
  options,
  readPublished,
  type Staged,
  signal,
  storeOver,
} from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});
const folders = ['first', 'second', 'last'] as const;

const plans = (): OutputPlan[] =>
  [
    created,
    { plan: { ...created.plan, path: 'other' } },
    { plan: { ...file.plan, mode: 'error' } as const },
  ].map(({ plan }, index) => ({ ...plan, path: join(scratch, folders[index] ?? '', plan.path) }));

/** A group in three directories, of a process that is dead. */
async function dead(isDecided: boolean): Promise<readonly Staged[]> {
  for (const folder of folders) await mkdir(join(scratch, folder));
  const store = storeOver();
  const { group, staged } = await prepareAll(store, plans());
  if (isDecided) await half(store).decide({ options, signal, ...last(staged), group });
  return staged;
}

const beginAgain = async (index: number): Promise<void> => {
  const [plan] = plans().slice(index);
  if (plan === undefined) throw new Error('there are three');
  const store = storeOver();
  const begun = await begin(store, { ...plan, mode: 'overwrite', runId: 'next' });
  await store.abort({ options, signal, ...begun });
};
const markOf = (staged: readonly Staged[], index: number): string =>
  join(half(storeOver()).place({ options, signal, ...(staged[index] ?? last(staged)) }), groupMarkName);
const published = (): Promise<unknown[]> =>
  Promise.all(plans().map(async ({ path }) => (await readPublished(path)) !== undefined));

describe('the recovery of a group', () => {
  it.each(['torn', 'foreign'])(
    'stops at a %s mark of a decided member, and goes on once it is whole',
    async (how) => {
      const staged = await dead(true);
      const mark = markOf(staged, 1);
      const text = await readFile(mark, 'utf8');
      await writeFile(mark, how === 'torn' ? text.slice(0, 40) : text.replace('"version":1', '"version":2'));
      await expect(beginAgain(0)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await published()).toEqual([false, false, false]);
      await writeFile(mark, text);
      await beginAgain(0);
      expect(await published()).toEqual([true, true, true]);
    },
  );

  it('replaces nothing that has appeared at a new path, also when the mark of an earlier version tells of nothing before', async () => {
    const staged = await dead(true);
    const mark = markOf(staged, 0);
    const { base: _, ...earlier } = JSON.parse(await readFile(mark, 'utf8'));
    await writeFile(mark, JSON.stringify(earlier));
    const appeared = plans()[0]?.path ?? '';
    await mkdir(appeared);
    await writeFile(join(appeared, 'mine'), 'mine');
    await expect(beginAgain(1)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readPublished(appeared)).toEqual({ mine: 'mine' });
  });

  it('keeps what another version of the program has staged, and names it', async () => {
    const staged = await dead(true);
    const mark = markOf(staged, 0);
    const text = await readFile(mark, 'utf8');
    await writeFile(mark, text.replace('"version":1', '"version":2'));
    await expect(beginAgain(0)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(mark),
    });
    await writeFile(mark, text);
    await beginAgain(0);
    expect(await published()).toEqual([true, true, true]);
  });

  it.each([
    ['last', true],
    ['second', true],
    ['last', false],
  ])(
    'touches nothing while the directory of its %s member is not there (decided: %s)',
    async (folder, isDecided) => {
      await dead(isDecided);
      await rename(join(scratch, folder), join(scratch, 'unmounted'));
      await expect(beginAgain(0)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(join(scratch, folder)),
      });
      await rename(join(scratch, 'unmounted'), join(scratch, folder));
      await beginAgain(0);
      expect(await published()).toEqual([isDecided, isDecided, isDecided]);
    },
  );
});
