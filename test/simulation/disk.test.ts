import { describe, expect, it } from 'vitest';
import { createDice } from './dice.js';
import { createDisk } from './disk.js';

describe('a power cut of a disk whose journal is not in order', () => {
  it('keeps no later change of a name without the earlier ones, so that a rename loses nothing (seed 1019293)', () => {
    const disk = createDisk(() => 0);
    for (const path of ['/data', '/data/out', '/data/stage', '/data/stage/out']) disk.mkdir(path, 0o755);
    disk.create('/data/out/old', 0o644);
    disk.create('/data/stage/out/new', 0o644);
    for (const path of ['/data/out', '/data/stage/out', '/data/stage', '/data', '/'])
      disk.sync(disk.at(path));
    // A swap that is taken back, and no sync.
    disk.rename('/data/out', '/data/aside');
    disk.rename('/data/stage/out', '/data/out');
    disk.rename('/data/out', '/data/stage/out');
    disk.rename('/data/aside', '/data/out');
    const seen = new Set<string>();
    for (let seed = 1; seed <= 200; seed += 1) {
      const left = disk.afterPowerCut(createDice(seed), false);
      const places = ['/data/out/old', '/data/aside/old', '/data/out/new', '/data/stage/out/new'];
      seen.add(places.filter((path) => left.find(path) !== undefined).join(' '));
    }
    expect([...seen].sort()).toEqual([
      '/data/aside/old /data/out/new',
      '/data/aside/old /data/stage/out/new',
      '/data/out/old /data/stage/out/new',
    ]);
  });
});
