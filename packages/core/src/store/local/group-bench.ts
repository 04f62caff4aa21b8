// Owns what tests of groups share: members of every way to publish, and a whole group through the calls that the pool makes.
// For tests only.
import type { Group } from '../../sink/group.js';
import {
  type Begun,
  begin,
  type Contents,
  commit,
  type OutputPlan,
  options,
  type Staged,
  type Store,
  signal,
  stageFiles,
} from './store-bench.js';

/** An output of a group: what it writes, what is there before, what is there once the group is published. */
export interface Member {
  readonly plan: OutputPlan;
  readonly before?: OutputPlan;
  readonly after: Contents;
}

const fresh = { 'state=CA/part-0': 'sunny\n', 'state=NY/part-0': 'cold\n' };
const old = { 'state=CA/part-9': 'old\n', 'part-9': 'old too\n' };
const member = (
  path: string,
  options: Partial<OutputPlan>,
  before: Contents | undefined,
  after: Contents,
): Member => ({
  plan: { path, runId: 'run', output: path, contents: fresh, ...options },
  ...(before === undefined
    ? {}
    : { before: { ...options, mode: 'error', path, runId: 'before', contents: before, adopt: false } }),
  after,
});
export const created = member('created', {}, undefined, fresh);
export const swapped = member('swapped', { mode: 'overwrite' }, old, fresh);
export const grown = member('grown', { mode: 'append' }, old, { ...old, ...fresh });
export const partly = member('partly', { mode: 'overwritePartitions' }, old, {
  'part-9': 'old too\n',
  ...fresh,
});
export const listed = member('listed', { mode: 'overwrite', publish: 'generations' }, old, fresh);
export const file = member(
  'file',
  { kind: 'file', mode: 'overwrite', contents: { file: 'new\n' } },
  { file: 'old\n' },
  { file: 'new\n' },
);
export const newFile = member('newfile', { kind: 'file', contents: { newfile: 'new\n' } }, undefined, {
  newfile: 'new\n',
});
export const adopted: Member = {
  ...member('adopted', { mode: 'append', publish: 'generations', adopt: true }, old, { ...old, ...fresh }),
  before: { path: 'adopted', runId: 'before', contents: old },
};

export interface Prepared {
  readonly group: Group;
  readonly staged: readonly Staged[];
}

/** Stages every member and prepares them, as the pool does. */
export async function prepareAll(store: Store, plans: readonly OutputPlan[]): Promise<Prepared> {
  const begun: Begun[] = [];
  for (const plan of plans) begun.push(await begin(store, plan));
  const { place, open, prepare } = half(store);
  const places = begun.map((one) => place({ options, signal, ...one }));
  const group: Group = { id: 'group-1', name: 'nightly', places };
  const staged: Staged[] = [];
  for (const [index, one] of begun.entries()) {
    staged.push({ ...one, manifest: await stageFiles(store, one, plans[index]?.contents ?? {}) });
  }
  await open({ options, signal, ...last(begun), group });
  for (const one of staged) await prepare({ options, signal, ...one, group });
  return { group, staged };
}

export async function publishAll(store: Store, { group, staged }: Prepared): Promise<void> {
  await half(store).decide({ options, signal, ...last(staged), group });
  for (const one of staged) await commit(store, one);
}

export function half(store: Store): NonNullable<Store['group']> {
  if (store.group === undefined) throw new Error('the store knows no groups');
  return store.group;
}

export function last<T>(items: readonly T[]): T {
  const item = items.at(-1);
  if (item === undefined) throw new Error('there is none');
  return item;
}
