// Owns what a journal asks of a file system: what the local store does, and the bytes of a file.
import { readFile } from 'node:fs/promises';
import { type FileSystem, nodeFileSystem } from '../local/file-system.js';

export interface JournalFileSystem extends FileSystem {
  readBytes(path: string): Promise<Uint8Array>;
}

/** The machine's file system. */
export const nodeJournalFileSystem: JournalFileSystem = {
  ...nodeFileSystem,
  readBytes: (path) => readFile(path),
};
