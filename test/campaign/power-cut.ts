// Owns power cuts: a program writes outputs on a mounted image, which is copied at random moments. What a copy shows once it
// is mounted must hold every output that had said `done`; then a run on each target follows.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { isTailraceError } from '@tailrace/core';
import { createDice, type Dice } from '../simulation/dice.js';
import { type Child, programPath, startChild } from './child.js';
import { type DiskImage, type Disks, type FileSystemName, fileSystems, openDisks } from './disk-image.js';
import { createTally, type Extent, type Figure, hangMs, type Tally } from './figure.js';
import { halfWayStates, nextRunsOf } from './groups.js';
import { isNew, type Kind, membersOf, stateOf, targetPath, write } from './kinds.js';
import { judge, leftovers, look } from './reader.js';

/** Versions of one target: the last one done before the cut, and the last one begun. */
interface Progress {
  readonly kind: Kind;
  readonly name: string;
  done: number;
  begun: number;
}
interface Cut {
  readonly file: string;
  readonly targets: readonly Progress[];
  readonly moment: string;
}

/** Follows what the program says. */
function follow(child: Child): ReadonlyMap<string, Progress> {
  const targets = new Map<string, Progress>();
  child.onLine((line) => {
    const [, word, told] = /^(start|done) (.*)$/.exec(line) ?? [];
    if (told === undefined) return;
    const { kind, name, version }: { kind: Kind; name: string; version: number } = JSON.parse(told);
    const target = targets.get(name) ?? { kind, name, done: 0, begun: 0 };
    targets.set(name, target);
    target[word === 'done' ? 'done' : 'begun'] = version;
  });
  return targets;
}

const copied = (targets: ReadonlyMap<string, Progress>): Map<string, Progress> =>
  new Map([...targets].map(([name, target]) => [name, { ...target }]));

/** A random moment: some outputs later, and up to 60 ms after that. */
function moment(child: Child, dice: Dice): Promise<void> {
  let left = dice.int(1, 6);
  const delayMs = dice.int(0, 60);
  return new Promise((resolve, reject) => {
    child.onLine((line) => {
      left -= line.startsWith('done ') ? 1 : 0;
      if (left === 0) setTimeout(resolve, delayMs);
    });
    child.ended.then(({ output }) => reject(new Error(`The program ended: ${output.slice(-2_000)}`)), reject);
  });
}

/** Copies the disk several times while one program writes on it. */
async function cutsOf(disk: DiskImage, dice: Dice, count: number): Promise<readonly Cut[]> {
  const args = [programPath('write-on'), JSON.stringify({ dir: disk.path })];
  const child = startChild({ command: process.execPath, args, limitMs: hangMs });
  const targets = follow(child);
  const cuts: Cut[] = [];
  for (let cut = 0; cut < count; cut += 1) {
    await moment(child, dice);
    const before = copied(targets);
    const file = await disk.copy();
    // What was said while it was copied may be in it, or not.
    const after = [...copied(targets).values()];
    const known = after.map((target) => ({ ...target, done: before.get(target.name)?.done ?? 0 }));
    cuts.push({ file, targets: known, moment: `cut ${cut}` });
  }
  child.kill('SIGKILL');
  await child.ended;
  return cuts;
}

async function check(
  tally: Tally,
  dir: string,
  { kind, name, done, begun }: Progress,
  where: string,
): Promise<void> {
  const target = { dir, kind, name };
  const at = `${where}, ${name}`;
  const upTo = (version: number): number[] => Array.from({ length: version }, (_, index) => index + 1);
  const allowed = upTo(begun + 1)
    .map((version) => version - 1)
    .filter((version) => version >= done);
  const seen = await look(target, false);
  const states = allowed.map((version) => stateOf(kind, upTo(version)));
  const halfWay = seen.isBetween ? halfWayStates(kind, allowed.map(upTo)) : [];
  judge(tally, seen, [...states, ...halfWay], at);
  const found = seen.isBetween
    ? allowed
    : allowed.filter((version) => stateOf(kind, upTo(version)) === seen.state);
  const next = begun + 1;
  try {
    if (isNew(kind)) {
      await write({ ...target, version: 1 });
      if (seen.wrong.length === 0)
        judge(tally, await look(target, true), [stateOf(kind, [1])], `${at}, next run`);
      return;
    }
    let before = found;
    for (const { job, whole, after } of nextRunsOf({ ...target, version: next }, tally.counts.tried)) {
      await write(job);
      const then = await look(whole, true);
      const wanted = before.map((version) => after(upTo(version)));
      if (seen.wrong.length === 0) judge(tally, then, wanted, `${at}, next run`);
      before = before.filter((version) => after(upTo(version)) === then.state);
    }
  } catch (error) {
    const [first]: unknown[] = error instanceof AggregateError ? error.errors : [error];
    // Its mode refuses what is there; what the run before left beside it is removed all the same.
    if (isNew(kind) && seen.state !== 'absent' && isTailraceError(first) && first.code === 'TARGET_EXISTS')
      return;
    tally.bad('altered', `${at}: the next run failed: ${String(first)}`);
  }
}

async function checkCut(
  tally: Tally,
  disks: Disks,
  kind: FileSystemName,
  cut: Cut,
  where: string,
): Promise<void> {
  await disks.withCopy(kind, cut.file, async (path) => {
    for (const target of cut.targets) await check(tally, path, target, where);
    const left = await leftovers({ dir: path });
    if (left.length > 0) tally.bad('altered', `${where}: left behind ${left.join(', ')}`);
    const strange = (await readdir(path)).filter((name) => !name.startsWith('.') && name !== 'lost+found');
    const known = cut.targets.flatMap((target) =>
      membersOf({ ...target, dir: path }).map((member) => basename(targetPath(member))),
    );
    const more = strange.filter((name) => !known.includes(name));
    if (more.length > 0) tally.bad('altered', `${where}: unknown ${more.join(', ')}`);
  });
  tally.counts.tried += 1;
  tally.detail(kind);
}

export async function powerCuts(extent: Extent): Promise<Figure> {
  const tally = createTally(extent);
  const dice = createDice(extent.seed);
  if (!existsSync('/dev/loop-control'))
    throw new Error('Power cuts need loop devices: there is no /dev/loop-control.');
  const disks = await openDisks();
  try {
    for (let session = 0; !tally.isOver(); session += 1) {
      const kind = fileSystems[session % fileSystems.length] ?? 'ext4';
      const left = extent.trials - tally.counts.tried;
      const disk = await disks.create(kind);
      let cuts: readonly Cut[];
      try {
        cuts = await cutsOf(disk, dice, Math.min(5, left));
      } finally {
        await disk.unmount();
      }
      for (const cut of cuts)
        await checkCut(tally, disks, kind, cut, `${kind}, session ${session}, ${cut.moment}`);
    }
  } finally {
    await disks.close();
  }
  return tally.figure('power-cut images');
}
