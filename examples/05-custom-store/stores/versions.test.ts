// What a version promises: once it is published, a power cut takes none of the names that lead to it.
import { mkdir, mkdtemp, type open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { publishVersion } from './versions.js';

const { synced } = vi.hoisted(() => ({ synced: [] as string[] }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<{ readonly open: typeof open }>();
  return {
    ...real,
    open: async (path: string, flags: string) => {
      const file = await real.open(path, flags);
      const sync = file.sync.bind(file);
      file.sync = async () => {
        await sync();
        synced.push(path);
      };
      return file;
    },
  };
});

let base = '';
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'tailrace-versions-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

it('is durable with all directories that may have been made for it, its record before it is named', async () => {
  const target = join(base, 'deep', 'er', 'table');
  const staging = join(target, 'run-1-a');
  await mkdir(staging, { recursive: true });
  synced.length = 0;
  expect(await publishVersion(target, { number: 1, runs: ['a'], files: [] }, staging)).toBe(true);
  const above = [target, dirname(target), join(base, 'deep'), base, dirname(base)];
  expect(synced.slice(0, 2 + above.length)).toEqual([join(staging, 'record'), staging, ...above]);
});
