// The client against a real server: from a plan to files that another program reads.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { col, connectSpark, lit, type SparkSession } from '@tailrace/adapters/spark';
import { count, sum } from '@tailrace/adapters/spark/functions';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { query } from '../support/duckdb.js';
import { runningTasks } from './support/rest.js';

let spark: SparkSession;
let folder: string;

beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'smoke' });
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-out-'));
});

afterAll(async () => {
  await spark.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a frame', () => {
  test('is filtered, grouped and collected', async () => {
    const grouped = spark
      .range(1_000)
      .filter(col('id').ge(500))
      .withColumn('k', col<bigint>('id').mod(3))
      .groupBy('k')
      .agg({ rows: count('*'), total: sum<bigint>('id') })
      .orderBy('k');
    expect(await grouped.collect()).toEqual([
      { k: 0n, rows: 167n, total: 125_250n },
      { k: 1n, rows: 166n, total: 124_417n },
      { k: 2n, rows: 167n, total: 125_083n },
    ]);
  });

  test('is counted, taken from, and found empty or not', async () => {
    const frame = spark.range(10);
    expect(await frame.count()).toBe(10);
    expect(await frame.take(2)).toEqual([{ id: 0n }, { id: 1n }]);
    expect(await frame.first()).toEqual({ id: 0n });
    expect(await frame.isEmpty()).toBe(false);
    expect(await frame.filter('id > 100').isEmpty()).toBe(true);
    expect(await frame.filter('id > 100').first()).toBeUndefined();
  });

  test('tells its schema and its plan', async () => {
    const frame = spark.sql('SELECT 1 AS a, array(1.5) AS b, map("x", struct(true AS t)) AS m');
    expect(await frame.schema()).toEqual([
      { name: 'a', type: 'int', nullable: false },
      { name: 'b', type: 'array<decimal(2,1)>', nullable: false },
      { name: 'm', type: 'map<string,struct<t:boolean>>', nullable: false },
    ]);
    expect(await frame.explain('formatted')).toContain('Physical Plan');
  });

  test('of rows of this process has their values', async () => {
    const at = new Date('2026-01-02T03:04:05.678Z');
    const rows = [
      { id: 1, name: 'a', big: 2n ** 60n, at, ok: true },
      { id: 2.5, name: null, big: null, at: null, ok: false },
    ];
    expect(await spark.fromRows(rows).collect()).toEqual(rows);
  });

  test('comes as batches of Arrow whose rows are all there', async () => {
    let rows = 0;
    for await (const batch of spark.range(0, 100_000, { partitions: 4 }).batches()) rows += batch.numRows;
    expect(rows).toBe(100_000);
  });
});

describe('a write', () => {
  test('of Parquet with partitions is read by another program', async () => {
    const path = join(folder, 'years');
    const frame = spark.range(100).withColumns({ year: col('id').mod(2).plus(2025), x: lit(1.5) });
    await frame.write.parquet(path, { partitionBy: ['year'], options: { compression: 'zstd' } });
    expect((await readdir(path)).sort()).toEqual(
      expect.arrayContaining(['_SUCCESS', 'year=2025', 'year=2026']),
    );
    const sql = `SELECT year, count(*) AS n, sum(id) AS s, sum(x) AS x FROM read_parquet('${path}/*/*.parquet') GROUP BY year ORDER BY year`;
    expect((await query(sql)).map((row) => Object.values(row).map(String))).toEqual([
      ['2025', '50', '2450', '75'],
      ['2026', '50', '2500', '75'],
    ]);
  });

  test('over what is there fails unless it says otherwise, and says in which class of error', async () => {
    const path = join(folder, 'twice');
    const frame = spark.range(3);
    await frame.write.json(path);
    await expect(frame.write.json(path)).rejects.toMatchObject({
      name: 'SparkError',
      errorClass: 'PATH_ALREADY_EXISTS',
      sqlState: '42K04',
      status: 'permanent',
    });
    await frame.write.json(path, { mode: 'append' });
    expect(await spark.read.json(path, { schema: 'id BIGINT' }).count()).toBe(6);
    await frame.write.json(path, { mode: 'overwrite' });
    expect(await spark.read.json(path).count()).toBe(3);
    await frame.write.json(path, { mode: 'ignore' });
    expect(await spark.read.json(path).count()).toBe(3);
  });

  test.each(['csv', 'orc', 'parquet', 'json'] as const)('of %s is read back', async (format) => {
    const path = join(folder, `back-${format}`);
    const frame = spark.range(5).withColumn('name', lit('x'));
    await frame.write[format](path);
    const back = spark.read[format](path, { schema: 'id BIGINT, name STRING' }).orderBy('id');
    expect(await back.collect()).toEqual([0n, 1n, 2n, 3n, 4n].map((id) => ({ id, name: 'x' })));
  });

  test('of a table is read by its name', async () => {
    await spark.range(4).write.saveAsTable('smoke_table', { format: 'parquet' });
    await spark.range(2).write.insertInto('smoke_table');
    expect(await spark.table('smoke_table').count()).toBe(6);
    await spark.run('DROP TABLE smoke_table');
  });
});

