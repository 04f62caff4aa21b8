// Pipelines whose stages are frames of Spark: the same declaration, run and report, with Spark at work.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  col,
  connectSpark,
  frames,
  type HeldFrame,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { avg, callFunction, sum } from '@tailrace/adapters/spark/functions';
import { mapAsync, pipeline } from '@tailrace/core';
import { parquet } from '@tailrace/writers';
import { map, type OperatorFunction, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { query } from '../support/duckdb.js';
import { runningTasks } from './support/rest.js';

let spark: SparkSession;
let folder: string;

beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'pipeline' });
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-pipeline-'));
});

afterAll(async () => {
  await spark.close();
  await rm(folder, { recursive: true, force: true });
});

interface Marked {
  id: bigint;
  mark: string;
}

interface Reading {
  id: bigint;
  year: bigint;
  value: number;
}

const readings = (session: SparkSession) =>
  session.range(0, 10_000, { partitions: 4 }).withColumns({
    year: col<bigint>('id').mod(2).plus(2025),
    value: col<number>('id').times(0.5),
  });

/** What a stage behind a held frame computes on. */
const heldFrame = (): OperatorFunction<HeldFrame<Reading>, HeldFrame<Reading>['frame']> =>
  map(({ frame }) => frame);

describe('a pipeline of frames', () => {
  test('computes each stage once, and has Spark write its outputs', async () => {
    const seen: HeldFrame<Reading>[] = [];
    const [all, years] = [join(folder, 'all'), join(folder, 'years')];
    const simulation = pipeline('simulation', (flow) => {
      const raw = flow.source('raw', frames(spark, readings));
      const doubled = flow.stage(
        'doubled',
        raw,
        map((frame) => frame.withColumn('value', col<number>('value').times(2))),
      );
      const kept = materialiseFrame<Reading>();
      const held = flow.stage('held', doubled, (source) =>
        source.pipe(
          kept,
          tap((one) => seen.push(one)),
        ),
      );
      const byYear = flow.stage('by year', held, (source) =>
        source.pipe(
          heldFrame(),
          map((frame) => frame.groupBy('year').agg({ total: sum<number>('value'), mean: avg('value') })),
        ),
      );
      const heldYears = flow.stage('held years', byYear, materialiseFrame({ trigger: 'noop' }));
      flow.write('all', held, sparkFiles(spark, all, { partitionBy: ['year'] }));
      flow.write('years', heldYears, sparkFiles(spark, years, { format: 'json' }));
    });
    const report = await simulation.run({ workers: 2 }).completed;
    expect(report.outputs.map(({ name, state }) => [name, state])).toEqual([
      ['all', 'done'],
      ['years', 'done'],
    ]);
    // Every partition was counted, and nothing is kept when the run is over.
    expect(seen.map(({ rows }) => rows)).toEqual([10_000]);
    expect(await seen[0]?.frame.storageLevel()).toBeUndefined();
    expect(await readdir(all)).toContain('_SUCCESS');
    const sql = `SELECT count(*) AS n, sum(value) AS s FROM read_parquet('${all}/*/*.parquet')`;
    expect((await query(sql)).map((row) => Object.values(row).map(Number))).toEqual([[10_000, 49_995_000]]);
    const back = spark.read.json(years, { schema: 'year BIGINT, total DOUBLE' }).orderBy('year');
    expect(await back.collect()).toEqual([
      { year: 2025n, total: 24_995_000 },
      { year: 2026n, total: 25_000_000 },
    ]);
  });

  test('has Spark write what it holds, and not compute it again', async () => {
    const path = join(folder, 'held');
    let collected: Marked[] = [];
    const marking = pipeline('marking', (flow) => {
      // Another text in every row, whenever a row is computed.
      const mark = callFunction<string>('java_method', 'java.util.UUID', 'randomUUID');
      const raw = flow.source(
        'raw',
        frames(spark, (session) => session.range(100).select({ id: 'id', mark })),
      );
      const held = flow.stage('held', raw, materialiseFrame<Marked>());
      const looked = flow.stage(
        'looked at',
        held,
        mapAsync(async (one) => {
          collected = await one.frame.orderBy('id').collect();
          return one;
        }),
      );
      flow.write('out', looked, sparkFiles(spark, path));
    });
    await marking.run().completed;
    expect(new Set(collected.map(({ mark }) => mark)).size).toBe(100);
    expect(await spark.read.parquet(path).orderBy('id').collect()).toEqual(collected);
  });

  test.each(['partlyByTake', 'partlyByFirst', 'partlyByIsEmpty'] as const)(
    'writes every row of a frame that was computed in part (%s), and those that were computed before as they were',
    async (trigger) => {
      const path = join(folder, trigger);
      const mark = callFunction<string>('java_method', 'java.util.UUID', 'randomUUID');
      const seen: HeldFrame<Marked>[] = [];
      await pipeline('partly', (flow) => {
        const rows = (session: SparkSession) =>
          session.range(0, 1_000, { partitions: 4 }).select({ id: 'id', mark });
        const held = flow.stage(
          'held',
          flow.source('raw', frames(spark, rows)),
          materialiseFrame<Marked>({ trigger }),
        );
        const looked = flow.stage(
          'looked at',
          held,
          tap((one) => seen.push(one)),
        );
        // Both have Spark read, and compute what is not there yet: at the same time, or one after the other.
        const ordered = flow.stage(
          'ordered',
          looked,
          map(({ frame }) => frame.orderBy('id')),
        );
        flow.write('out', looked, sparkFiles(spark, path));
        flow.write(
          'ordered',
          flow.stage('held again', ordered, materialiseFrame<Marked>()),
          sparkFiles(spark, `${path}-ordered`),
        );
      }).run({ workers: 1 }).completed;
      const written = await spark.read.parquet<Marked>(path).orderBy('id').collect();
      expect(written.map(({ id }) => id)).toEqual(Array.from({ length: 1_000 }, (_, id) => BigInt(id)));
      expect(await spark.read.parquet(`${path}-ordered`).orderBy('id').collect()).toEqual(written);
      expect(await seen[0]?.frame.storageLevel()).toBeUndefined();
    },
  );

  test.each([
    ['by its run', false],
    ['by hand, before it is written', true],
  ])(
    'has rows that stay as they were computed when the frame is let go of that they were made of: %s',
    async (how, isByHand) => {
      const path = join(folder, `made of another, let go of ${how}`);
      let collected: Marked[] = [];
      let below: HeldFrame<Marked> | undefined;
      const mark = callFunction<string>('java_method', 'java.util.UUID', 'randomUUID');
      await pipeline('made of another', (flow) => {
        const raw = flow.source(
          'raw',
          frames(spark, (session) => session.range(0, 60, { partitions: 2 }).select({ id: 'id', mark })),
        );
        const held = flow.stage('held', raw, materialiseFrame<Marked>());
        const fewer = flow.stage(
          'fewer',
          held,
          map((one) => {
            below = one;
            return one.frame.filter('id < 50');
          }),
        );
        const again = flow.stage('held again', fewer, materialiseFrame<Marked>());
        const looked = flow.stage(
          'looked at',
          again,
          mapAsync(async (one) => {
            collected = await one.frame.orderBy('id').collect();
            if (isByHand) await below?.release();
            return one;
          }),
        );
        flow.write('out', looked, sparkFiles(spark, path));
      }).run({ workers: 1 }).completed;
      // Nobody waits for the end of its stage.
      await expect.poll(() => below?.frame.storageLevel(), { timeout: 20_000 }).toBeUndefined();
      expect(collected).toHaveLength(50);
      expect(await spark.read.parquet(path).orderBy('id').collect()).toEqual(collected);
    },
  );

  test('does not write the names of frames as rows', async () => {
    const path = join(folder, 'names.parquet');
    const wrong = pipeline('names', (flow) => {
      const held = flow.stage(
        'held',
        flow.source('raw', frames(spark, readings)),
        materialiseFrame<Reading>(),
      );
      // @ts-expect-error: the compiler refuses it; JavaScript may come so
      flow.write('out', held, parquet(path));
    });
    await expect(wrong.run({ workers: 1 }).completed).rejects.toMatchObject({
      errors: [
        expect.objectContaining({
          code: 'PLAN_INVALID',
          message: expect.stringContaining('only name rows that Spark has'),
        }),
      ],
    });
    expect((await readdir(folder)).filter((name) => name.includes('names.parquet'))).toEqual([]);
  });

  test('refuses a target that is there already, before Spark is asked to compute', async () => {
    const path = join(folder, 'there');
    await spark.range(1).write.parquet(path);
    const once = (mode: 'error' | 'ignore' | 'overwrite' | 'append') =>
      pipeline(`once ${mode}`, (flow) => {
        const held = flow.stage(
          'held',
          flow.source('raw', frames(spark, readings)),
          materialiseFrame<Reading>(),
        );
        flow.write('out', held, sparkFiles(spark, path, { mode }));
      });
    await expect(once('error').run().completed).rejects.toMatchObject({
      errors: [expect.objectContaining({ code: 'TARGET_EXISTS' })],
    });
    await once('ignore').run().completed;
    expect(await spark.read.parquet(path).count()).toBe(1);
    await once('overwrite').run().completed;
    expect(await spark.read.parquet(path).count()).toBe(10_000);
    await once('append').run().completed;
    expect(await spark.read.parquet(path).count()).toBe(20_000);
  });

  test('fails an output that Spark fails, with what Spark says, and goes on with the others', async () => {
    const good = join(folder, 'good');
    const broken = pipeline('broken', (flow) => {
      const raw = flow.source('raw', frames(spark, readings));
      const held = flow.stage('held', raw, materialiseFrame<Reading>());
      flow.write('good', held, sparkFiles(spark, good));
      flow.write(
        'bad',
        held,
        sparkFiles(spark, join(folder, 'bad'), { options: { compression: 'no such' } }),
        {},
      );
    });
    await expect(broken.run({ workers: 2 }).completed).rejects.toMatchObject({
      errors: [
        expect.objectContaining({ code: 'ENGINE_FAILED', message: expect.stringContaining('no such') }),
      ],
    });
    expect(await spark.read.parquet(good).count()).toBe(10_000);
  });

  test('that is aborted stops what Spark is doing for it', async () => {
    const path = join(folder, 'aborted');
    const slow = pipeline('slow', (flow) => {
      const raw = flow.source(
        'raw',
        frames(spark, (session) => session.range(0, 4, { partitions: 4 })),
      );
      const held = flow.stage('held', raw, materialiseFrame());
      const waiting = flow.stage(
        'waiting',
        held,
        map(({ frame }) =>
          // Longer than anybody waits here: the tasks end because they are stopped.
          frame.filter("java_method('java.lang.Thread', 'sleep', 600000L) IS NULL OR id >= 0"),
        ),
      );
      flow.write('out', flow.stage('late', waiting, materialiseFrame()), sparkFiles(spark, path));
    });
    const run = slow.run();
    const failed = expect(run.completed).rejects.toMatchObject({ name: 'AggregateError' });
    const tasks = (): Promise<number> => runningTasks(inject('sparkUi'));
    await expect.poll(tasks, { timeout: 60_000 }).toBeGreaterThan(0);
    run.abort();
    await failed;
    await expect.poll(tasks, { timeout: 60_000 }).toBe(0);
    expect(await readdir(path).catch(() => [])).toEqual([]);
  });
});
