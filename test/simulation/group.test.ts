// A group of outputs that commit together, cut off after every call of its publication by kill -9 and by power cuts, on the
// model disk: whoever begins on one of its paths next finds all of it old or all of it new.
import { setMaxListeners } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  adopted,
  created,
  file,
  grown,
  last,
  listed,
  type Member,
  newFile,
  partly,
  prepareAll,
  publishAll,
  swapped,
} from '../../packages/core/src/store/local/group-bench.js';
import {
  begin,
  type Contents,
  type OutputPlan,
  options,
  publish,
  signal,
} from '../../packages/core/src/store/local/store-bench.js';
import { createDice } from './dice.js';
import type { Disk } from './disk.js';
import type { DirectoryNode } from './disk-nodes.js';
import { createProcess, type LocalStore, type SimProcess } from './process.js';
import { soundDisk } from './scenario.js';
import { createWorld, type World } from './world.js';

const crashes = ['kill -9', 'a power cut that keeps what was synced', 'a power cut that keeps more'] as const;
type Crash = (typeof crashes)[number];

// Processes that are killed never let go of it.
setMaxListeners(0, signal);

const at = (plan: OutputPlan): OutputPlan => ({ ...plan, path: `/data/${plan.path}` });

/** Runs a process of the world until its work is done, or it is dead. Throws what the work has thrown. */
async function inProcess(
  world: World,
  name: string,
  work: (store: LocalStore) => Promise<void>,
  watch?: (process: SimProcess) => void,
): Promise<void> {
  const simulated = createProcess(world, name, world.dice.fork(2));
  watch?.(simulated);
  let over = false;
  let thrown: unknown;
  work(simulated.storeFor(simulated.main)).then(
    () => {
      over = true;
    },
    (error: unknown) => {
      over = true;
      thrown = error;
    },
  );
  const how = await world.time.drive(() => over || !simulated.alive, Number.POSITIVE_INFINITY);
  if (thrown !== undefined) throw thrown;
  if (how === 'quiet' && simulated.alive && !over) throw new Error(`${name} waits for nothing`);
  world.onCall = () => undefined;
  simulated.kill();
}

function contentsAt(disk: Disk, path: string): Contents | undefined {
  const node = disk.find(path);
  if (node === undefined) return undefined;
  if (node.kind === 'file') return { [path.slice(path.lastIndexOf('/') + 1)]: node.bytes.toString() };
  const found: Record<string, string> = {};
  const walk = (directory: DirectoryNode, under: string): void => {
    for (const [name, entry] of directory.entries) {
      if (entry.kind === 'directory') walk(entry, `${under}${name}/`);
      else if (entry.kind === 'file' && name !== '_manifest.json')
        found[under + name] = entry.bytes.toString();
    }
  };
  if (node.kind === 'directory') walk(node, '');
  return found;
}

/** A world in which the versions before are on stable storage; each call gives another world, with a disk of its own. */
async function worldsOf(members: readonly Member[]): Promise<(seed: number) => World> {
  const first = createWorld(createDice(1), { ...soundDisk, ordered: true }, 50);
  await inProcess(first, 'before', async (store) => {
    for (const { before } of members) if (before !== undefined) await publish(store, at(before));
  });
  return (seed) => {
    const world = createWorld(createDice(seed), { ...soundDisk, ordered: true }, 50);
    world.disk = first.disk.afterPowerCut(undefined, true);
    return world;
  };
}

interface Fall {
  /** Calls of the group's process that happened. */
  readonly calls: number;
  /** Of these, the one that decided; undefined when it did not come to that. */
  readonly decidedAt: number | undefined;
}

/** @param crashAfter calls until the process dies */
async function groupIn(world: World, members: readonly Member[], crashAfter: number): Promise<Fall> {
  let calls = 0;
  let decidedAt: number | undefined;
  const watch = (simulated: SimProcess): void => {
    world.onCall = (_, { call, to }) => {
      if (!simulated.alive) return;
      calls += 1;
      if (call === 'rename' && to?.includes('/.decided-')) decidedAt = calls;
      if (calls === crashAfter) simulated.kill();
    };
  };
  const plans = members.map(({ plan }) => at(plan));
  await inProcess(world, 'run', async (store) => publishAll(store, await prepareAll(store, plans)), watch);
  return { calls, decidedAt };
}

