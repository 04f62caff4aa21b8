// Owns bringing a file, or the files of a folder, to the disk, and how long that takes.
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Seconds until everything at `path` is on the disk. For those who wrote without syncing: what they have left to do, and so
 * that it disturbs nobody else's round.
 */
export async function syncSeconds(path: string): Promise<number> {
  const isFolder = (await stat(path)).isDirectory();
  const files = isFolder ? (await readdir(path)).map((name) => join(path, name)) : [path];
  const startedAt = performance.now();
  for (const file of files) {
    const handle = await open(file, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  return (performance.now() - startedAt) / 1_000;
}
