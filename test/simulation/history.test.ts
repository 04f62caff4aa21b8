import { describe, expect, it } from 'vitest';
import { createDice } from './dice.js';
import { createHistory, type History } from './history.js';
import { installVersion } from './install.js';
import type { Target } from './observe.js';
import { soundDisk } from './scenario.js';
import { type CallUnderWay, createWorld, type ProcessLife, type World } from './world.js';

const rows = { rows: 3, without: 0, textLength: 4 };
const target: Target = { path: '/data/t0.jsonl', kind: 'file', isPartitioned: false, publish: 'swap' };
const publishing = { call: 'rename', path: '/stage/t0.jsonl', to: target.path } as const;

/** A run that was given up while it replaced a file, with the calls that it had under way. */
function givenUp(...hanging: readonly CallUnderWay[]): { readonly world: World; readonly history: History } {
  const world = createWorld(createDice(1), soundDisk, 10);
  installVersion(world.disk, target, 'p0', rows);
  installVersion(world.disk, { ...target, path: publishing.path }, 'p1', rows);
  world.disk.link(target.path, '/stage/.previous');
  const history = createHistory({ world, target, expected: () => rows });
  history.start('p0');
  history.committing('p1', 'overwrite');
  const underWay = new Map(hanging.map((call) => [() => undefined, call]));
  const process: ProcessLife = { name: 'p1', alive: true, underWay, faults: 0 };
  history.gaveUp('p1', process, true);
  return { world, history };
}

function takeBack(world: World, history: History): void {
  const back = { call: 'rename', path: '/stage/.previous', to: target.path } as const;
  world.disk.rename(back.path, back.to);
  history.look('after the way back', back);
}

describe('a run that was given up', () => {
  it('may show what its hanging call publishes until it has taken that back (seed 1003055)', () => {
    const { world, history } = givenUp(publishing);
    world.disk.rename(publishing.path, publishing.to);
    history.look('after the call', publishing);
    takeBack(world, history);
    history.released('p1');
    expect(world.violations).toEqual([]);
  });

  it('must have taken it back when it lets go of its lease', () => {
    const { world, history } = givenUp(publishing);
    world.disk.rename(publishing.path, publishing.to);
    history.look('after the call', publishing);
    history.released('p1');
    expect(world.violations.map(({ message }) => message)).toEqual([
      'p1 has let go: /data/t0.jsonl shows [p1/a p1/b p1/c] instead of [p0/a p0/b p0/c]',
    ]);
  });

  it.each([
    ['that hung, but not there', [{ call: 'lstat', path: target.path, to: undefined }]],
    ['while another one hung', [{ ...publishing }]],
  ] as const)('may not show anything by a call %s', (_, hanging) => {
    const { world, history } = givenUp(...hanging);
    world.disk.rename(publishing.path, publishing.to);
    history.look('after the call', publishing);
    expect(world.violations.map(({ harm }) => harm)).toEqual(['lost']);
  });

  it('may not show it once more', () => {
    const { world, history } = givenUp(publishing);
    world.disk.link(publishing.path, '/stage/again');
    world.disk.rename(publishing.path, publishing.to);
    history.look('after the call', publishing);
    takeBack(world, history);
    world.disk.rename('/stage/again', publishing.to);
    history.look('after another', { ...publishing });
    expect(world.violations.map(({ harm }) => harm)).toEqual(['lost']);
  });
});
