// What a member of a decided group does that is given up while a call of it hangs: it may still publish, so it holds its target.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holding, mortalLeases } from './fault-injection.js';
import { created, file, half, last, listed, type Member, prepareAll, swapped } from './group-bench.js';
import {
  begin,
  inScratch,
  options,
  publish,
  readPublished,
  type Staged,
  signal,
  storeOver,
} from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

const next = { mode: 'overwrite', runId: 'next', contents: {} } as const;

describe.each<readonly [string, Member, (path: string) => boolean]>([
  ['a new directory', created, (path) => path.endsWith('.stage-run/created')],
  ['a directory that is moved aside', swapped, (path) => path.endsWith('/at/swapped')],
  ['a generation', listed, (path) => path.endsWith('.stage-run/listed')],
])('a member of a decided group whose publishing hangs (%s)', (_, member, isHeld) => {
  const at = (path: string): string => join(scratch, 'at', path);
  const members = [member, file];

  /** The group is decided, and its first member hangs in the call that shows it, or takes the old one away. */
  async function hanging() {
    await mkdir(join(scratch, 'at'));
    for (const { before } of members)
      if (before !== undefined) await publish(storeOver(), { ...before, path: at(before.path) });
    let isDecided = false;
    const { fs, reached, letGo } = holding((name, path) => isDecided && name === 'rename' && isHeld(path));
    const leases = mortalLeases();
    let isUnreadable = false;
    const lstat: typeof fs.lstat = async (path) => {
      if (isUnreadable && path.includes('.decided-'))
        throw Object.assign(new Error('EIO: injected'), { code: 'EIO' });
      return fs.lstat(path);
    };
    const store = storeOver({ ...fs, lstat }, leases);
    const plans = members.map(({ plan }) => ({ ...plan, path: at(plan.path) }));
    const { group, staged } = await prepareAll(store, plans);
    await half(store).decide({ options, signal, ...last(staged), group });
    isDecided = true;
    const [first] = staged;
    if (first === undefined) throw new Error('there are two');
    const committing = store.commit({ options, signal, ...first });
    await reached;
    const abort = (one: Staged) => store.abort({ options, signal, ...one });
    const hide = () => {
      isUnreadable = true;
    };
    return { leases, letGo, hide, committing, first, lastOne: last(staged), abort };
  }

  it('holds its target as long when nothing tells whether the group is decided', async () => {
    const { leases, letGo, hide, committing, first, lastOne, abort } = await hanging();
    hide();
    const before = [...leases.held];
    const aborting = [first, lastOne].map((one) => expect(abort(one)).rejects.toThrow('EIO'));
    for (const { plan } of members) {
      const another = storeOver(undefined, leases);
      await expect(begin(another, { ...plan, ...next, path: at(plan.path) })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
    }
    expect([...leases.held]).toEqual(before);
    letGo();
    await committing;
    await Promise.all(aborting);
    expect([...leases.held]).toEqual([]);
  });

  it('holds its target until that call has come back, and then the next run finds all of it', async () => {
    const { leases, letGo, committing, first, lastOne, abort } = await hanging();
    const ended: string[] = [];
    const aborting = abort(first).then(() => ended.push('first'));
    const abortingLast = abort(lastOne).then(() => ended.push('last'));
    for (const { plan } of members) {
      const another = storeOver(undefined, leases);
      await expect(begin(another, { ...plan, ...next, path: at(plan.path) })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
    }
    expect(ended).toEqual([]);
    letGo();
    await committing;
    await Promise.all([aborting, abortingLast]);
    expect([...leases.held]).toEqual([]);
    expect(await readPublished(at(member.plan.path))).toEqual(member.after);
    const again = storeOver();
    const begun = await begin(again, { ...file.plan, ...next, path: at(file.plan.path) });
    await again.abort({ options, signal, ...begun });
    for (const { plan, after } of members) expect(await readPublished(at(plan.path))).toEqual(after);
  });
});
