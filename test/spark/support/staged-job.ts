// Owns a job of one output that Spark writes and this process puts in its place.
import { connectSpark, frames, materialiseFrame, sparkFiles } from '@tailrace/adapters/spark';
import { pipeline, type Report } from '@tailrace/core';

export interface StagedJob {
  readonly url: string;
  /** Path of the output. */
  readonly out: string;
  /** Directory of the job. */
  readonly resume: string;
  readonly mode?: 'error' | 'overwrite';
  /** When the program is killed: when the output is in its place, or when what stood there is away and it is not. */
  readonly killAt: 'published' | 'taken away';
}

/** The options of the session and the frame are the same each time. */
export async function runStagedJob({ url, out, resume, mode = 'error' }: StagedJob): Promise<Report> {
  await using spark = await connectSpark(url, { userId: 'staged-job' });
  return await pipeline('staged', (flow) => {
    const raw = flow.source(
      'raw',
      frames(spark, (session) => session.range(100), { fingerprint: 'a hundred numbers' }),
    );
    const held = flow.stage('held', raw, materialiseFrame());
    flow.write('out', held, sparkFiles(spark, out, { mode, staged: true }));
  }).run({ resume, workers: 1 }).completed;
}
