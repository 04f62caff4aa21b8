// Owns the batches of one stage on stable storage: one Arrow IPC file for each, whose name tells its place and its
// checksum. A crash leaves what was written; whether that is all of it, the checksum of the names says.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '../batch/batch.js';
import type { Slabs } from '../budget/slabs.js';
import { messageOf, TailraceError } from '../errors/tailrace-error.js';
import { batchOfIpc, ipcOf } from './ipc-batch.js';

/** The calls of the file system that a durable spill makes; each rejects with Node's error. */
export interface SpillFileSystem {
  open(path: string, flags: number, mode?: number): Promise<SpillFile>;
  mkdir(path: string, mode?: number): Promise<void>;
  readdir(path: string): Promise<readonly { readonly name: string }[]>;
  readBytes(path: string): Promise<Uint8Array>;
}
interface SpillFile {
  write(bytes: Uint8Array): Promise<{ readonly bytesWritten: number }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What a spill holds. */
export interface SpillTotals {
  readonly batches: number;
  readonly rows: number;
  readonly bytes: number;
  /** SHA-256 of the names of its files in order, and so of their contents. */
  readonly checksum: string;
}

export interface DurableSpill {
  /** Resolves when the batch is on stable storage. One at a time. Does not release it. Throws STORE_FAILED. */
  write(batch: Batch<unknown>): Promise<void>;
  /** After the last batch: resolves when the directory, too, is on stable storage. */
  finish(): Promise<SpillTotals>;
}

const operation = 'spill durably';

/** @param directory must not exist, in one that does */
export async function createDurableSpill(fs: SpillFileSystem, directory: string): Promise<DurableSpill> {
  const names: string[] = [];
  let rows = 0;
  let bytes = 0;
  await calling('create', directory, () => fs.mkdir(directory, 0o700));
  return {
    async write(batch) {
      const content = ipcOf(batch);
      const name = `${String(names.length).padStart(9, '0')}-${sha256(content)}.arrows`;
      const path = join(directory, name);
      await calling('write', path, async () => {
        const file = await fs.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
        try {
          for (let done = 0; done < content.length; ) {
            const { bytesWritten } = await file.write(content.subarray(done));
            if (bytesWritten <= 0) throw new Error(`the file system took ${bytesWritten} bytes`);
            done += bytesWritten;
          }
          await file.sync();
        } finally {
          await file.close();
        }
      });
      names.push(name);
      rows += batch.rows;
      bytes += content.length;
    },
    async finish() {
      await calling('fsync', directory, async () => {
        const handle = await fs.open(directory, constants.O_RDONLY);
        try {
          await handle.sync();
        } finally {
          await handle.close();
        }
      });
      return { batches: names.length, rows, bytes, checksum: checksumOf(names) };
    },
  };
}

/** Whether the files of a spill are all there, by their names: what is in them is checked when they are read. */
export async function isSpillThere(
  fs: SpillFileSystem,
  directory: string,
  totals: SpillTotals,
): Promise<boolean> {
  try {
    return checksumOf(await namesIn(fs, directory)) === totals.checksum;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * The batches in their order, each valid until the next one is asked for. Throws STORE_FAILED for a file that is not as it
 * was written.
 */
export async function* readDurableSpill(
  fs: SpillFileSystem,
  directory: string,
  slabs: Slabs,
  signal: AbortSignal,
): AsyncGenerator<readonly Batch<unknown>[]> {
  for (const name of await calling('read', directory, () => namesIn(fs, directory))) {
    signal.throwIfAborted();
    const path = join(directory, name);
    const content = await calling('read', path, () => fs.readBytes(path));
    if (!name.endsWith(`-${sha256(content)}.arrows`)) {
      const problem = 'its content is not what was written';
      throw failed(
        'read',
        path,
        problem,
        'Look at the disk, remove the directory of the job, and run it anew.',
      );
    }
    const batch = await calling('read', path, async () => batchOfIpc<unknown>(content, slabs));
    try {
      yield [batch];
    } finally {
      batch.release();
    }
  }
}

async function namesIn(fs: SpillFileSystem, directory: string): Promise<string[]> {
  return (await fs.readdir(directory)).map(({ name }) => name).sort();
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const checksumOf = (names: readonly string[]): string =>
  createHash('sha256').update(names.join('\n')).digest('hex');

async function calling<T>(verb: string, path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw failed(verb, path, messageOf(error), 'Look at the disk and its free space, and run again.', error);
  }
}

function failed(verb: string, path: string, problem: string, advice: string, cause?: unknown): TailraceError {
  return new TailraceError(
    `Could not ${verb} ${path}, where the job keeps what it computed: ${problem}. ${advice}`,
    {
      code: 'STORE_FAILED',
      status: 'permanent',
      operation,
      context: { path },
      cause,
    },
  );
}
