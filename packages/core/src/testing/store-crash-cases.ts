// Owns what must be true of a target whose run died between two calls, for the conformance suite of stores: the run is a
// process of its own that is killed after each step of the protocol in turn; then another one begins on the same target.
import assert from 'node:assert/strict';
import type { WriteMode } from '../sink/sink.js';
import { withPlace } from './assertions.js';
import { type CrashFile, crash } from './crash.js';
import { clean, nameOf, publish, type StoreBench } from './store-bench.js';

type Content = Readonly<Record<string, string>>;

interface CrashPlan {
  readonly mode: WriteMode;
  readonly files: readonly CrashFile[];
  /** What is published before the run that crashes. */
  readonly old: Content;
  /** What readers see of `old` before. */
  readonly before: Content;
  /** What they see once the run has committed. */
  readonly after: Content;
  /** The run that comes then, and what readers see of it beside what was there. */
  readonly next: { readonly mode: WriteMode; readonly files: Content; after(found: Content): Content };
}

const old = { 'p=1/a-old.txt': 'old a', 'p=3/c-old.txt': 'old c' };
const files = [
  { path: 'p=1/a-new.txt', text: 'new a' },
  { path: 'p=2/b-new.txt', text: 'new b' },
];
const written = { 'p=1/a-new.txt': 'new a', 'p=2/b-new.txt': 'new b' };
const replacing: CrashPlan['next'] = {
  mode: 'overwrite',
  files: { 'next.txt': 'next' },
  after: () => ({ 'next.txt': 'next' }),
};
const adding: CrashPlan['next'] = {
  mode: 'append',
  files: { 'p=9/next.txt': 'next' },
  after: (found) => ({ ...found, 'p=9/next.txt': 'next' }),
};
const overOld = { files, old, before: old };

/** What a crash in each mode may leave. */
export const directoryPlans = {
  error: { mode: 'error', files, old: {}, before: {}, after: written, next: replacing },
  overwrite: { ...overOld, mode: 'overwrite', after: written, next: replacing },
  append: { ...overOld, mode: 'append', after: { ...old, ...written }, next: adding },
  overwritePartitions: {
    ...overOld,
    mode: 'overwritePartitions',
    after: { 'p=3/c-old.txt': 'old c', ...written },
    next: replacing,
  },
} as const satisfies Readonly<Record<string, CrashPlan>>;

/** The same for a single file that replaces another. */
export function filePlan(name: string): CrashPlan {
  return {
    mode: 'overwrite',
    files: [{ path: name, text: 'new' }],
    old: { [name]: 'old' },
    before: { '.': 'old' },
    after: { '.': 'new' },
    next: { mode: 'overwrite', files: { [name]: 'next' }, after: () => ({ '.': 'next' }) },
  };
}

/** Kills a run after each of its steps, on a fresh target each time, and sees what readers and the next run find. */
export async function survivesCrashes(
  fresh: () => Promise<StoreBench>,
  planFor: (bench: StoreBench) => CrashPlan,
): Promise<void> {
  let isOver = false;
  for (let steps = 1; !isOver; steps += 1) {
    await withPlace(fresh, async (bench) => {
      isOver = await crashedAfter(bench, planFor(bench), 'commit', steps);
    });
  }
  await withPlace(fresh, async (bench) => {
    await crashedAfter(bench, planFor(bench), 'abort', Number.POSITIVE_INFINITY);
  });
}

async function crashedAfter(
  bench: StoreBench,
  plan: CrashPlan,
  end: 'commit' | 'abort',
  steps: number,
): Promise<boolean> {
  if (Object.keys(plan.old).length > 0) await publish(bench, {}, plan.old);
  const target = bench.targetOf({ mode: plan.mode });
  const job = { kind: 'store', store: bench.store, target, files: plan.files, end, steps } as const;
  const { taken, isOver } = await crash(job);
  const when = `killed after ${taken.at(-1) ?? 'nothing'}`;
  const expected = taken.includes('commit') ? plan.after : plan.before;
  assert.deepEqual(await bench.content(), expected, `${when}, readers see something else than one version`);
  await publish(bench, { mode: plan.next.mode }, plan.next.files);
  const next = plan.next.after(expected);
  assert.deepEqual(await bench.content(), next, `${when}, the next run does not end as it should`);
  const left = [...(await bench.leftovers())];
  assert.deepEqual(left, [], `${when}, something is left after the next run`);
  await clean(bench);
  return isOver;
}

export const fileName = (bench: StoreBench): string => nameOf(bench.path);
