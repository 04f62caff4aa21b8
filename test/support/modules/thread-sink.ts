// A sink that writes no rows but what its attempt's thread is, for tests of which threads are used, and how.
import { readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { threadId } from 'node:worker_threads';
import { defineSink } from '@tailrace/core/sink';

export interface ThreadSinkOptions {
  readonly path: string;
  /** Whether the first attempt fails. */
  readonly failsOnce: boolean;
}

export interface SeenThread {
  readonly id: number;
  /** Of the main thread and of this one; undefined where threads have none of their own. */
  readonly niceness: readonly [main: number, thread: number] | undefined;
}

export default defineSink<ThreadSinkOptions, undefined, SeenThread>({
  name: 'thread',
  begin: async () => ({ skip: false, staging: undefined }),
  async open({ options, attempt }) {
    let rows = 0;
    return {
      write(batch) {
        if (options.failsOnce && attempt === 1)
          throw Object.assign(new Error('This attempt fails.'), { code: 'EBUSY' });
        rows += batch.rows;
      },
      prepare: async () => ({ rows, bytes: 0, files: [], part: { id: threadId, niceness: nicenessHere() } }),
      async abort() {},
    };
  },
  async commit({ options, prepared }) {
    await writeFile(options.path, JSON.stringify(prepared[0]?.part));
    return { rows: prepared.reduce((sum, { rows }) => sum + rows, 0), bytes: 0, files: 1 };
  },
  async abort() {},
});

function nicenessHere(): SeenThread['niceness'] {
  if (process.platform !== 'linux') return undefined;
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  return [getPriority(process.pid), getPriority(thread)];
}
