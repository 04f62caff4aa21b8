// Owns the thread that a background writer made by hand would have, seen from the main thread.
import { Worker } from 'node:worker_threads';
import type { Job } from './contest.js';

export interface Recomputing {
  /** Computes the rows in the thread and writes them there. */
  write(job: Job): Promise<void>;
  end(): Promise<void>;
}

export function startRecomputing(): Recomputing {
  const thread = new Worker(new URL('./recompute-thread.js', import.meta.url));
  return {
    write: (job) =>
      new Promise((resolve, reject) => {
        thread.once('error', reject);
        thread.once('message', () => {
          thread.off('error', reject);
          resolve();
        });
        thread.postMessage(job);
      }),
    async end() {
      await thread.terminate();
    },
  };
}
