// Owns the place of a file of a store while it is read: a sparse one of the same size and ending, with the bytes that are wanted.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { messageOf, TailraceError } from '@tailrace/core';

export interface ScratchFile {
  readonly path: string;
  write(start: number, bytes: Uint8Array): Promise<void>;
  /** Removes it. */
  release(): Promise<void>;
}

const longestName = 60;

/** @param name of the file that is wanted: its URL */
export async function scratchFile(name: string, bytes: number): Promise<ScratchFile> {
  const directory = await inScratch(name, () => mkdtemp(join(tmpdir(), 'tailrace-read-')));
  // Keys may be longer than names of files; their endings matter.
  const path = join(directory, basename(name).slice(-longestName));
  try {
    await inScratch(name, async () => {
      const handle = await open(path, 'w+', 0o600);
      try {
        await handle.truncate(bytes);
      } finally {
        await handle.close();
      }
    });
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    path,
    write: (start, content) =>
      inScratch(name, async () => {
        const handle = await open(path, 'r+');
        try {
          for (let done = 0; done < content.length; ) {
            const { bytesWritten } = await handle.write(content, done, content.length - done, start + done);
            done += bytesWritten;
          }
        } finally {
          await handle.close();
        }
      }),
    release: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Bytes of a scratch file, or of any other; fewer where it ends. */
export async function bytesAt(path: string, start: number, bytes: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const content = Buffer.alloc(bytes);
    const { bytesRead } = await handle.read(content, 0, bytes, start);
    return content.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** What fails of the scratch file is not the fault of the file that is wanted, nor of its store. */
async function inScratch<T>(name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const directory = tmpdir();
    throw new TailraceError(
      `'${name}' cannot be read: what is wanted of it is kept in '${directory}' meanwhile, and that fails: ${messageOf(error)}. ` +
        `Make room there, or set TMPDIR to a directory with room.`,
      { code: 'SOURCE_FAILED', operation: 'read source', context: { path: name, directory }, cause: error },
    );
  }
}
