// Owns what that thread does: it is given the recipe, not the rows.
import { parentPort } from 'node:worker_threads';
import { createMemory, createPool } from '@tailrace/core';
import type { Job } from './contest.js';
import { inline, memoryBytes } from './job.js';

const pool = createPool({ memory: createMemory({ limitBytes: memoryBytes }), workers: 0 });

parentPort?.on('message', (job: Job) => {
  inline(job, pool).then(
    () => parentPort?.postMessage('written'),
    (error: unknown) => {
      // Outside of a promise's reach, so that the thread ends with it and the main thread hears of it.
      setImmediate(() => {
        throw error;
      });
    },
  );
});
