// What a real server keeps for a session, until when: persisted plans, and checkpoints that are computed when they are first read.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  col,
  connectSpark,
  frames,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { callFunction } from '@tailrace/adapters/spark/functions';
import { pipeline } from '@tailrace/core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

let spark: SparkSession;

beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'kept' });
});
afterAll(() => spark.close());

/** Another text in every row, whenever a row is computed. */
const marked = (session: SparkSession) =>
  session
    .range(0, 20, { partitions: 2 })
    .select({ id: 'id', mark: callFunction<string>('java_method', 'java.util.UUID', 'randomUUID') });

describe('what a session has persisted', () => {
  const plan = (session: SparkSession) => session.range(1_234).withColumn('x', col('id').times(2));

  test('is shared with other sessions of the server, and let go of when it is closed', async () => {
    const other = await connectSpark(inject('sparkUrl'), { userId: 'kept' });
    const frame = plan(other);
    await frame.persist('DISK_ONLY');
    expect(await frame.count()).toBe(1_234);
    expect(await plan(spark).storageLevel()).toBe('DISK_ONLY');
    await other.close();
    expect(await plan(spark).storageLevel()).toBeUndefined();
  });
});

describe('what a session holds by hand that is closed from elsewhere', () => {
  const plan = (session: SparkSession) => session.range(2_345).withColumn('x', col('id').times(3));

  test('stays with the server, and goes with a run that has held an equal plan once the session is known to be lost', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-kept-'));
    const url = `${inject('sparkUrl')}/;session_id=${randomUUID()}`;
    const [lost, elsewhere] = [
      await connectSpark(url, { userId: 'kept' }),
      await connectSpark(url, { userId: 'kept' }),
    ];
    await plan(lost).persist();
    await elsewhere.close();
    const run = (): Promise<unknown> =>
      pipeline('kept', (flow) => {
        const source = flow.source('rows', frames(spark, plan));
        const held = flow.stage('held', source, materialiseFrame());
        flow.write('out', held, sparkFiles(spark, join(folder, 'out'), { mode: 'overwrite' }));
      }).run().completed;
    await run();
    expect(await plan(spark).isPersisted()).toBe(true);
    await expect(lost.range(1).count()).rejects.toMatchObject({
      errorClass: 'INVALID_HANDLE.SESSION_CLOSED',
    });
    await run();
    await expect.poll(() => plan(spark).isPersisted(), { timeout: 20_000 }).toBe(false);
    await lost.close();
    await rm(folder, { recursive: true, force: true });
  });
});

describe('a checkpoint', () => {
  test.each([true, false])('gives the same rows whenever it is read, eager: %s', async (eager) => {
    const { frame, release } = await marked(spark).checkpoint({ eager });
    const rows = await frame.orderBy('id').collect();
    expect(new Set(rows.map(({ mark }) => mark)).size).toBe(20);
    expect(await frame.orderBy('id').collect()).toEqual(rows);
    await release();
  });

  test('that is eager fails with its plan, one that is not when it is read', async () => {
    const failing = spark.range(3).selectExpr('100 div (id - 1) AS x');
    const divided = { errorClass: 'DIVIDE_BY_ZERO' };
    await expect(failing.checkpoint()).rejects.toMatchObject(divided);
    const { frame, release } = await failing.checkpoint({ eager: false });
    await expect(frame.collect()).rejects.toMatchObject(divided);
    await release();
  });

  test('that was released is not there any more', async () => {
    const { frame, release } = await spark.range(3).checkpoint({ eager: false });
    await release();
    await expect(frame.collect()).rejects.toMatchObject({ name: 'SparkError', status: 'permanent' });
  });
});
