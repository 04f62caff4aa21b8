// Owns faults of input and output: calls that fail under strace, a disk that is full, limits of the process, what may not be
// written to. The run must succeed, or end with an error of the family that names a path; a reader finds a whole version.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createDice, type Dice } from '../simulation/dice.js';
import type { ChildEnd } from './child.js';
import { createTally, type Extent, type Figure, type Tally } from './figure.js';
import { halfWayStates, nextRunsOf } from './groups.js';
import { isNew, isSwapped, type Kind, kinds, stateOf, type WriteJob, write } from './kinds.js';
import { judge, leftovers, look } from './reader.js';
import { realFaults } from './real-faults.js';
import { recover } from './recover.js';
import { both, callsOf, startWriter } from './scene.js';
import { type Call, trace } from './strace.js';

/** Calls, and the errnos that a file system may answer them with. */
const errnosOf: readonly (readonly [call: string, errnos: readonly string[]])[] = [
  ['write', ['ENOSPC', 'EIO', 'EDQUOT']],
  ['fsync', ['EIO', 'ENOSPC']],
  ['openat', ['EMFILE', 'ENFILE', 'EACCES', 'EROFS', 'EIO', 'ENOSPC']],
  ['mkdir', ['ENOSPC', 'EACCES', 'EROFS']],
  ['rename', ['EIO', 'ENOSPC', 'EACCES', 'EROFS']],
  ['link', ['ENOSPC', 'EMLINK', 'EACCES', 'EPERM']],
  ['symlink', ['ENOSPC', 'EROFS']],
  ['unlink', ['EIO', 'EACCES']],
  ['rmdir', ['EIO', 'EACCES']],
];

interface Scene {
  readonly kind: Kind;
  readonly from: string;
  readonly calls: readonly Call[];
}

async function scenesIn(root: string): Promise<readonly Scene[]> {
  const scenes: Scene[] = [];
  for (const kind of kinds) {
    const from = join(root, kind);
    await mkdir(from);
    if (!isNew(kind)) await write({ dir: from, kind, version: 1 });
    const dir = join(root, `counted-${kind}`);
    await copy(from, dir);
    scenes.push({ kind, from, calls: await callsOf({ dir, kind, version: 2 }) });
    await rm(dir, { recursive: true });
  }
  return scenes;
}

const copy = (from: string, to: string): Promise<void> =>
  cp(from, to, { recursive: true, verbatimSymlinks: true });

/** One call fails, or it and all of its name after it. Undefined when it did not come about on a path of the output. */
async function underStrace(dice: Dice, scene: Scene, job: WriteJob): Promise<[string, ChildEnd | undefined]> {
  const possible = errnosOf.filter(([name]) => scene.calls.some((call) => call.name === name));
  const [name, errnos] = dice.pick(possible);
  const { nth } = dice.pick(scene.calls.filter((call) => call.name === name));
  // A write that fails for good would fail between the threads of the program, too.
  const isForGood = name !== 'write' && name !== 'openat' && dice.chance(0.3);
  const fault = `${dice.pick(errnos)} at ${name} ${nth}${isForGood ? '+' : ''}`;
  const [errno] = fault.split(' ');
  const child = await startWriter(job);
  const inject = `inject=${name}:error=${errno}:when=${nth}${isForGood ? '+' : ''}`;
  const { calls } = await trace(child, '-e', `trace=${name}`, '-e', inject);
  child.tell('go');
  const ended = await child.ended;
  const injected = (await calls).filter(({ line }) => line.includes('(INJECTED)'));
  const isOurs = injected.length > 0 && injected.every(({ line }) => line.includes(job.dir));
  return [fault, isOurs ? ended : undefined];
}

/** What the run said at its end, against what is promised. */
function judgeEnd(
  tally: Tally,
  { output, isHung, signal, code }: ChildEnd,
  job: WriteJob,
  where: string,
): void {
  if (isHung) tally.bad('hung', where);
  if (output.includes('done\n')) tally.detail('succeeded');
  if (isHung || output.includes('done\n')) return;
  const failures = failuresIn(output);
  tally.detail('failed');
  if (failures.length === 0) {
    tally.bad('altered', `${where}: ended with ${signal ?? code}: ${output.slice(-500)}`);
  }
  for (const failure of failures) {
    const isNamed = failure.message.includes(job.dir);
    if (failure.code === 'none' || !isNamed)
      tally.bad('altered', `${where}: an error without name or path: ${JSON.stringify(failure)}`);
  }
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly context?: { readonly previous?: string };
}

/** What programs/write-once.ts tells of its failures. */
function failuresIn(output: string): readonly Failure[] {
  const lines = output.split('\n').filter((line) => line.startsWith('failed '));
  return lines.map((line) => JSON.parse(line.slice('failed '.length)));
}

