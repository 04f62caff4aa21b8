// Owns the crash points: a program is killed just before its Nth call of each kind, for every way to publish and for the
// repair of what such a kill leaves behind. Then a reader looks, a fresh run follows, and the reader looks again.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDice } from '../simulation/dice.js';
import type { ChildEnd } from './child.js';
import { createTally, type Extent, type Figure, type Tally } from './figure.js';
import { halfWayStates, nextRunsOf } from './groups.js';
import { isNew, isSwapped, type Kind, kinds, stateOf, type WriteJob, write } from './kinds.js';
import { judge, leftovers, look } from './reader.js';
import { recover } from './recover.js';
import { both, callsOf, startWriter } from './scene.js';
import { trace } from './strace.js';

/** What is there when the program that will be killed begins. */
interface Scene {
  readonly name: string;
  readonly kind: Kind;
  readonly from: string;
  readonly version: number;
  /** What may be there when it is killed: each a list of versions. */
  readonly before: readonly (readonly number[])[];
}
interface Point {
  readonly scene: Scene;
  readonly call: string;
  readonly nth: number;
}

/** Kills just before the call; `signal` says whether that came about. */
async function killedAt(job: WriteJob, call: string, nth: number): Promise<ChildEnd> {
  const child = await startWriter(job);
  const { calls } = await trace(child, '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`);
  child.tell('go');
  const ended = await child.ended;
  await calls;
  return ended;
}

/** Directories with what was there before, one for each way to publish, and some that a kill has left half way. */
async function scenesIn(root: string): Promise<readonly Scene[]> {
  const scenes: Scene[] = [];
  const left = [...kinds];
  const lane = async (): Promise<void> => {
    for (let kind = left.shift(); kind !== undefined; kind = left.shift()) {
      scenes.push(...(await scenesOf(root, kind)));
    }
  };
  await Promise.all([lane(), lane()]);
  return scenes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function scenesOf(root: string, kind: Kind): Promise<readonly Scene[]> {
  const from = join(root, kind);
  await mkdir(from);
  if (isNew(kind)) return [{ name: kind, kind, from, version: 2, before: [[]] }];
  await write({ dir: from, kind, version: 1 });
  const scene: Scene = { name: kind, kind, from, version: 2, before: [[1]] };
  const broken = await brokenScene(root, kind, from);
  if (broken === undefined) throw new Error(`No kill has left ${kind} half way.`);
  return [scene, { name: `repair of ${kind}`, kind, from: broken, version: 3, before: [[1], [1, 2]] }];
}

/** A copy that was killed between two steps of its publication, if one of its renames lies there. */
async function brokenScene(root: string, kind: Kind, from: string): Promise<string | undefined> {
  const dir = join(root, `broken-${kind}`);
  const counted = join(root, `counted-${kind}`);
  await cp(from, counted, { recursive: true, verbatimSymlinks: true });
  const calls = await callsOf({ dir: counted, kind, version: 2 });
  await rm(counted, { recursive: true });
  for (const { nth } of calls.filter(({ name }) => name === 'rename').toReversed()) {
    await cp(from, dir, { recursive: true, verbatimSymlinks: true });
    await killedAt({ dir, kind, version: 2 }, 'rename', nth);
    // Of a swap the path is absent, too: after its second rename there is nothing left to choose.
    const { state, isBetween } = await look({ dir, kind }, false);
    // Of a group some is new by then, and some old.
    const isMixed = kind !== 'group' || ![[1], [1, 2]].some((versions) => stateOf(kind, versions) === state);
    if (isBetween && isMixed && (state === 'absent' || !isSwapped(kind))) return dir;
    await rm(dir, { recursive: true });
  }
  return undefined;
}

async function pointsOf(scenes: readonly Scene[], root: string): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const scene of scenes) {
    const dir = join(root, 'counted');
    await cp(scene.from, dir, { recursive: true, verbatimSymlinks: true });
    const counted = await callsOf({ dir, kind: scene.kind, version: scene.version });
    await rm(dir, { recursive: true });
    for (const { name, nth } of counted) points.push({ scene, call: name, nth });
  }
  return points;
}

/** False when the program came to its end before that call: its threads share the work a little differently each time. */
async function tryPoint(tally: Tally, { scene, call, nth }: Point, dir: string): Promise<boolean> {
  const { kind, version } = scene;
  const where = `${scene.name}, before ${call} ${nth}`;
  await cp(scene.from, dir, { recursive: true, verbatimSymlinks: true });
  const ended = await killedAt({ dir, kind, version }, call, nth);
  if (ended.isHung) tally.bad('hung', where);
  else if (ended.signal !== 'SIGKILL') return false;
  tally.counts.tried += 1;
  tally.detail(call);
  const after = scene.before.map((versions) => [...versions, version]);
  const allowed = ended.output.includes('done\n') ? after : [...scene.before, ...after];
  const seen = await look({ dir, kind }, false);
  // The path is absent while a swap stands between its two renames: that is said, and repaired by the next run.
  const states = allowed.map((versions) => stateOf(kind, versions));
  judge(tally, seen, seen.isBetween ? [...states, ...halfWayStates(kind, allowed)] : states, where);
  const found = allowed.filter((versions) => stateOf(kind, versions) === seen.state);
  const isOpen = seen.isBetween || found.length === 0;
  const next = nextRunsOf({ dir, kind, version: version + 1 }, nth);
  let before: readonly (readonly number[])[] = isOpen ? allowed : found;
  for (const run of next) before = await recover(tally, run, before, where);
  const left = await leftovers({ dir });
  if (left.length > 0) tally.bad('altered', `${where}: left behind ${left.join(', ')}`);
  return true;
}

/** Every point when there are fewer than `trials`, else so many, evenly spread. */
export async function crashPoints(extent: Extent): Promise<Figure> {
  const tally = createTally(extent);
  const dice = createDice(extent.seed);
  const root = await mkdtemp('/tmp/tailrace-crash-');
  try {
    const points = await pointsOf(await scenesIn(root), root);
    tally.details.points = points.length;
    const stride = Math.max(1, points.length / extent.trials);
    const chosen: Point[] = [];
    for (let from = dice.next() * stride; from < points.length; from += stride) {
      const point = points[Math.floor(from)];
      if (point !== undefined) chosen.push(point);
    }
    const isSample = extent.trials < points.length;
    const lane = async (name: string): Promise<void> => {
      for (let point = chosen.shift(); point !== undefined && !tally.isOver(); point = chosen.shift()) {
        const dir = join(root, name);
        if (!(await tryPoint(tally, point, dir))) {
          tally.detail('not reached');
          if (isSample) chosen.push(dice.pick(points));
        }
        await rm(dir, { recursive: true, force: true });
      }
    };
    await both([lane('lane-a'), lane('lane-b')]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return tally.figure('crash points');
}
