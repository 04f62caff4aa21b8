// Owns a process of `pattern`. One process plays all parts, so that all of them run the same compiled code; its pools live as
// long as it does, so that threads are warm.
import { rm } from 'node:fs/promises';
import { createMemory, createPool, type Materialised, type Pool } from '@tailrace/core';
import type { Reading } from '../../data/readings.js';
import type { OpenContender } from '../../harness/contender.js';
import type { Job, Play, Role } from './contest.js';
import {
  computeAlone,
  heldData,
  inBackground,
  inline,
  memoryBytes,
  runPipeline,
  stageAlone,
  writeAll,
} from './job.js';
import { type Recomputing, startRecomputing } from './recompute.js';

export const open: OpenContender<undefined, Play> = async () => {
  const memory = createMemory({ limitBytes: memoryBytes });
  const pools = new Map<number | undefined, Pool>();
  const poolOf = (workers: number | undefined): Pool => {
    const there = pools.get(workers);
    if (there !== undefined) return there;
    const pool = createPool({ memory, ...(workers === undefined ? {} : { workers }) });
    pools.set(workers, pool);
    return pool;
  };
  let held: { readonly of: string; readonly data: Materialised<Reading> } | undefined;
  /** Computed once per job, outside of the time that counts. */
  const dataOf = async (job: Job): Promise<Materialised<Reading>> => {
    const of = `${job.rows} ${job.batchRows} ${job.work}`;
    if (held?.of !== of) {
      held?.data.release();
      held = { of, data: await heldData(job, memory) };
    }
    return held.data;
  };
  const letGo = (): void => {
    held?.data.release();
    held = undefined;
  };
  let recomputing: Recomputing | undefined;
  const recomputer = (): Recomputing => {
    recomputing ??= startRecomputing();
    return recomputing;
  };

  const parts: Record<Role, (job: Job, workers: number | undefined) => Promise<unknown>> = {
    compute: (job) => computeAlone(job, memory),
    write: async (job, workers) => writeAll(job, poolOf(workers), await dataOf(job)),
    inline: (job) => inline(job, poolOf(0)),
    background: (job, workers) => inBackground(job, poolOf(workers)),
    run: (job, workers) => runPipeline(job, workers, memory),
    // The main job needs its rows; the thread that writes has only the recipe, and follows it again.
    recomputed: (job) => Promise.all([stageAlone(job), recomputer().write(job)]),
  };
  return {
    async round({ role, workers, job }, watch) {
      if (role === 'write') await dataOf(job);
      else letGo();
      await rm(job.folder, { recursive: true, force: true });
      watch.start();
      await parts[role](job, workers);
      watch.stop();
      return {};
    },
    async close() {
      letGo();
      for (const pool of pools.values()) await pool.drain();
      await recomputing?.end();
    },
  };
};
