// Owns what the kinds of file systems are known for: which belong to one machine, and which cannot be relied on.
import type { FileSystem } from './file-system.js';

/** Numbers of statfs(2) on Linux, from its manual page and the kernel's magic.h. */
const kinds: ReadonlyMap<number, FileSystemKind> = new Map<number, FileSystemKind>([
  [0xef53, { name: 'ext4', isPrivate: true }],
  [0x58465342, { name: 'xfs', isPrivate: true }],
  [0x9123683e, { name: 'btrfs', isPrivate: true }],
  [0x2fc12fc1, { name: 'zfs', isPrivate: true }],
  [0xf2f52010, { name: 'f2fs', isPrivate: true }],
  [0x01021994, { name: 'tmpfs', isPrivate: true, warning: 'it is in memory: a power cut takes everything' }],
  [0x858458f6, { name: 'ramfs', isPrivate: true, warning: 'it is in memory: a power cut takes everything' }],
  [
    0x794c7630,
    {
      name: 'overlay',
      isPrivate: true,
      warning: 'a directory of a lower layer cannot be renamed, and what fsync means depends on the layers',
    },
  ],
  [0x6969, shared('NFS')],
  [0x517b, shared('SMB')],
  [0xff534d42, shared('CIFS')],
  [0xfe534d42, shared('SMB2')],
  [0x65735546, shared('FUSE')],
  [0x01021997, shared('9p')],
  [0x00c36400, shared('Ceph')],
  [0x0bd00bd0, shared('Lustre')],
  [0x5346414f, shared('AFS')],
  [0x47504653, shared('GPFS')],
]);

export interface FileSystemKind {
  readonly name: string;
  /** Whether only one machine at a time can have it. */
  readonly isPrivate: boolean;
  /** Why the promise is not kept in full there. */
  readonly warning?: string;
}

/** Undefined for one that is not known, and on systems that number them otherwise. */
export async function kindOfFileSystem(fs: FileSystem, path: string): Promise<FileSystemKind | undefined> {
  if (process.platform !== 'linux') return undefined;
  const { type } = await fs.statfs(path);
  // Some kernels give the number with its sign.
  return kinds.get(type < 0 ? type + 2 ** 32 : type);
}

/** False also for one that is not known. */
export async function isPrivateFileSystem(fs: FileSystem, path: string): Promise<boolean> {
  return (await kindOfFileSystem(fs, path))?.isPrivate ?? false;
}

function shared(name: string): FileSystemKind {
  const warning =
    'whether a rename is atomic and an fsync reaches the disk is up to its server, and leases of other machines are not seen';
  return { name, isPrivate: false, warning };
}
