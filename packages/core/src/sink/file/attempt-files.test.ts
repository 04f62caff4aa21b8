import { describe, expect, it } from 'vitest';
import { createAttemptFiles } from './attempt-files.js';
import { testBatch, testSchema } from './file-sink-fixtures.js';
import { memoryStore } from './memory-store.js';

describe('the files of an attempt', () => {
  it('lets go of a part once it is finished: an abort ends open encoders only, and removes both files', async () => {
    const store = memoryStore();
    const aborted: number[] = [];
    let encoders = 0;
    const target = { path: '/out', kind: 'directory', mode: 'error', runId: 'r1', output: 'routes' } as const;
    const signal = new AbortController().signal;
    const files = createAttemptFiles({
      format: {
        name: 'counting',
        extension: () => '.x',
        check: () => undefined,
        open() {
          const number = encoders++;
          let rows = 0;
          return {
            encodedBytes: 0,
            write(batch) {
              rows += batch.rows;
            },
            finish: async () => ({ rows }),
            abort() {
              aborted.push(number);
            },
          };
        },
      },
      formatOptions: {},
      store: store.definition,
      staged: { options: {}, target, staging: { runId: 'r1' }, signal },
      schema: testSchema,
      maxBufferedBytes: 2 ** 20,
    });
    const finished = await files.open('b', undefined);
    await finished.write(testBatch(0, 1));
    await finished.finish();
    const other = await files.open('a', undefined);
    await other.finish();
    await files.open('c', undefined);

    expect(files.finished().map((file) => file.path)).toEqual(['a', 'b']);
    await files.abort();
    expect(aborted).toEqual([2]);
    expect([store.staged.size, store.openFiles]).toEqual([0, 0]);
    expect(files.finished()).toEqual([]);
  });
});
