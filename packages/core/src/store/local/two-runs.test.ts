// Two runs that write to one path at a time, by every way of publishing: none loses what the other has published.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PublishWay, WriteMode } from '../../sink/sink.js';
import { staysBeside } from '../partitions.js';
import { blindLeases, recordedFileSystem } from './fault-injection.js';
import type { FileSystem } from './file-system.js';
import {
  type Begun,
  begin,
  type Contents,
  commit,
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

/** Calls from one interruption to the next. Each pair of runs begins at another; with TAILRACE_EVERY_CALL none is left out. */
const stride = process.env.TAILRACE_EVERY_CALL === undefined ? 4 : 1;

type Turn = () => Promise<void>;

/** A file system that waits for its turn before every call. */
function inTurns(turn: Turn): FileSystem {
  const { fs } = recordedFileSystem();
  const waiting = Object.entries(fs).map(([name, call]: [string, (...args: never[]) => Promise<unknown>]) => [
    name,
    async (...args: never[]) => {
      await turn();
      return call(...args);
    },
  ]);
  // Every method is there, with its own arguments and answer.
  return Object.fromEntries(waiting) as unknown as FileSystem;
}

type Outcome = 'committed' | 'refused';

/** A whole run, as the framework takes it; what it is refused with must be a conflict. */
async function outcomeOf(store: Store, plan: OutputPlan, at: string): Promise<Outcome> {
  let begun: Begun | undefined;
  try {
    begun = await begin(store, plan);
    await commit(store, { ...begun, manifest: await stageFiles(store, begun, plan.contents) });
    return 'committed';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'CONFLICT' && !(code === 'TARGET_EXISTS' && begun === undefined)) {
      throw new Error(`run ${plan.runId} failed with something else ${at}`, { cause: error });
    }
    if (begun !== undefined) await store.abort({ options, signal, ...begun });
    return 'refused';
  }
}

/** What one run after another leaves. */
function after(state: Contents | undefined, plan: OutputPlan): Contents {
  if (plan.mode === 'append') return { ...state, ...plan.contents };
  if (plan.mode !== 'overwritePartitions') return plan.contents;
  const replaced = new Set(Object.keys(plan.contents).map((path) => path.slice(0, path.lastIndexOf('/'))));
  const kept = Object.entries(state ?? {}).filter(([path]) => staysBeside(replaced, path));
  return { ...Object.fromEntries(kept), ...plan.contents };
}

interface Duel {
  readonly modes: readonly [WriteMode, WriteMode];
  readonly contents?: readonly [Contents, Contents];
  readonly kind?: 'file';
  /** Whether nothing is at the path before. */
  readonly isNew?: boolean;
  /** Whether what is there is a plain directory, which each of them may adopt. Only by generations. */
  readonly isPlain?: boolean;
  /** Whether neither is ever refused where nothing but a number is to be taken. */
  readonly isMutual?: boolean;
}

const old = { 'p=1/old': 'old 1\n', 'p=2/old': 'old 2\n', 'p=3/old': 'old 3\n' };
const apart = [{ 'p=1/a': 'a\n' }, { 'p=2/b': 'b\n' }] as const;
const duels: readonly Duel[] = [
  { modes: ['overwrite', 'overwrite'] },
  { modes: ['append', 'append'], isMutual: true },
  { modes: ['append', 'overwrite'] },
  { modes: ['overwrite', 'append'] },
  { modes: ['overwritePartitions', 'overwritePartitions'], contents: apart, isMutual: true },
  {
    modes: ['overwritePartitions', 'overwritePartitions'],
    contents: [{ 'p=1/a': 'a\n' }, { 'p=1/b': 'b\n' }],
  },
  { modes: ['overwritePartitions', 'append'], contents: apart },
  { modes: ['error', 'error'], isNew: true },
  { modes: ['append', 'append'], isNew: true },
  { modes: ['overwrite', 'append'], isNew: true },
];
const adoptingDuels: readonly Duel[] = [
  { modes: ['overwrite', 'overwrite'], isPlain: true },
  { modes: ['append', 'append'], isPlain: true },
  { modes: ['append', 'overwrite'], isPlain: true },
];
const fileDuels: readonly Duel[] = [
  { modes: ['overwrite', 'overwrite'], kind: 'file' },
  { modes: ['error', 'error'], kind: 'file', isNew: true },
  { modes: ['overwrite', 'overwrite'], kind: 'file', isNew: true },
];

