// Owns the machine's file system without its waiting: short calls that are made at once. With them an output begins on a disk of
// this machine. A main thread that computes gives the event loop a turn only every few milliseconds, and who awaits
// twenty calls, one after the other, waits for twenty turns.
import { lstatSync, mkdirSync, readlinkSync, realpathSync, renameSync, rmdirSync } from 'node:fs';
import { type FileSystem, factsOf, nodeFileSystem } from './file-system.js';

/**
 * The calls that look, name and make; whatever moves bytes, lists a directory or waits for the disk stays as it is. Each
 * blocks the thread for some 20 microseconds, less than the asynchronous one takes of it. Not for disks behind a
 * network, which may take seconds.
 */
export const promptFileSystem: FileSystem = {
  ...nodeFileSystem,
  mkdir: async (path, mode) => {
    mkdirSync(path, mode === undefined ? {} : { mode });
  },
  rename: async (from, to) => renameSync(from, to),
  rmdir: async (path) => rmdirSync(path),
  lstat: async (path) => factsOf(lstatSync(path, { bigint: true })),
  readlink: async (path) => readlinkSync(path),
  realpath: async (path) => realpathSync.native(path),
};
