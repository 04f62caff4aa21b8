// Owns the figure of many queued writes: as many outputs as are asked for stand in line at once, and this process stays small.
import { join } from 'node:path';
import { connectSpark, frames, materialiseFrame, sparkFiles } from '@tailrace/adapters/spark';
import { pipeline } from '@tailrace/core';

export interface QueueFigures {
  readonly outputs: number;
  readonly done: number;
  readonly seconds: number;
  /** Resident memory in MiB: of the process before the run, and the most that was seen during it. */
  readonly before: number;
  readonly most: number;
  /** The most that the budget held, in bytes. */
  readonly held: number;
}

const mebi = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** One frame of some rows, written `outputs` times, each to a path of its own. */
export async function queueWrites(url: string, out: string, outputs: number): Promise<QueueFigures> {
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
    const before = mebi(process.memoryUsage.rss());
    let [most, held] = [before, 0];
    const begin = performance.now();
    const run = declared.run({ workers: 2, memory: '512MiB' });
    const timer = setInterval(() => {
      most = Math.max(most, mebi(process.memoryUsage.rss()));
      held = Math.max(held, run.progress().bytesHeld);
    }, 200);
    const report = await run.completed.finally(() => clearInterval(timer));
    const seconds = (performance.now() - begin) / 1_000;
    const done = report.outputs.filter(({ state }) => state === 'done').length;
    return { outputs, done, seconds, before, most, held };
  } finally {
    await spark.close();
  }
}
