// Owns the pool that a good engineer writes in an afternoon, in `loop` and `memory`: chunks of rows are cloned to threads, each
// of which makes an Arrow table of its chunk and writes it as a part with parquet-wasm. No sync, no commit, many files.
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { Part } from './piscina-worker.js';
import { grouped, inChunks, streamContender } from './stream-contender.js';

const partRows = 65_536;

export const open = streamContender(async () => {
  const threads = availableParallelism();
  const pool = new Piscina<Part, void>({
    filename: new URL('./piscina-worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
  });
  return {
    write: inChunks(async (path) => {
      await mkdir(path);
      const running = new Set<Promise<void>>();
      let number = 0;
      return grouped(
        partRows,
        async (rows) => {
          const part = `${path}/part-${String(number).padStart(5, '0')}.parquet`;
          number += 1;
          const done = pool.run({ rows, path: part }).finally(() => running.delete(done));
          running.add(done);
          // Two per thread: enough to keep them busy, few enough to hold memory.
          if (running.size >= 2 * threads) await Promise.race(running);
        },
        async () => {
          await Promise.all(running);
        },
      );
    }),
    close: () => pool.destroy(),
  };
});
