// Owns histories: two programs write versions of one output at once, also where their leases do not see each other, while a
// reader looks in a loop. Afterwards every commit must have its place in one order, and every loser a ConflictError.
import { mkdtemp, rm } from 'node:fs/promises';
import { createDice, type Dice } from '../simulation/dice.js';
import { type Child, programPath, startChild } from './child.js';
import { createTally, type Extent, type Figure, hangMs, type Tally } from './figure.js';
import { type Observation, observeAll } from './held-reader.js';
import { judgeIncomplete } from './incomplete-group.js';
import {
  isGrowing,
  isSwapped,
  type Kind,
  mayBeAbsent,
  memberKinds,
  stateOf,
  type WriteJob,
  write,
} from './kinds.js';
import { judge, leftovers, look } from './reader.js';

interface Result {
  readonly version: number;
  /** `done`, or the code of the error. */
  readonly outcome: string;
  /** Of outputs that commit together: they may be decided, and some are not published yet. */
  readonly isOpen: boolean;
  readonly message: string;
  /** Monotonic nanoseconds. */
  readonly beganAt: number;
  readonly endedAt: number;
}
interface Writer {
  readonly child: Child;
  run(job: WriteJob, delayMs: number): Promise<Result>;
}

const historyKinds: readonly Kind[] = [
  'swap',
  'append',
  'partitions',
  'generations',
  'generations-append',
  'generations-adopted',
  'file',
  'group',
];

async function startJobs(isApart: boolean): Promise<Writer> {
  const program = [process.execPath, programPath('write-jobs')];
  // Abstract sockets belong to a network namespace: with one of its own, a program sees no other's lease.
  const [command = '', ...args] = isApart ? ['unshare', '--net', ...program] : program;
  const child = startChild({ command, args, limitMs: 3_600_000 });
  if (!(await child.says('ready\n'))) throw new Error(`The program did not begin: ${child.said()}`);
  const waiting: ((result: Result) => void)[] = [];
  child.onLine((line) => {
    if (line.startsWith('result ')) waiting.shift()?.(JSON.parse(line.slice(7)));
  });
  return {
    child,
    run: (job, delayMs) => {
      const result = new Promise<Result>((resolve) => waiting.push(resolve));
      child.tell(JSON.stringify({ ...job, delayMs }));
      const hung = new Promise<never>((_, reject) => {
        const timer = setTimeout(() => reject(new Error(`version ${job.version} hangs`)), hangMs);
        result.finally(() => clearTimeout(timer)).catch(reject);
      });
      return Promise.race([result, hung]);
    },
  };
}

/** Three versions of each program, one after the other, with chance between them. */
async function play(
  writers: readonly Writer[],
  job: Omit<WriteJob, 'version'>,
  dice: Dice,
): Promise<Result[]> {
  const lanes = writers.map(async ({ run }, index) => {
    const results: Result[] = [];
    for (let round = 0; round < 3; round += 1) {
      const version = 10 * (index + 1) + round;
      results.push(await run({ ...job, version }, dice.int(0, 12)));
    }
    return results;
  });
  return (await Promise.all(lanes)).flat();
}

type Look = Awaited<ReturnType<typeof observeAll>>;

/** Reads until the programs have ended. */
async function watch(job: Pick<WriteJob, 'dir' | 'kind'>, over: Promise<unknown>): Promise<Look[]> {
  const seen: Look[] = [];
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  over.then(end, end);
  while (!isOver) seen.push(await observeAll(job));
  return seen;
}

const firstOfAll: Result = {
  version: 1,
  outcome: 'done',
  isOpen: false,
  message: '',
  beganAt: 0,
  endedAt: 0,
};

/** Who finds a version at the last member of a group finds it, or a later one, at all others. */
function checkGroup(tally: Tally, results: readonly Result[], look: Look, where: string): void {
  const [[, last] = [], ...others] = look;
  if (last === undefined || typeof last.found === 'string') return;
  const [version = 0] = last.found;
  const one = [firstOfAll, ...results].find((result) => result.version === version);
  for (const [kind, { found }] of others) {
    if (typeof found === 'string') continue;
    const isThere = isGrowing(kind)
      ? found.includes(version)
      : found.every((other) => {
          const result = [firstOfAll, ...results].find((candidate) => candidate.version === other);
          return (
            other === version || (one !== undefined && result !== undefined && result.endedAt > one.beganAt)
          );
        });
    if (!isThere)
      tally.bad('halfVisible', `${where}: the last member is at ${version}, ${kind} at ${found.join(', ')}`);
  }
}

