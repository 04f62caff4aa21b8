// Owns where trials take place: scratch directories, one pool that is kept, versions that are there before, what lies in a
// directory.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemory, createPool, type Memory, type Pool } from '@tailrace/core';

export interface Scene {
  readonly root: string;
  /** One worker thread through the whole campaign. */
  readonly pool: Pool;
  /** Of what is tried without a run, each trial in its own; empty afterwards. */
  readonly memory: Memory;
  /** An empty directory. */
  fresh(): Promise<string>;
  /** Puts there what was made once under a name, or makes it. */
  before(name: string, dir: string, make: (dir: string) => Promise<void>): Promise<void>;
  end(): Promise<void>;
}

/** In memory where there is room: what is tried is not the disk, and real files are made by the thousand. */
async function rootDir(): Promise<string> {
  const inMemory = '/dev/shm';
  const { bavail, bsize } = await statfs(inMemory).catch(() => ({ bavail: 0, bsize: 0 }));
  return mkdtemp(join(bavail * bsize > 256 * 2 ** 20 ? inMemory : tmpdir(), 'tailrace-bad-inputs-'));
}

export const trialMemory = (): Memory => createMemory({ limitBytes: 64 * 2 ** 20 });

export async function createScene(): Promise<Scene> {
  const root = await rootDir();
  let made = 0;
  const templates = new Map<string, Promise<string>>();
  const fresh = async (): Promise<string> => {
    made += 1;
    const dir = join(root, `trial-${made}`, 'in');
    await mkdir(dir, { recursive: true });
    return dir;
  };
  const pool = createPool({ workers: 1, memory: '64MiB' });
  return {
    root,
    pool,
    memory: trialMemory(),
    fresh,
    async before(name, dir, make) {
      let template = templates.get(name);
      if (template === undefined) {
        template = fresh().then(async (place) => {
          await make(place);
          return place;
        });
        templates.set(name, template);
      }
      await cp(await template, dir, { recursive: true, verbatimSymlinks: true });
    },
    async end() {
      await pool.abort();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Every file below a directory with its bytes, and every directory that has nothing in it. */
export async function contentOf(dir: string): Promise<string> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const lines: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const bytes = entry.isFile() ? (await readFile(path)).toString('latin1') : '';
    lines.push(`${path.slice(dir.length + 1)} ${bytes}`);
  }
  return lines.sort().join('\n');
}
