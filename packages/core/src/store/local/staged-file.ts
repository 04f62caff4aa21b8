// Owns one file while it is being staged: few large writes, its checksum, its fsync. It never makes anything visible.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { StoreFile } from '../../sink/store.js';
import type { FileSystem, OpenFile } from './file-system.js';
import { attemptStep, type FailedStep, failedWith, storeError } from './store-error.js';
import { makeDirectory, removeFile } from './tree.js';

/**
 * Bytes that one open file holds back at most. Small chunks are gathered until they fill it, so that every write but
 * the last is a multiple of this size and lies at a multiple of it.
 */
export const writeBufferBytes: number = 256 * 1024;

export interface StagedFileInit {
  readonly fs: FileSystem;
  /** Where it is created; must not exist. */
  readonly path: string;
  /** Directories from here to the file are made when missing; this one must exist, or the output was aborted. */
  readonly root: string;
  /** Where it goes once it is durable, from its checksum; the default leaves it where it is. */
  readonly settleAt?: ((checksum: string) => string) | undefined;
  readonly output: string;
}

/** Creates the file. Throws STORE_FAILED. */
export async function createStagedFile(init: StagedFileInit): Promise<StoreFile> {
  const { fs, path, output } = init;
  const file = await attemptStep({ step: 'create', path, output }, () => openNew(fs, init.root, path));
  return stagedFile(init, file);
}

function stagedFile({ fs, path, settleAt, output }: StagedFileInit, file: OpenFile): StoreFile {
  const hash = createHash('sha256');
  let buffer: Uint8Array | undefined;
  let buffered = 0;
  let bytes = 0;
  let isOpen = true;
  const writing: FailedStep = { step: 'write to', path, output };

  const flush = async (data: Uint8Array): Promise<void> => {
    hash.update(data);
    for (let done = 0; done < data.byteLength; ) {
      const { bytesWritten } = await file.write(done === 0 ? data : data.subarray(done));
      // A write of nothing that is no error would be asked for again for ever.
      if (bytesWritten <= 0)
        throw new Error(`the file system took ${bytesWritten} of ${data.byteLength - done} bytes`);
      done += bytesWritten;
    }
  };

  const hold = (data: Uint8Array): void => {
    buffer ??= new Uint8Array(writeBufferBytes);
    buffer.set(data, buffered);
    buffered += data.byteLength;
  };

  const take = async (data: Uint8Array): Promise<void> => {
    let rest = data;
    if (buffered > 0) {
      const head = Math.min(writeBufferBytes - buffered, rest.byteLength);
      hold(rest.subarray(0, head));
      rest = rest.subarray(head);
    }
    if (buffer !== undefined && buffered === writeBufferBytes) {
      await flush(buffer);
      buffered = 0;
    }
    const direct = rest.byteLength - (rest.byteLength % writeBufferBytes);
    if (direct > 0) await flush(rest.subarray(0, direct));
    if (direct < rest.byteLength) hold(rest.subarray(direct));
  };

  const closeFile = async (): Promise<void> => {
    isOpen = false;
    await file.close();
  };

  const discard = async (): Promise<void> => {
    // Contract: must not throw. What remains is in the hidden directory, not in the manifest, and so never published.
    if (isOpen) await closeFile().catch(() => undefined);
    await removeFile(fs, path).catch(() => undefined);
  };

  return {
    write: async (data) => {
      if (!isOpen) throw closedFile(path);
      bytes += data.byteLength;
      await attemptStep(writing, () => take(data));
    },
    close: async () => {
      if (!isOpen) throw closedFile(path);
      try {
        await attemptStep(writing, async () => {
          if (buffer !== undefined && buffered > 0) await flush(buffer.subarray(0, buffered));
        });
        await syncFile(file, path, output);
        await attemptStep({ step: 'close', path, output }, closeFile);
        const checksum = `sha256:${hash.digest('hex')}`;
        if (settleAt !== undefined) {
          await attemptStep({ step: 'rename', path, output }, () => fs.rename(path, settleAt(checksum)));
        }
        return { bytes, checksum };
      } catch (error) {
        await discard();
        throw error;
      }
    },
    abort: discard,
  };
}

/**
 * After a failed fsync the kernel may have dropped the data and report success the next time: the file is given up.
 * Temporary all the same, because the next attempt writes a new file.
 */
async function syncFile(file: OpenFile, path: string, output: string): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    const advice =
      'This file is given up, since a second fsync could claim what is not so; a retry writes a new one';
    throw storeError(error, { step: 'fsync', path, output, status: 'temporary', advice });
  }
}

async function openNew(fs: FileSystem, root: string, path: string): Promise<OpenFile> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  try {
    return await fs.open(path, flags);
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error;
  }
  // Level by level from the root, which is not made: a late worker must not bring back what an abort has removed.
  let directory = root;
  for (const segment of relative(root, dirname(path)).split(sep)) {
    directory = join(directory, segment);
    if (directory !== root) await makeDirectory(fs, directory);
  }
  return fs.open(path, flags);
}

function closedFile(path: string): TailraceError {
  return new TailraceError(`${path} was used after it was closed. Open a new file for more data.`, {
    code: 'CLOSED',
    operation: 'write to file',
    context: { path },
  });
}
