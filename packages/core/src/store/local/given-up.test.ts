// A commit that is given up, or told to stop, at any of its calls: it exchanges nothing from then on,
// and what was there is there.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Call, comingLast, type Fault, mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  type Contents,
  commit,
  inMemory,
  inScratch,
  type OutputPlan,
  options,
  publish,
  readPublished,
  type Staged,
  type Store,
  signal,
  stage,
  storeOver,
} from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
}, inMemory);

type Plan = Omit<OutputPlan, 'path' | 'runId'>;

interface Case {
  readonly what: string;
  readonly before?: Plan;
  readonly plan: Plan;
  readonly fault?: (call: Call) => Fault;
}

const old: Plan = { contents: { 'part-old': 'old\n' } };
const fresh: Contents = { 'part-new': 'new\n' };
const oldFile: Plan = { kind: 'file', contents: { out: 'old\n' } };
const newFile: Plan = { kind: 'file', contents: { out: 'new\n' } };

const cases: readonly Case[] = [
  { what: 'a new directory', plan: { contents: fresh } },
  { what: 'an overwritten directory', before: old, plan: { mode: 'overwrite', contents: fresh } },
  { what: 'a first generation', plan: { publish: 'generations', contents: fresh } },
  {
    what: 'a generation',
    before: { ...old, publish: 'generations' },
    plan: { publish: 'generations', mode: 'overwrite', contents: fresh },
  },
  {
    what: 'an adopted directory',
    before: old,
    plan: { publish: 'generations', adopt: true, mode: 'overwrite', contents: fresh },
  },
  { what: 'a new file', plan: newFile },
  {
    what: 'a new file without hard links',
    plan: newFile,
    fault: ({ name }) => (name === 'link' ? { errno: 'EPERM' } : undefined),
  },
  { what: 'an overwritten file', before: oldFile, plan: { ...newFile, mode: 'overwrite' } },
];

const isStaged = (path: string): boolean => path.includes('.stage-run/');

/** Whether a call shows something of the run, or takes from a reader what was there; the way back does neither. */
function isExchange({ name, path, to = '' }: Call, out: string, generation: number): boolean {
  if (name === 'symlink') return to.endsWith(String(generation));
  if (name !== 'rename' && name !== 'link') return false;
  const isBack = basename(path).startsWith('.previous') || basename(path) === '.old-run';
  const isLock = basename(path) === '.commit';
  if (isStaged(path)) return !isStaged(to) && !isBack && !isLock;
  return path === out && !isStaged(to);
}

interface Moment {
  /** From where its calls are counted: the first one of the commit, or of its publishing. */
  readonly from: 'commit' | 'publishing';
  /** 0-based number of the call with which it comes. */
  readonly at: number;
  /** What happens then. */
  readonly act: (store: Store, staged: Staged) => unknown;
  readonly signal?: AbortSignal;
}

interface Outcome {
  readonly error: unknown;
  /** Exchanges that were begun after the moment. */
  readonly exchanges: readonly Call[];
  /** Whether the commit had come to a call of publishing, not of settling, by then. */
  readonly isPublishing: boolean;
  /** Whether the moment came when a generation that has its number was being linked. */
  readonly isLinking: boolean;
  readonly out: string;
}

/** Commits what a case says in a directory of its own, with something that happens in one moment. */
async function commitWith(example: Case, { from, at, act, signal: told = signal }: Moment): Promise<Outcome> {
  const out = join(scratch, `${from}-${at}/new/data/out`);
  if (example.before !== undefined)
    await publish(storeOver(), { ...example.before, path: out, runId: 'before' });
  const generation = example.before === undefined ? 1 : 2;
  const exchanges: Call[] = [];
  let count = -1;
  let isCommitting = false;
  let isSynced = false;
  let publishes: number | undefined;
  let isOver = false;
  let isLinking = false;
  let acting: Promise<readonly PromiseSettledResult<unknown>[]> | undefined;

  const seeOfCommit = ({ name, path, to = '' }: Call): void => {
    count += 1;
    isSynced ||= name === 'sync' && path.endsWith('.stage-run');
    // Of the lock, or the look at what number is free.
    if (path.endsWith('.stage-run/.commit') || (isSynced && name === 'readdir')) publishes ??= count;
    // Syncs are made side by side: only from where they have ended has a call the same number each time.
    const first = from === 'commit' ? 0 : publishes;
    isOver = first !== undefined && count - first >= at;
    if (isOver) acting = Promise.allSettled([act(store, staged)]);
    const isNumbered = exchanged.some((call) => call.to === join(out, '..', `.out.gen/0000000${generation}`));
    isLinking ||= isNumbered && name === 'open' && path.endsWith('.out.gen');
    if (isExchange({ name, path, to }, out, generation)) exchanged.push({ name, path, to });
  };
  const exchanged: Call[] = [];
  // What an abort removes would keep a commit from showing it: that it shows nothing must not come of this.
  const isRemoval = ({ name, path }: Call): boolean =>
    isOver && (name === 'unlink' || name === 'rmdir') && path !== out;
  const inTurn = comingLast(isRemoval);
  const { fs } = recordedFileSystem({
    ...(example.fault === undefined ? {} : { fault: example.fault }),
    around: (call, make) => {
      if (isOver && isExchange(call, out, generation)) exchanges.push(call);
      if (isCommitting && !isOver) seeOfCommit(call);
      return inTurn(call, make);
    },
  });
  const leases = mortalLeases();
  const store = storeOver(fs, leases);
  const staged = await stage(store, { ...example.plan, path: out, runId: 'run' });
  isCommitting = true;
  const error: unknown = await store.commit({ options, ...staged, signal: told }).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  isCommitting = false;
  const acted = await acting;
  if (error !== undefined && !isLinking)
    expect(acted ?? [{ status: 'fulfilled' }]).toMatchObject([{ status: 'fulfilled' }]);
  await store.abort({ options, signal, ...staged }).catch(() => undefined);
  expect([...leases.held]).toEqual([]);
  return { error, exchanges, isPublishing: publishes !== undefined, isLinking, out };
}

