// Owns the pool that a good engineer writes in an afternoon: chunks of rows are cloned to threads, each of which makes an
// Arrow table of its chunk and writes it as a part with parquet-wasm. No atomic commit, no fsync, no retries.
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { flightChunks, loadFlights } from '../../data/flights.js';
import type { OpenContender } from '../../harness/contender.js';
import type { RowsOptions, RowsRound } from './contest.js';
import type { Part } from './piscina-worker.js';

/** Rows of a part: large enough for parquet-wasm, small enough to keep all threads busy. */
const partRows = 65_536;

export const open: OpenContender<RowsOptions, RowsRound> = async ({ flights, rows }) => {
  const columns = { ...(await loadFlights(flights)), rows };
  const threads = availableParallelism();
  const pool = new Piscina<Part, void>({
    filename: new URL('./piscina-worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
  });
  return {
    async round({ path }) {
      await mkdir(path);
      const running = new Set<Promise<void>>();
      let number = 0;
      for (const chunk of flightChunks(columns, partRows)) {
        const part = pool.run({
          rows: chunk,
          path: `${path}/part-${String(number).padStart(5, '0')}.parquet`,
        });
        number += 1;
        const done = part.finally(() => running.delete(done));
        running.add(done);
        // Two per thread: enough to keep them busy, few enough to hold memory.
        if (running.size >= 2 * threads) await Promise.race(running);
      }
      await Promise.all(running);
      return {};
    },
    close: () => pool.destroy(),
  };
};