/** A group may be decided and not published everywhere: the next run on any one of its paths finishes it. */
async function judgeGroup(
  tally: Tally,
  dice: Dice,
  job: WriteJob,
  output: string,
  where: string,
): Promise<void> {
  const before = [1];
  const after = [1, job.version];
  const isDone = output.includes('done\n');
  // Of a group that is said to have failed nothing may be seen, and nothing comes later.
  const isRefused = output.includes('group failed\n');
  const allowed = isDone ? [after] : isRefused ? [before] : [before, after];
  tally.detail(isDone ? 'group done' : isRefused ? 'group failed' : 'group incomplete');
  const seen = await look(job, false);
  const states = allowed.map((versions) => stateOf(job.kind, versions));
  const isOpen = allowed.length > 1 && seen.isBetween;
  judge(tally, seen, isOpen ? [...states, ...halfWayStates(job.kind, allowed)] : states, where);
  const found = allowed.filter((versions) => stateOf(job.kind, versions) === seen.state);
  let possible: readonly (readonly number[])[] = isOpen || found.length === 0 ? allowed : found;
  for (const next of nextRunsOf({ ...job, version: 3 }, dice.int(0, 2)))
    possible = await recover(tally, next, possible, where);
  const left = await leftovers(job);
  if (left.length > 0) tally.bad('altered', `${where}: left behind ${left.join(', ')}`);
}

async function judgeTarget(
  tally: Tally,
  job: WriteJob,
  output: string,
  isForGood: boolean,
  where: string,
): Promise<void> {
  const before = isNew(job.kind) ? [] : [1];
  const after = [...before, job.version];
  const isDone = output.includes('done\n');
  const allowed = isDone ? [after] : [before, after];
  const seen = await look(job, false);
  const states = allowed.map((versions) => stateOf(job.kind, versions));
  if (isForGood && seen.state === 'absent' && (await standsAside(job, output, stateOf(job.kind, before))))
    tally.detail('version before told to stand aside');
  else judge(tally, seen, states, where);
  const found = allowed.filter((versions) => stateOf(job.kind, versions) === seen.state);
  const base = found.length > 0 && !seen.isBetween ? found : allowed;
  const isTaken = isNew(job.kind) && seen.state !== 'absent';
  const next = { ...job, version: 3, ...(isTaken ? { name: 'another' } : {}) };
  try {
    await write(next);
    const wanted = isTaken ? [[3]] : base.map((versions) => [...versions, 3]);
    judge(
      tally,
      await look(next, true),
      wanted.map((versions) => stateOf(job.kind, versions)),
      `${where}, next run`,
    );
  } catch (error) {
    const [first]: unknown[] = error instanceof AggregateError ? error.errors : [error];
    tally.bad('altered', `${where}: the next run failed: ${String(first)}`);
  }
  // What a target of its own name left is its next run's to remove.
  const left = isTaken ? [] : await leftovers(job);
  if (left.length > 0) tally.bad('altered', `${where}: left behind ${left.join(', ')}`);
}

/**
 * Nothing can be put back on a disk that refuses every rename from the first of a swap's two on. Then the error names where the
 * version before lies, a reader finds all of it there, and the next run brings the path back.
 */
async function standsAside(job: WriteJob, output: string, whole: string): Promise<boolean> {
  if (!isSwapped(job.kind)) return false;
  for (const { context } of failuresIn(output)) {
    if (context?.previous === undefined || dirname(context.previous) !== job.dir) continue;
    const { state, wrong } = await look({ ...job, name: basename(context.previous) }, true);
    return wrong.length === 0 && state === whole;
  }
  return false;
}

async function tryOne(tally: Tally, dice: Dice, scenes: readonly Scene[], dir: string): Promise<void> {
  const scene = dice.pick(scenes);
  const job: WriteJob = { dir, kind: scene.kind, version: 2, attempts: dice.pick([1, 3]) };
  const real = dice.chance(0.35) ? dice.pick(realFaults) : undefined;
  await mkdir(dir);
  const prepared = await real?.prepare(dir);
  try {
    await copy(scene.from, dir);
    let [fault, ended]: [string, ChildEnd | undefined] = [real?.name ?? '', undefined];
    if (prepared === undefined) [fault, ended] = await underStrace(dice, scene, job);
    else {
      const child = await startWriter(job);
      await prepared.break(dice, child, job);
      child.tell('go');
      ended = await child.ended;
      await prepared.mend();
    }
    const where = `${fault}, ${scene.kind}, ${job.attempts} attempts`;
    if (ended === undefined) return tally.detail('not on a path of the output');
    tally.counts.tried += 1;
    tally.detail(fault.replace(/ at.*/, ''));
    judgeEnd(tally, ended, job, where);
    if (job.kind === 'group') await judgeGroup(tally, dice, job, ended.output, where);
    else await judgeTarget(tally, job, ended.output, real !== undefined || fault.endsWith('+'), where);
  } finally {
    await prepared?.end();
    await rm(dir, { recursive: true, force: true });
  }
}

export async function ioFaults(extent: Extent): Promise<Figure> {
  const tally = createTally(extent);
  const dice = createDice(extent.seed);
  const root = await mkdtemp('/tmp/tailrace-io-');
  try {
    const scenes = await scenesIn(root);
    let running = 0;
    const lane = async (name: string, own: Dice): Promise<void> => {
      while (!tally.isOver(running)) {
        running += 1;
        await tryOne(tally, own, scenes, join(root, name));
        running -= 1;
      }
    };
    await both([lane('lane-a', dice.fork(1)), lane('lane-b', dice.fork(2))]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return tally.figure('I/O faults');
}