type Plans = readonly [OutputPlan, OutputPlan];

async function plansOf(duel: Duel, way: PublishWay, folder: string): Promise<Plans> {
  const path = join(scratch, folder, 'out');
  const { kind = 'directory', modes } = duel;
  const contentsOf = (name: string): Contents =>
    kind === 'file'
      ? { out: `${name}\n` }
      : { [`p=1/${name}`]: `${name}\n`, [`p=9/${name}`]: `${name} too\n` };
  const isPlain = duel.isPlain === true;
  const common = { path, kind, publish: way, adopt: isPlain } as const;
  if (duel.isNew !== true) {
    const contents = kind === 'file' ? { out: 'old\n' } : old;
    const before = { ...common, ...(isPlain ? { publish: 'swap' as const } : {}) };
    await publish(storeOver(), { ...before, runId: 'before', contents });
  }
  return [
    { ...common, runId: 'a', mode: modes[0], contents: duel.contents?.[0] ?? contentsOf('a') },
    { ...common, runId: 'b', mode: modes[1], contents: duel.contents?.[1] ?? contentsOf('b') },
  ];
}

/** Nothing lost, nothing mixed, somebody won, and nothing else is left. */
async function judge([a, b]: Plans, duel: Duel, outcomes: readonly Outcome[], at: string): Promise<void> {
  const before = duel.isNew === true ? undefined : duel.kind === 'file' ? { out: 'old\n' } : old;
  const found = await readPublished(a.path);
  const [isA, isB] = outcomes.map((outcome) => outcome === 'committed');
  if (isA && isB) expect([after(after(before, a), b), after(after(before, b), a)], at).toContainEqual(found);
  else if (isA) expect(found, at).toEqual(after(before, a));
  else expect(found, at).toEqual(isB ? after(before, b) : before);
  const names = await readdir(join(a.path, '..'));
  const known = ['out', '.out.gen', '.out.manifest.json'];
  expect(
    names.filter((name) => !known.includes(name)),
    at,
  ).toEqual([]);
}

function storeWith(fs: FileSystem): Store {
  return storeOver(fs, blindLeases, { fate: 'alive' });
}

const ways = (['swap', 'generations'] as const).flatMap((way) => duels.map((duel) => ({ way, duel })));
const all = [
  ...ways,
  ...fileDuels.map((duel) => ({ way: 'swap' as const, duel })),
  ...adoptingDuels.map((duel) => ({ way: 'generations' as const, duel })),
];
const named = all.map((one, index) => ({
  ...one,
  index,
  what: `${one.duel.kind ?? 'a directory'}${one.duel.isNew ? ' that is new' : ''}${one.duel.isPlain ? ' that is adopted' : ''}`,
}));

