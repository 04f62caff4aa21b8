// Owns the figure of many queued writes: as many outputs as are asked for stand in line at once, and this process stays small.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectSpark, frames, materialiseFrame, sparkFiles } from '@tailrace/adapters/spark';
import { pipeline } from '@tailrace/core';
import type { SparkServer } from '../support/server.js';

export interface QueueFigures {
  readonly outputs: number;
  readonly done: number;
  readonly seconds: number;
  /** Of this process, before the run and the most that was seen during it. */
  readonly before: Memory;
  readonly most: Memory;
  /** The most that the budget held, in MiB. */
  readonly held: number;
  /** Resident memory of the server in MiB, after the run. */
  readonly server: number;
}

/** In MiB. */
interface Memory {
  /** All of it that is resident, threads included. */
  readonly resident: number;
  /** V8's heap of the main thread. */
  readonly heap: number;
}

const mebi = (bytes: number): number => Math.round(bytes / 2 ** 20);

function memoryNow(): Memory {
  const { rss, heapUsed } = process.memoryUsage();
  return { resident: mebi(rss), heap: mebi(heapUsed) };
}

const larger = (a: Memory, b: Memory): Memory => ({
  resident: Math.max(a.resident, b.resident),
  heap: Math.max(a.heap, b.heap),
});

/** Source: proc(5), `VmRSS` in kB. NaN where there is no such file. */
async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024);
}

/** One frame of some rows, written `outputs` times, each to a path of its own. */
export async function queueWrites(
  { url, pid }: Pick<SparkServer, 'url' | 'pid'>,
  out: string,
  outputs: number,
): Promise<QueueFigures> {
  const spark = await connectSpark(url, { userId: 'queue' });
  try {
    const declared = pipeline('queue', (flow) => {
      const source = flow.source(
        'rows',
        frames(spark, (session) => session.range(0, 100, { partitions: 1 })),
      );
      const held = flow.stage('held', source, materialiseFrame());
      for (let at = 0; at < outputs; at += 1)
        flow.write(`output ${at}`, held, sparkFiles(spark, join(out, `${at}`)));
    });
    const before = memoryNow();
    let [most, held] = [before, 0];
    const begin = performance.now();
    const run = declared.run({ workers: 2 });
    const timer = setInterval(() => {
      most = larger(most, memoryNow());
      held = Math.max(held, run.progress().bytesHeld);
    }, 200);
    const report = await run.completed.finally(() => clearInterval(timer));
    const seconds = (performance.now() - begin) / 1_000;
    const done = report.outputs.filter(({ state }) => state === 'done').length;
    return { outputs, done, seconds, before, most, held: mebi(held), server: await residentOf(pid) };
  } finally {
    await spark.close();
  }
}
