// Owns the job by Tailrace, in each of its ways.
import {
  type DataFrame,
  frames,
  type HeldFrame,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
  type Trigger,
} from '@tailrace/adapters/spark';
import { expr } from '@tailrace/adapters/spark/functions';
import { mapAsync, pipeline } from '@tailrace/core';
import { map } from 'rxjs';
import type { Job, TableName, Way } from './job.js';

/** As many as the pattern has. */
const workers = 4;

export type Looks = Partial<Record<TableName, readonly unknown[]>>;

export interface Request {
  readonly job: Job;
  /** Of the server: where the tables go. */
  readonly out: string;
  /** A table whose write Spark refuses. */
  readonly broken?: TableName;
}

type Run = (spark: SparkSession, request: Request, looks: Looks) => Promise<void>;

const inBackground =
  (trigger: Trigger): Run =>
  async (spark, request, looks) => {
    const { job, out } = request;
    const written = pipeline('simulation', (flow) => {
      const target = (name: TableName) =>
        sparkFiles(spark, `${out}/${name}`, {
          mode: 'overwrite',
          partitionBy: job.partitionBy[name] as never[], // Names of columns that only the job knows.
          options: optionsOf(name, request),
        });
      const looked = (name: TableName) =>
        mapAsync(
          async (held: HeldFrame<object>): Promise<HeldFrame<object>> => {
            await look(held.frame, name, job, looks);
            return held;
          },
          { concurrency: 1 },
        );
      const begin = flow.source(
        'simulated',
        frames(spark, (session) => simulationOf(session, job)),
      );
      const simulation = flow.stage('simulation', begin, materialiseFrame<object>({ trigger }));
      flow.write('simulation', simulation, target('simulation'));
      const seen = flow.stage('simulation seen', simulation, looked('simulation'));
      const changed = flow.stage(
        'transformed',
        seen,
        map(({ frame }) => transformationOf(frame, job)),
      );
      const transformation = flow.stage('transformation', changed, materialiseFrame<object>({ trigger }));
      flow.write('transformation', transformation, target('transformation'));
      const seenToo = flow.stage('transformation seen', transformation, looked('transformation'));
      const grouped = flow.stage(
        'grouped',
        seenToo,
        map(({ frame }) => aggregationOf(frame, job)),
      );
      const aggregation = flow.stage('aggregation', grouped, materialiseFrame<object>({ trigger }));
      flow.write(
        'aggregation',
        flow.stage('aggregation seen', aggregation, looked('aggregation')),
        target('aggregation'),
      );
    });
    await written.run({ workers }).completed;
  };

export const tailraceWays: Readonly<Record<Way, Run>> = {
  synchronous: async (spark, request, looks) => {
    const held: DataFrame[] = [];
    for (const [name, frame] of tablesOf(spark, request.job)) {
      await frame.persist();
      held.push(frame);
      await written(frame, name, request);
      await look(frame, name, request.job, looks);
    }
    for (const frame of held) await frame.unpersist();
  },

  'background, held by take(1)': inBackground('partlyByTake'),

  'background, held in full': inBackground('count'),

  // A pipeline takes held frames only, so this is the client alone.
  'background, not held': async (spark, request, looks) => {
    const writes: Promise<void>[] = [];
    try {
      for (const [name, frame] of tablesOf(spark, request.job)) {
        writes.push(written(frame, name, request));
        await look(frame, name, request.job, looks);
      }
    } finally {
      await Promise.allSettled(writes);
    }
    await Promise.all(writes);
  },
};

const optionsOf = (name: TableName, { broken }: Request): Record<string, string> =>
  name === broken ? { compression: 'no such' } : {};

function written(frame: DataFrame, name: TableName, request: Request): Promise<void> {
  const partitionBy = request.job.partitionBy[name];
  const options = optionsOf(name, request);
  return frame.write.parquet(`${request.out}/${name}`, { mode: 'overwrite', partitionBy, options });
}

async function look(frame: DataFrame<object>, name: TableName, job: Job, looks: Looks): Promise<void> {
  const row = await frame.agg(...job.look[name].map((one) => expr(one))).first();
  looks[name] = Object.values(row ?? {});
}

function simulationOf(spark: SparkSession, job: Job): DataFrame {
  let frame: DataFrame = spark.range(0, job.rows, { partitions: job.partitions });
  for (const step of job.simulation) frame = frame.selectExpr(...step);
  return frame;
}

const transformationOf = (frame: DataFrame<object>, job: Job): DataFrame =>
  frame.selectExpr(...job.transformation);

const aggregationOf = (frame: DataFrame<object>, job: Job): DataFrame =>
  frame.groupBy(job.groupBy as never).agg(...job.aggregates.map((one) => expr(one))); // As above.

function tablesOf(spark: SparkSession, job: Job): readonly (readonly [TableName, DataFrame])[] {
  const simulation = simulationOf(spark, job);
  const transformation = transformationOf(simulation, job);
  return [
    ['simulation', simulation],
    ['transformation', transformation],
    ['aggregation', aggregationOf(transformation, job)],
  ];
}
