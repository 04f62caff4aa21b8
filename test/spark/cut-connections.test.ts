// Executions whose connection is cut again and again: each row is written once, and nothing is taken for done before it is.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
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
import { count } from '@tailrace/adapters/spark/functions';
import { pipeline } from '@tailrace/core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type CutProxy, startProxy } from './support/proxy.js';
import { watchSparkWrites } from './support/spark-writes.js';

let proxy: CutProxy;
let spark: SparkSession;
let folder: string;

beforeAll(async () => {
  proxy = await startProxy(inject('sparkUrl'));
  spark = await connectSpark(proxy.url, { userId: 'cut', retry: { maxRetries: 15, baseMs: 50, capMs: 500 } });
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-cut-'));
});

afterAll(async () => {
  await spark.close();
  await proxy.close();
  await rm(folder, { recursive: true, force: true });
});

/** Twenty tasks of half a second each, two at a time. */
const slow = () =>
  spark
    .range(0, 1_000, { partitions: 20 })
    .filter("id % 50 <> 0 OR java_method('java.lang.Thread', 'sleep', 500L) IS NULL OR id >= 0");

describe('a connection that is cut', () => {
  test('five times in the middle of appends leaves each row of each once', async () => {
    const path = join(folder, 'append');
    await spark.range(0, 1_000).write.parquet(path);
    let writes = 1;
    let cuts = 0;
    // Of a machine that is busy with something else an append may hear so late that it is cut but once.
    while (cuts < 5) {
      const before = cuts;
      let isAttached = true;
      await slow().write.parquet(path, {
        mode: 'append',
        onProgress: () => {
          if (!isAttached || cuts >= 5) return;
          cuts += 1;
          isAttached = false;
          proxy.cut();
        },
        onEvent: ({ type }) => {
          isAttached = type === 'attached';
        },
      });
      writes += 1;
      expect(cuts).toBeGreaterThan(before);
    }
    expect(await readdir(path)).toContain('_SUCCESS');
    const rows = spark.read.parquet<{ id: bigint }>(path);
    expect(await rows.count()).toBe(writes * 1_000);
    const times = rows.groupBy('id').agg({ times: count('*') });
    expect(await times.filter(col('times').eq(writes)).count()).toBe(1_000);
  });

  test('whenever a write of a pipeline has got on leaves its output done, with each row once', async () => {
    let reattached = 0;
    // What is told late, of a write that has ended meanwhile, cuts nothing: a machine that is busy with something else may do so once.
    for (let run = 0; run < 3 && reattached === 0; run += 1) {
      const path = join(folder, `pipeline-${run}`);
      const cutting = pipeline('cutting', (flow) => {
        const raw = flow.source('raw', frames(spark, slow));
        // Only some of it is computed before it is written: the rest of the time passes in the write.
        const held = flow.stage('held', raw, materialiseFrame({ trigger: 'partlyByTake' }));
        flow.write('out', held, sparkFiles(spark, path));
      });
      let cuts = 0;
      const { inspect, states } = watchSparkWrites((state) => {
        if (state !== 'executing.running' || cuts === 5) return;
        cuts += 1;
        proxy.cut();
      });
      const report = await cutting.run({ workers: 1, inspect }).completed;
      expect(report.outputs.map(({ state }) => state)).toEqual(['done']);
      reattached = states.filter((told) => told.endsWith('executing.reattaching')).length;
      expect(states.at(-1)).toMatch(/#1 done$/);
      const rows = spark.read.parquet<{ id: bigint }>(path);
      expect([await rows.count(), await rows.distinct().count()]).toEqual([1_000, 1_000]);
    }
    expect(reattached).toBeGreaterThan(0);
  });

  test('between the batches of a result leaves each row once, in order', async () => {
    const wanted = 300_000;
    let next = 0n;
    let batches = 0;
    for await (const batch of spark.range(0, wanted, { partitions: 3 }).batches()) {
      batches += 1;
      if (batches % 2 === 0) proxy.cut();
      const ids = batch.getChildAt(0);
      for (const id of ids ?? []) {
        if (id !== next) throw new Error(`Row ${id} came where ${next} was due.`);
        next += 1n;
      }
    }
    expect(next).toBe(BigInt(wanted));
  });

  test('while a plan is analysed is made again', async () => {
    proxy.cut();
    expect(await spark.range(1).schema()).toHaveLength(1);
    proxy.cut();
    expect(await spark.conf.get('spark.sql.session.timeZone')).toBe('UTC');
  });
});