/** What a reader finds, and nothing beside it that the run has made. */
async function expectAsBefore(out: string, before: Plan | undefined, at: string): Promise<void> {
  expect(await readPublished(out), at).toEqual(before?.contents);
  // Of what was not there before nothing is left, not even the directories on the way.
  const names = await readdir(join(out, before === undefined ? '../../..' : '..')).catch(() => []);
  const mayStay = before === undefined ? [] : ['out', '.out.manifest.json', '.out.gen'];
  expect(
    names.filter((name) => !mayStay.includes(name)),
    at,
  ).toEqual([]);
}

const giveUp = (store: Store, staged: Staged): Promise<void> => store.abort({ options, signal, ...staged });

describe.each(cases)('a commit of $what', (example) => {
  it('that is given up while it publishes exchanges nothing from then on', async () => {
    let refused = 0;
    for (let at = 0; ; at += 1) {
      const outcome = await commitWith(example, { from: 'publishing', at, act: giveUp });
      // From there on the abort takes back a link that is being made, and either may come last.
      if (outcome.isLinking) break;
      const where = `given up at call ${at} of publishing`;
      expect(outcome.exchanges, where).toEqual([]);
      if (outcome.error === undefined) break;
      refused += 1;
      expect(outcome.error, where).toMatchObject({ code: 'CANCELLED' });
      await expectAsBefore(outcome.out, example.before, where);
    }
    expect(refused).toBeGreaterThan(0);
  }, 60_000);

  it('that is given up before it publishes exchanges nothing', async () => {
    for (let at = 0; ; at += 1) {
      const outcome = await commitWith(example, { from: 'commit', at, act: giveUp });
      if (outcome.isPublishing) {
        expect(at).toBeGreaterThan(0);
        break;
      }
      const where = `given up at call ${at}`;
      expect(outcome.error, where).toMatchObject({ code: 'CANCELLED' });
      expect(outcome.exchanges, where).toEqual([]);
      await expectAsBefore(outcome.out, example.before, where);
    }
  }, 60_000);

  it('that is told to stop before it publishes exchanges nothing', async () => {
    for (let at = 0; ; at += 1) {
      const cancel = new AbortController();
      const { signal: told } = cancel;
      const act = (): void => cancel.abort();
      const outcome = await commitWith(example, { from: 'commit', at, act, signal: told });
      // In the same run: it had told nobody to stop before that call.
      if (outcome.isPublishing) {
        expect(at).toBeGreaterThan(0);
        break;
      }
      expect(outcome.error, `call ${at}`).toBe(told.reason);
      expect(outcome.exchanges, `call ${at}`).toEqual([]);
      await expectAsBefore(outcome.out, example.before, `call ${at}`);
    }
  }, 60_000);

  it('that is told to stop before it begins makes no call', async () => {
    const out = join(scratch, 'out');
    if (example.before !== undefined)
      await publish(storeOver(), { ...example.before, path: out, runId: 'before' });
    const { fs, calls } = recordedFileSystem();
    const store = storeOver(fs);
    const staged = await stage(store, { ...example.plan, path: out, runId: 'run' });
    const from = calls.length;
    const told = AbortSignal.abort(new Error('told'));
    await expect(store.commit({ options, ...staged, signal: told })).rejects.toThrow('told');
    expect(calls.slice(from)).toEqual([]);
    await commit(store, staged);
  });
});

it('a directory that was moved aside when its commit was given up is put back before anything else is looked at', async () => {
  const out = join(scratch, 'out');
  await publish(storeOver(), { ...old, path: out, runId: 'before' });
  const looks: Call[] = [];
  let isAbsent = false;
  let aborting: Promise<void> | undefined;
  const { fs } = recordedFileSystem({
    fault: (call) => {
      if (call.name === 'rename' && call.to === out) isAbsent = false;
      if (isAbsent && call.path.includes('.old-run')) looks.push(call);
      if (call.name === 'rename' && call.path === out) {
        isAbsent = true;
        aborting = store.abort({ options, signal, ...staged });
      }
      return undefined;
    },
  });
  const store = storeOver(fs);
  const staged = await stage(store, { contents: fresh, mode: 'overwrite', path: out, runId: 'run' });
  await expect(commit(store, staged)).rejects.toMatchObject({ code: 'CANCELLED' });
  await aborting;
  expect(looks).toEqual([]);
  expect(await readPublished(out)).toEqual(old.contents);
});
