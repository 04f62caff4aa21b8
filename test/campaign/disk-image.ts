// Owns file systems in image files, and copies of them while they are mounted: what a power cut would leave on the disk.
// The images lie on an xfs of their own, where a copy shares its blocks and is made at one moment (FICLONE): a copy that
// reads block by block would mix what was written before with what was written after.
import { execFileSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './child.js';

export const fileSystems = ['ext4', 'xfs', 'btrfs'] as const;
export type FileSystemName = (typeof fileSystems)[number];

const MiB = 2 ** 20;
/** The smallest that mkfs takes, rounded up. */
const sizes: Readonly<Record<FileSystemName, number>> = {
  ext4: 96 * MiB,
  xfs: 320 * MiB,
  btrfs: 160 * MiB,
};

export interface DiskImage {
  /** Where it is mounted. */
  readonly path: string;
  /** A copy of the disk as it is now, of the whole at one moment. Mounted by `withCopy`. */
  copy(): Promise<string>;
  unmount(): Promise<void>;
}

export interface Disks {
  create(kind: FileSystemName): Promise<DiskImage>;
  /** Mounts a copy, its journal replayed, while `use` runs. The disk that it was copied from must be unmounted. */
  withCopy(kind: FileSystemName, file: string, use: (path: string) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

const mounted = new Set<string>();
process.on('exit', () => {
  for (const path of [...mounted].toReversed()) execFileSync('umount', ['-l', path], { stdio: 'ignore' });
});

async function mount(file: string, path: string, options: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await runTool('mount', '-o', options, file, path);
  mounted.add(path);
}

async function unmount(path: string): Promise<void> {
  if (!mounted.has(path)) return;
  await runTool('umount', path);
  mounted.delete(path);
}

async function makeFileSystem(kind: FileSystemName, file: string, bytes: number): Promise<void> {
  await writeFile(file, '');
  await truncate(file, bytes);
  await runTool(`mkfs.${kind}`, kind === 'ext4' ? '-F' : '-f', '-q', file);
}

/** In memory where there is room: what a disk has been given is the same, and nothing waits for the machine's own disk. */
function roomyPlace(): string {
  if (!existsSync('/dev/shm')) return tmpdir();
  const { bavail, bsize } = statfsSync('/dev/shm');
  return bavail * bsize > 1024 * MiB ? '/dev/shm' : tmpdir();
}

/** Throws, with what is missing, where images cannot be made or mounted. */
export async function openDisks(): Promise<Disks> {
  const root = await mkdtemp(join(roomyPlace(), 'tailrace-disks-'));
  const shelf = join(root, 'shelf');
  let made = 0;
  const close = async (): Promise<void> => {
    await unmount(shelf);
    await rm(root, { recursive: true });
  };
  try {
    await makeFileSystem('xfs', join(root, 'shelf.img'), 8 * 1024 * MiB);
    await mount(join(root, 'shelf.img'), shelf, 'loop');
  } catch (cause) {
    await close();
    const needs = 'root, loop devices, xfsprogs, btrfs-progs and e2fsprogs';
    throw new Error(`Power cuts cannot be tried here: that needs ${needs}. ${String(cause)}`, { cause });
  }
  return {
    create: async (kind) => {
      made += 1;
      const file = join(shelf, `disk-${made}.img`);
      const path = join(root, `disk-${made}`);
      await makeFileSystem(kind, file, sizes[kind]);
      await mount(file, path, 'loop');
      let copies = 0;
      return {
        path,
        copy: async () => {
          copies += 1;
          await runTool('cp', '--reflink=always', file, `${file}.${copies}`);
          return `${file}.${copies}`;
        },
        unmount: async () => {
          await unmount(path);
          await rm(file);
        },
      };
    },
    withCopy: async (kind, file, use) => {
      const path = join(root, 'copy');
      await mount(file, path, kind === 'xfs' ? 'loop,nouuid' : 'loop');
      try {
        await use(path);
      } finally {
        await unmount(path);
        await rm(file);
      }
    },
    close,
  };
}
