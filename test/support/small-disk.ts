// Owns small file systems in memory that tests fill and break. Needs root; every mount is taken away again, at the
// latest when the process exits.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  /** Takes all the room that is left but `freeBytes`. */
  fill(freeBytes?: number): void;
  /** Takes the filling away. */
  free(): void;
  /** Mounts it read-only, or writable again. */
  readOnly(on: boolean): void;
  unmount(): void;
}

const call = (command: string, ...args: string[]): void => {
  execFileSync(command, args, { stdio: 'pipe' });
};
const mounted = new Set<SmallDisk>();
const unmountAll = (): void => {
  for (const disk of [...mounted]) disk.unmount();
};

/** Mounts a tmpfs of `sizeKiB` in a directory of its own. */
export function mountSmallDisk(sizeKiB: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'tailrace-disk-'));
  call('mount', '-t', 'tmpfs', '-o', `size=${sizeKiB}k`, 'tmpfs', path);
  const filling = join(path, 'filling');
  const disk: SmallDisk = {
    path,
    fill(freeBytes = 0) {
      writeFileSync(filling, new Uint8Array(sizeKiB * 1024 - freeBytes), { flag: 'w' });
    },
    free: () => rmSync(filling),
    readOnly: (on) => call('mount', '-o', `remount,${on ? 'ro' : 'rw'}`, path),
    unmount() {
      if (!mounted.delete(disk)) return;
      // Lazily: a worker that still has a file open there must not keep the mount.
      call('umount', '-l', path);
      rmdirSync(path);
      if (mounted.size === 0) process.off('exit', unmountAll);
    },
  };
  if (mounted.size === 0) process.on('exit', unmountAll);
  mounted.add(disk);
  return disk;
}
