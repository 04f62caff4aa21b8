import { describe, expect, it } from 'vitest';
import { defineStore, type StoreFile } from '../store.js';
import { createAttemptFiles } from './attempt-files.js';
import { attemptFiles, testBatch, testSchema } from './file-sink-fixtures.js';
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

    expect((await files.finished()).map((file) => file.path)).toEqual(['a', 'b']);
    await files.abort();
    expect(aborted).toEqual([2]);
    expect([store.staged.size, store.openFiles]).toEqual([0, 0]);
    expect(await files.finished()).toEqual([]);
  });
});

describe('files whose ends go on once they are handed over', () => {
  /** Files on a store that hands each over at once, and closes it when the test says so. */
  function slowEnds() {
    const store = memoryStore();
    const ends = new Map<string, (error?: Error) => void>();
    /** Files that were given up. */
    const given: string[] = [];
    const handOver = (path: string, file: StoreFile): StoreFile => ({
      ...file,
      async close(onHandedOver) {
        const over = new Promise<void>((resolve, reject) => {
          ends.set(path, (error) => (error === undefined ? resolve() : reject(error)));
        });
        onHandedOver?.();
        await over;
        return file.close();
      },
      abort() {
        given.push(path);
        return file.abort();
      },
    });
    const definition = defineStore({
      ...store.definition,
      createFile: async (context) => handOver(context.path, await store.definition.createFile(context)),
    });
    const files = attemptFiles({ ...store, definition });
    const finish = async (path: string): Promise<void> => {
      const part = await files.open(path, undefined);
      await part.write(testBatch(0, 1));
      await part.finish();
    };
    const end = (path: string, error?: Error): void => {
      ends.get(path)?.(error);
      ends.delete(path);
    };
    return { store, files, finish, given, end, ending: () => [...ends.keys()] };
  }

  it('are all there, by name, when those that are finished are asked for', async () => {
    const { files, finish, end } = slowEnds();
    for (const path of ['c', 'a', 'b']) await finish(path);
    const finished = files.finished();
    for (const path of ['b', 'c', 'a']) end(path);
    expect((await finished).map(({ path }) => path)).toEqual(['a', 'b', 'c']);
  });

  it('are eight at most, however many are ended at once', async () => {
    const { files, finish, end, ending } = slowEnds();
    const paths = Array.from({ length: 12 }, (_, at) => `part-${at}`);
    for (const path of paths.slice(0, 7)) await finish(path);
    const finished = paths.slice(7).map(finish);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ending()).toHaveLength(8);
    for (let [next] = ending(); next !== undefined; [next] = ending()) {
      end(next);
      await new Promise((resolve) => setImmediate(resolve));
      expect(ending().length).toBeLessThanOrEqual(8);
    }
    await Promise.all(finished);
    expect(await files.finished()).toHaveLength(12);
  });

  it('tell of the first that failed wherever something is wanted next, whoever else is still being ended', async () => {
    const { files, finish, end } = slowEnds();
    for (const path of ['a', 'b']) await finish(path);
    const open = await files.open('c', undefined);
    end('b', new Error('fsync failed'));
    await new Promise((resolve) => setImmediate(resolve));
    await expect(files.open('d', undefined)).rejects.toThrow('fsync failed');
    await expect(open.write(testBatch(0, 1))).rejects.toThrow('fsync failed');
    await expect(open.finish()).rejects.toThrow('fsync failed');
    await expect(files.finished()).rejects.toThrow('fsync failed');
  });

  it('are waited for by an abort, which removes what is there in the end', async () => {
    const { store, files, finish, given, end } = slowEnds();
    for (const path of ['a', 'b']) await finish(path);
    await files.open('c', undefined);
    const aborted = files.abort();
    await new Promise((resolve) => setImmediate(resolve));
    // A store is promised one call at a time.
    expect(given).toEqual([]);
    end('b', new Error('fsync failed'));
    end('a');
    await aborted;
    expect(given).toEqual(['b', 'c']);
    expect([store.staged.size, store.openFiles]).toEqual([0, 0]);
  });
});