/** What an observation may not show, given when each commit began and ended. */
function checkObservation(
  tally: Tally,
  kind: Kind,
  results: readonly Result[],
  { found, wrong, from, to }: Observation,
  where: string,
): void {
  if (wrong !== undefined) return void tally.bad('halfVisible', `${where}: ${wrong}`);
  if (found === 'gone') return;
  if (found === 'absent') {
    // What is adopted is absent once, before the first link.
    const isLinked = results.some(({ outcome, endedAt }) => outcome === 'done' && endedAt < from);
    if (!mayBeAbsent(kind) || (!isSwapped(kind) && isLinked))
      tally.bad('lost', `${where}: the path was absent`);
    else tally.detail('absent during a swap or an adoption');
    return;
  }
  const done = [firstOfAll, ...results.filter(({ outcome }) => outcome === 'done')];
  const visible = [...done, ...results.filter(({ isOpen }) => isOpen)];
  for (const version of found) {
    const commit = visible.find((one) => one.version === version);
    if (commit === undefined || commit.beganAt > to)
      tally.bad('altered', `${where}: saw ${version}, which failed`);
    const newer = done.find(
      (one) => commit !== undefined && one.beganAt > commit.endedAt && one.endedAt < from,
    );
    if (!isGrowing(kind) && newer !== undefined) {
      tally.bad('lost', `${where}: saw ${version} after ${newer.version}, which came later, was done`);
    }
  }
  if (!isGrowing(kind)) {
    if (found.length !== 1) tally.bad('halfVisible', `${where}: saw a mixture of ${found.join(', ')}`);
    return;
  }
  for (const { version, endedAt } of done) {
    if (endedAt < from && !found.includes(version)) tally.bad('lost', `${where}: ${version} was not there`);
  }
}

/** Each member stands at the same last version, and what grows has them all. */
function endingsOfGroup(done: readonly Result[]): readonly string[] {
  const last = done.filter((one) => !done.some(({ beganAt }) => beganAt > one.endedAt));
  const all = [1, ...done.map(({ version }) => version)];
  return last.map(({ version }) =>
    memberKinds.map((kind) => stateOf(kind, isGrowing(kind) ? all : [1, version])).join(' | '),
  );
}

/** The order in which the target must stand at the end: of those that replace, any that no other began after. */
function endings(kind: Kind, results: readonly Result[]): readonly string[] {
  const done = results.filter(({ outcome }) => outcome === 'done');
  if (done.length === 0) return [stateOf(kind, [1])];
  if (kind === 'group') return endingsOfGroup(done);
  if (isGrowing(kind)) return [stateOf(kind, [1, ...done.map(({ version }) => version)])];
  const last = done.filter((one) => !done.some(({ beganAt }) => beganAt > one.endedAt));
  return last.map(({ version }) => stateOf(kind, [1, version]));
}

async function history(
  tally: Tally,
  dice: Dice,
  writers: readonly Writer[],
  isApart: boolean,
): Promise<void> {
  const kind = dice.pick(historyKinds);
  const dir = await mkdtemp('/tmp/tailrace-history-');
  const job = { dir, kind, format: 'ndjson' as const };
  const where = `history ${tally.counts.tried}, ${kind}, ${isApart ? 'apart' : 'together'}`;
  try {
    await write({ ...job, version: 1 });
    const playing = play(writers, job, dice);
    const seen = await watch(job, playing);
    const results = await playing;
    tally.counts.tried += 1;
    tally.detail(kind);
    for (const { outcome, message } of results) {
      tally.detail(`${isApart ? 'apart' : 'together'}: ${outcome}`);
      if (outcome !== 'done' && outcome !== 'CONFLICT') tally.bad('altered', `${where}: ${message}`);
    }
    for (const look of seen) {
      for (const [member, observation] of look) checkObservation(tally, member, results, observation, where);
      if (kind === 'group') checkGroup(tally, results, look, where);
    }
    if (results.some(({ isOpen }) => isOpen)) {
      const done = results.filter(({ outcome }) => outcome === 'done').map(({ version }) => version);
      return await judgeIncomplete(tally, job, [firstOfAll.version, ...done], where);
    }
    judge(tally, await look(job, true), endings(kind, results), `${where}, at its end`);
    await write({ ...job, version: 99 });
    const left = await leftovers(job);
    if (left.length > 0) tally.bad('altered', `${where}: left behind ${left.join(', ')}`);
  } catch (error) {
    if (!String(error).includes('hangs')) throw error;
    tally.bad('hung', `${where}: ${String(error)}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export async function histories(extent: Extent): Promise<Figure> {
  const tally = createTally(extent);
  const dice = createDice(extent.seed);
  const [one, other, apart] = [await startJobs(false), await startJobs(false), await startJobs(true)];
  try {
    while (!tally.isOver()) {
      const isApart = dice.chance(0.5);
      await history(tally, dice, [one, isApart ? apart : other], isApart);
    }
  } finally {
    for (const { child } of [one, other, apart]) child.kill('SIGKILL');
  }
  return tally.figure('histories of two runs and a reader');
}
