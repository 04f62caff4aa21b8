// Owns the files of spilled batches: one Arrow IPC stream per batch in a private directory, removed when the run ends.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Batch, type BatchData, batchData } from '../batch/batch.js';
import { contentBytes } from '../batch/content-bytes.js';
import type { Slabs } from '../budget/slabs.js';
import { OverflowError } from '../errors/named-errors.js';
import { messageOf, TailraceError } from '../errors/tailrace-error.js';
import { batchOfIpc, dataOfIpc, ipcOf } from './ipc-batch.js';
import type { Scratch, SpilledBatch } from './memory.js';
import { removeAtExit } from './remove-at-exit.js';

/** The calls of the filesystem that scratch storage makes; injected in tests. */
export interface ScratchFs {
  mkdtempSync(prefix: string): string;
  writeFileSync(path: string, bytes: Uint8Array): void;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  readFile(path: string): Promise<Uint8Array>;
  /** Removes a file or a whole directory; no error when there is none. */
  rm(path: string): Promise<void>;
  /** Removes the directory when the process exits early; returns how to take that back. */
  removeAtExit(directory: string): () => void;
}

/** mkdtemp makes directories 0700 by itself; files are for the owner alone as well. */
const privateFile = { mode: 0o600, flag: 'wx' };

const nodeScratchFs: ScratchFs = {
  mkdtempSync: (prefix) => mkdtempSync(prefix),
  writeFileSync: (path, bytes) => writeFileSync(path, bytes, privateFile),
  writeFile: (path, bytes) => writeFile(path, bytes, privateFile),
  readFile: (path) => readFile(path),
  rm: (path) => rm(path, { recursive: true, force: true }),
  removeAtExit,
};

export interface ScratchOptions {
  readonly slabs: Slabs;
  /** Directory in which the private one is made. Default: the system's temporary directory. */
  readonly directory?: string | undefined;
  /** Bytes that spilled batches may take on disk. */
  readonly limitBytes: number;
  readonly fs?: ScratchFs | undefined;
}

function storeFailed(operation: string, path: string, advice: string, cause: unknown): TailraceError {
  return new TailraceError(`Scratch storage: ${operation} ${path} failed: ${messageOf(cause)}. ${advice}`, {
    code: 'STORE_FAILED',
    operation,
    context: { path },
    cause,
  });
}

const freeDisk = 'Free space there, or name another directory (scratchDir).';

/** Makes scratch storage; the directory is made at the first spill. */
export function createScratch(options: ScratchOptions): Scratch {
  const { slabs, limitBytes, fs = nodeScratchFs } = options;
  const prefix = join(options.directory ?? tmpdir(), 'tailrace-scratch-');
  const live = new Set<string>();
  /** Writes and removals under way: close waits for them, so that nothing comes into the directory after it. */
  const underWay = new Set<Promise<unknown>>();
  let directory: string | undefined;
  let keepAtExit: (() => void) | undefined;
  let usedBytes = 0;
  let count = 0;
  let closed = false;

  const ensureOpen = (operation: string): void => {
    if (!closed) return;
    throw new TailraceError(
      'Scratch storage was closed with its run; nothing can be spilled or read back any more.',
      {
        code: 'CLOSED',
        operation,
      },
    );
  };

  const encode = (batch: Batch<unknown>): Uint8Array => {
    ensureOpen('spill batch');
    const bytes = ipcOf(batch);
    if (usedBytes + bytes.length <= limitBytes) return bytes;
    throw new OverflowError(
      `Scratch storage is full: ${usedBytes} of ${limitBytes} bytes are used and a batch of ${bytes.length} bytes is to be ` +
        'spilled. Raise scratchLimitBytes, give the run more memory, or read what is held sooner.',
      { operation: 'spill batch', context: { usedBytes, limitBytes, bytes: bytes.length } },
    );
  };

  const nextPath = (): string => {
    try {
      if (directory === undefined) {
        directory = fs.mkdtempSync(prefix);
        keepAtExit = fs.removeAtExit(directory);
      }
    } catch (error) {
      throw storeFailed('make directory', `${prefix}*`, 'Name another directory (scratchDir).', error);
    }
    count += 1;
    return join(directory, `${String(count).padStart(6, '0')}.arrows`);
  };

  const made = (path: string, batch: Batch<unknown>, bytes: number): SpilledBatch => {
    live.add(path);
    return { path, rows: batch.rows, bytes, contentBytes: contentBytes(batchData(batch)) };
  };

  const track = <T>(work: Promise<T>): Promise<T> => {
    // Only its end matters here; whoever began it sees its error.
    const ended = work.catch(() => undefined).finally(() => underWay.delete(ended));
    underWay.add(ended);
    return work;
  };

  const forget = (path: string, bytes: number): void => {
    usedBytes -= bytes;
    // Nobody waits for a single file; one that cannot be removed goes, or is reported, with the directory in close().
    track(fs.rm(path)).catch(() => undefined);
  };

  return {
    get usedBytes() {
      return usedBytes;
    },
    async spill(batch) {
      const bytes = encode(batch);
      const path = nextPath();
      // Counted before it is written, so that spills at the same time keep the limit together.
      usedBytes += bytes.length;
      try {
        await track(fs.writeFile(path, bytes));
      } catch (error) {
        forget(path, bytes.length);
        throw storeFailed('write', path, freeDisk, error);
      }
      return made(path, batch, bytes.length);
    },
    spillSync(batch) {
      const bytes = encode(batch);
      const path = nextPath();
      usedBytes += bytes.length;
      try {
        fs.writeFileSync(path, bytes);
      } catch (error) {
        forget(path, bytes.length);
        throw storeFailed('write', path, freeDisk, error);
      }
      return made(path, batch, bytes.length);
    },
    async load<R>(spilled: SpilledBatch): Promise<Batch<R>> {
      ensureOpen('load batch');
      return load<R>(fs, slabs, spilled);
    },
    remove(spilled) {
      if (live.delete(spilled.path)) forget(spilled.path, spilled.bytes);
    },
    async close() {
      closed = true;
      await Promise.all(underWay);
      live.clear();
      usedBytes = 0;
      if (directory === undefined) return;
      try {
        await fs.rm(directory);
        keepAtExit?.();
      } catch (error) {
        throw storeFailed('remove', directory, 'Remove it by hand; nothing in it is needed.', error);
      }
    },
  };
}

async function load<R>(fs: ScratchFs, slabs: Slabs, spilled: SpilledBatch): Promise<Batch<R>> {
  return reading(spilled.path, async () => batchOfIpc<R>(await fs.readFile(spilled.path), slabs));
}

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw storeFailed('read', path, 'The run needs this file; it must not be removed while it runs.', error);
  }
}

/** Reads a spilled batch in a worker, where there is no budget to charge. Throws STORE_FAILED. */
export function readSpilled(path: string, fs: ScratchFs = nodeScratchFs): Promise<BatchData> {
  return reading(path, async () => dataOfIpc(await fs.readFile(path)));
}