describe.each(named)(
  'two runs that do not see each other, $duel.modes on $what, by $way',
  ({ way, duel, index }) => {
    it('are one after the other, or one is refused with a conflict, whenever the second comes', async () => {
      const seen = new Set<string>();
      let isReached = true;
      for (let at = index % stride; isReached; at += stride) {
        const plans = await plansOf(duel, way, `at-${at}`);
        let calls = 0;
        isReached = false;
        let second: Outcome | undefined;
        const turn = async (): Promise<void> => {
          calls += 1;
          if (calls - 1 !== at) return;
          isReached = true;
          second = await outcomeOf(storeWith(recordedFileSystem().fs), plans[1], `at call ${at}`);
        };
        const first = await outcomeOf(storeWith(inTurns(turn)), plans[0], `at call ${at}`);
        second ??= await outcomeOf(storeWith(recordedFileSystem().fs), plans[1], 'after it');
        seen.add(`${first}, ${second}`);
        expect([first, second], `at call ${at}`).toContain('committed');
        await judge(plans, duel, [first, second], `at call ${at}: ${first}, ${second}`);
      }
      const isMutual = way === 'generations' && duel.isMutual === true;
      if (isMutual) expect([...seen]).toEqual(['committed, committed']);
      else if (duel.modes[0] === 'overwrite' || duel.modes[0] === 'error')
        expect([...seen].some((both) => both.includes('refused'))).toBe(true);
    }, 120_000);

    it('are so too when they take turns', async () => {
      // Every turn is some calls long; the lengths are numbers without a common period.
      for (let seed = 1; seed <= 12; seed += 1) {
        const plans = await plansOf(duel, way, `turns-${seed}`);
        const outcomes = await takeTurns(plans, seed);
        await judge(plans, duel, outcomes, `seed ${seed}: ${outcomes.join(', ')}`);
      }
    }, 120_000);
  },
);

/** Both runs at once, of which only one makes calls at a time: some of one, some of the other. */
async function takeTurns(plans: Plans, seed: number): Promise<readonly Outcome[]> {
  let random = seed * 7919;
  const next = (limit: number): number => {
    random = (random * 1103515245 + 12345) % 2147483648;
    return Math.floor(random / 65536) % limit;
  };
  const waiting: (() => void)[][] = [[], []];
  const ended = [false, false];
  let owner = 0;
  let left = 1 + next(30);
  const wake = (): void => {
    for (const go of waiting[owner]?.splice(0) ?? []) go();
  };
  const change = (): void => {
    if (!ended[1 - owner]) owner = 1 - owner;
    left = 1 + next(30);
    wake();
  };
  const turnOf =
    (who: number): Turn =>
    async () => {
      while (owner !== who) await new Promise<void>((resolve) => waiting[who]?.push(resolve));
      left -= 1;
      if (left <= 0) change();
    };
  const run = async (who: 0 | 1): Promise<Outcome> => {
    try {
      return await outcomeOf(storeWith(inTurns(turnOf(who))), plans[who], `seed ${seed}`);
    } finally {
      ended[who] = true;
      if (owner === who) change();
    }
  };
  return Promise.all([run(0), run(1)]);
}

describe('a run whose target another one has replaced since it began', () => {
  const same = { 'p=1/part': 'same\n' };
  it.each([
    ['overwrite', 'swap', 'directory', old],
    ['overwrite', 'generations', 'directory', old],
    ['overwritePartitions', 'swap', 'directory', old],
    ['overwritePartitions', 'generations', 'directory', old],
    ['overwrite', 'swap', 'file', { out: 'old\n' }],
  ] as const)(
    'in mode %s, by %s of a %s, does not take the place of what it has not seen',
    async (mode, way, kind, first) => {
      const common = { path: join(scratch, 'out'), kind, publish: way } as const;
      const contents = kind === 'file' ? { out: 'same\n' } : same;
      await publish(storeOver(), { ...common, runId: 'before', contents: first });
      const slow = storeWith(recordedFileSystem().fs);
      const begun = await begin(slow, { ...common, runId: 'slow', mode, contents });
      const manifest = await stageFiles(slow, begun, contents);
      await publish(storeWith(recordedFileSystem().fs), { ...common, runId: 'quick', mode, contents });
      const found = await readPublished(common.path);
      await expect(commit(slow, { ...begun, manifest })).rejects.toMatchObject({
        code: 'CONFLICT',
        status: 'permanent',
        message: expect.stringContaining('another run has replaced'),
      });
      await slow.abort({ options, signal, ...begun });
      expect(await readPublished(common.path)).toEqual(found);
    },
  );
});