/** The next run on a member's path, which begins and gives up. Resolves with its calls. */
async function beginAgain(
  world: World,
  { plan }: Member,
  crashAfter = Number.POSITIVE_INFINITY,
): Promise<number> {
  let calls = 0;
  const work = async (store: LocalStore): Promise<void> => {
    const again = { ...at(plan), mode: 'overwrite', runId: 'next', contents: {} } as const;
    const begun = await begin(store, { ...again, adopt: plan.publish === 'generations' });
    await store.abort({ options, signal, ...begun });
  };
  await inProcess(world, 'next', work, (simulated) => {
    world.onCall = () => {
      calls += 1;
      if (calls === crashAfter) simulated.kill();
    };
  });
  return calls;
}

function cut(world: World, crash: Crash): void {
  if (crash === 'kill -9') return;
  const dice = crash === 'a power cut that keeps more' ? world.dice : undefined;
  world.disk = world.disk.afterPowerCut(dice, true);
}

const groups: readonly (readonly [string, readonly Member[]])[] = [
  ['a new, a replaced and a grown directory', [created, swapped, grown]],
  ['files, with a directory last', [file, newFile, swapped]],
  ['generations, partitions and an adopted directory, with a file last', [listed, partly, adopted, file]],
];

describe.each(groups)('a group of %s', (_, members) => {
  const before = members.map((one) => one.before?.contents);
  const after = members.map((one) => one.after);
  const look = (world: World): (Contents | undefined)[] =>
    members.map(({ plan }) => contentsAt(world.disk, at(plan).path));

  it.each(crashes)(
    'is old or new as a whole after %s, once the next run has begun on any one path',
    async (crash) => {
      const newWorld = await worldsOf(members);
      const whole = await groupIn(newWorld(1), members, Number.POSITIVE_INFINITY);
      const decidedAt = whole.decidedAt ?? Number.NaN;
      const outcomes = { old: 0, new: 0 };
      // Before the decision one call in seven; from there on every one.
      for (let call = 1; call <= whole.calls; call += call < decidedAt - 10 ? 7 : 1) {
        const world = newWorld(call);
        const fall = await groupIn(world, members, call);
        cut(world, crash);
        const when = `${crash} after call ${call} of ${whole.calls}, decided at ${decidedAt}`;
        const found = look(world);
        for (const [index, one] of found.entries())
          if (one !== undefined) expect([before[index], after[index]], when).toContainEqual(one);
        // Whoever finds the last member new finds all of it new.
        if (isDeepStrictEqual(found.at(-1), after.at(-1))) expect(found, when).toEqual(after);

        await beginAgain(world, members[call % members.length] ?? last(members));
        const repaired = look(world);
        expect([before, after], when).toContainEqual(repaired);
        const isNew = isDeepStrictEqual(repaired, after);
        outcomes[isNew ? 'new' : 'old'] += 1;
        if (fall.decidedAt === undefined) expect(isNew, when).toBe(false);
        else if (crash === 'kill -9') expect(isNew, when).toBe(true);
        expect(world.violations, when).toEqual([]);
      }
      expect(outcomes.old).toBeGreaterThan(10);
      expect(outcomes.new).toBeGreaterThan(30);
    },
  );

  it.each(crashes)(
    'is so too when the run that takes it up falls to %s, before the decision was synced',
    async (crash) => {
      const newWorld = await worldsOf(members);
      const { decidedAt = Number.NaN } = await groupIn(newWorld(1), members, Number.POSITIVE_INFINITY);
      const first = members[0] ?? last(members);
      const through = newWorld(1);
      await groupIn(through, members, decidedAt);
      const all = await beginAgain(through, first);
      for (let call = 1; call <= all; call += 1) {
        const world = newWorld(call);
        await groupIn(world, members, decidedAt);
        await beginAgain(world, first, call);
        cut(world, crash);
        await beginAgain(world, members[call % members.length] ?? first);
        const when = `${crash} after call ${call} of the recovery`;
        // Only a power cut can lose a decision that was not synced.
        if (crash === 'kill -9') expect(look(world), when).toEqual(after);
        else expect([before, after], when).toContainEqual(look(world));
      }
      expect(all).toBeGreaterThan(50);
    },
  );
});
