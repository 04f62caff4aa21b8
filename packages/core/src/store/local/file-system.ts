// Owns what the local store asks of a file system: an interface small enough that a test can fail or record every call.
import type { BigIntStats } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rmdir,
  statfs,
  symlink,
  unlink,
} from 'node:fs/promises';

/** An open file or directory. */
export interface OpenFile {
  /** Writes at the current end; may write less than asked. Takes views on shared memory. */
  write(bytes: Uint8Array): Promise<{ readonly bytesWritten: number }>;
  /** fsync. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Entry {
  readonly name: string;
  /** A real directory, not a link to one. */
  readonly isDirectory: boolean;
}

export interface Facts {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly bytes: number;
  /** Permission bits. */
  readonly mode: number;
  readonly device: string;
  /** Device and inode: equal for two names of one file. */
  readonly identity: string;
  /** Last change of the content, of a directory its entries; milliseconds since 1970-01-01T00:00Z. */
  readonly modifiedMs: number;
}

/** The calls the local store makes. Each rejects with Node's error (`code` is the errno's name) when it fails. */
export interface FileSystem {
  /** @param flags as of open(2), from `node:fs` constants */
  open(path: string, flags: number, mode?: number): Promise<OpenFile>;
  /** One level; with the umask's mode unless one is given. */
  mkdir(path: string, mode?: number): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  link(existing: string, path: string): Promise<void>;
  /** @param text what the link holds; relative to the directory of the link */
  symlink(text: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  readdir(path: string): Promise<readonly Entry[]>;
  /** Does not follow a link. */
  lstat(path: string): Promise<Facts>;
  /** What a symbolic link holds. */
  readlink(path: string): Promise<string>;
  realpath(path: string): Promise<string>;
  /** As UTF-8. */
  readFile(path: string): Promise<string>;
  /** The kind of file system that holds the path, as the kernel numbers them. */
  statfs(path: string): Promise<{ readonly type: number }>;
}

/** The machine's file system. */
export const nodeFileSystem: FileSystem = {
  open: async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    return {
      write: (bytes) => handle.write(bytes, 0, bytes.byteLength, null),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  mkdir: async (path, mode) => {
    await mkdir(path, mode === undefined ? {} : { mode });
  },
  chmod,
  rename,
  link,
  symlink: (text, path) => symlink(text, path),
  unlink,
  rmdir: (path) => rmdir(path),
  readdir: async (path) => {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }));
  },
  // As bigint: inode numbers of some file systems lie beyond 2^53.
  lstat: async (path) => factsOf(await lstat(path, { bigint: true })),
  readlink: (path) => readlink(path),
  realpath: (path) => realpath(path),
  readFile: (path) => readFile(path, 'utf8'),
  statfs: (path) => statfs(path),
};

export function factsOf(stats: BigIntStats): Facts {
  return {
    kind: kindOf(stats),
    bytes: Number(stats.size),
    mode: Number(stats.mode & 0o7777n),
    device: String(stats.dev),
    identity: `${stats.dev}:${stats.ino}`,
    modifiedMs: Number(stats.mtimeMs),
  };
}

function kindOf(stats: BigIntStats): Facts['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : 'other';
}
