// A sink that writes no rows but the number of the thread that its attempt ran in, for tests of which threads are used again.
import { writeFile } from 'node:fs/promises';
import { threadId } from 'node:worker_threads';
import { defineSink } from '@tailrace/core/sink';

export interface ThreadSinkOptions {
  readonly path: string;
  /** Whether the first attempt fails. */
  readonly failsOnce: boolean;
}

export default defineSink<ThreadSinkOptions, undefined, number>({
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
      prepare: async () => ({ rows, bytes: 0, files: [], part: threadId }),
      async abort() {},
    };
  },
  async commit({ options, prepared }) {
    await writeFile(options.path, prepared.map(({ part }) => part).join());
    return { rows: prepared.reduce((sum, { rows }) => sum + rows, 0), bytes: 0, files: 1 };
  },
  async abort() {},
});
