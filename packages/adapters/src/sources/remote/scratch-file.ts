// Owns the place of a file of a store while it is read: a sparse one of the same size and ending, with the bytes that are wanted.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export interface ScratchFile {
  readonly path: string;
  write(start: number, bytes: Uint8Array): Promise<void>;
  /** Removes it. */
  release(): Promise<void>;
}

const longestName = 60;

export async function scratchFile(name: string, bytes: number): Promise<ScratchFile> {
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-read-'));
  // Keys may be longer than names of files; their endings matter.
  const path = join(directory, basename(name).slice(-longestName));
  try {
    const handle = await open(path, 'w+', 0o600);
    try {
      await handle.truncate(bytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    path,
    async write(start, content) {
      const handle = await open(path, 'r+');
      try {
        for (let done = 0; done < content.length; ) {
          const { bytesWritten } = await handle.write(content, done, content.length - done, start + done);
          done += bytesWritten;
        }
      } finally {
        await handle.close();
      }
    },
    release: () => rm(directory, { recursive: true, force: true }),
  };
}