describe('what is kept', () => {
  test('is persisted under its level until it is let go', async () => {
    const frame = spark.range(1_000).withColumn('x', col('id').times(2));
    expect(await frame.storageLevel()).toBeUndefined();
    await frame.persist('MEMORY_AND_DISK');
    expect(await frame.count()).toBe(1_000);
    expect(await frame.storageLevel()).toBe('MEMORY_AND_DISK');
    await frame.unpersist({ blocking: true });
    expect(await frame.storageLevel()).toBeUndefined();
  });

  test('as a checkpoint is read without its plan, and released', async () => {
    const { frame, release } = await spark.range(10).withColumn('x', col('id').plus(1)).checkpoint();
    expect(await frame.agg({ total: sum<bigint>('x') }).collect()).toEqual([{ total: 55n }]);
    await release();
  });
});

describe('an error', () => {
  test('of a missing table names its class, its SQLSTATE and where it is', async () => {
    await expect(spark.sql('SELECT * FROM nowhere').collect()).rejects.toMatchObject({
      errorClass: 'TABLE_OR_VIEW_NOT_FOUND',
      sqlState: '42P01',
      status: 'permanent',
      outcome: 'failed',
    });
  });

  test('of a statement quotes it without the values of its options that are credentials', async () => {
    const statement =
      "CREATE TABLE t USING jdbc OPTIONS (user 'me', password 's3cr3t', PASSWORD 's3cr3t') AND MORE";
    const error: unknown = await spark.run(statement).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'SparkError', message: expect.stringContaining('password ***') });
    expect(inspect(error, { depth: 9 })).not.toContain('s3cr3t');
  });

  test('within a job has the cause as Spark tells it', async () => {
    const failing = spark.range(3).selectExpr('100 div (id - 1) AS x');
    await expect(failing.collect()).rejects.toMatchObject({
      errorClass: 'DIVIDE_BY_ZERO',
      sqlState: '22012',
      queryContext: expect.stringContaining('100 div (id - 1)'),
    });
  });
});

describe('an execution', () => {
  /** Its tasks last longer than anybody waits here. */
  const slow = (): ReturnType<SparkSession['range']> =>
    spark
      .range(0, 4, { partitions: 4 })
      .filter("java_method('java.lang.Thread', 'sleep', 600000L) IS NULL OR id >= 0");
  const tasks = (): Promise<number> => runningTasks(inject('sparkUi'));

  test('that is aborted stops on the server', async () => {
    const abort = new AbortController();
    const path = join(folder, 'aborted');
    const written = slow().write.parquet(path, { signal: abort.signal });
    const failed = expect(written).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(tasks, { timeout: 60_000 }).toBeGreaterThan(0);
    abort.abort();
    await failed;
    await expect.poll(tasks, { timeout: 60_000 }).toBe(0);
    expect(await readdir(path).catch(() => [])).not.toContain('_SUCCESS');
  });

  test('is interrupted by its tag', async () => {
    let begun = (): void => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const counted = slow().count({
      tags: ['slow'],
      onProgress: ({ runningTasks }) => {
        if (runningTasks > 0) begun();
      },
    });
    const failed = expect(counted).rejects.toMatchObject({ code: 'CANCELLED' });
    await running;
    expect(await spark.interrupt({ tag: 'slow' })).toHaveLength(1);
    await failed;
  });
});

describe('a session', () => {
  test('has settings of its own', async () => {
    await spark.conf.set({ 'spark.sql.shuffle.partitions': '7' });
    expect(await spark.conf.get('spark.sql.shuffle.partitions')).toBe('7');
    await spark.conf.unset(['spark.sql.shuffle.partitions']);
    // Not what the server was started with: Spark's own default.
    expect(await spark.conf.get('spark.sql.shuffle.partitions')).toBe('200');
    expect(await spark.conf.get('spark.no.such.setting')).toBeUndefined();
  });
});
