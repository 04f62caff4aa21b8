// What each trigger of materialiseFrame makes Spark compute, by Spark's own count of the partitions that it holds.
import {
  col,
  connectSpark,
  type DataFrame,
  lit,
  materialiseFrame,
  type SparkSession,
  type Trigger,
} from '@tailrace/adapters/spark';
import { count } from '@tailrace/adapters/spark/functions';
import { firstValueFrom, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type StoredRdd, storedRdds } from './support/rest.js';

let spark: SparkSession;

beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'triggers' });
});
afterAll(() => spark.close());

/** Partitions that Spark holds of a frame after its trigger, and how many it has in all. */
async function heldAfter(frame: DataFrame<object>, trigger: Trigger) {
  const before = new Set((await storedRdds(inject('sparkUi'))).map(({ id }) => id));
  const from = performance.now();
  const held = await firstValueFrom(of(frame).pipe(materialiseFrame({ trigger, level: 'MEMORY_ONLY' })));
  const ms = Math.round(performance.now() - from);
  // The interface of Spark learns of it by events, one after the other: it knows all of this frame when it knows of a later one.
  const later = spark.range(1).withColumn('later', lit(performance.now()));
  await later.persist('MEMORY_ONLY');
  await later.count();
  const found = async (): Promise<readonly StoredRdd[]> =>
    (await storedRdds(inject('sparkUi'))).filter(({ id }) => !before.has(id)).sort((a, b) => a.id - b.id);
  await expect
    .poll(async () => (await found()).map(({ numCachedPartitions }) => numCachedPartitions > 0), {
      timeout: 60_000,
    })
    .toEqual([true, true]);
  const [last] = await found();
  await later.unpersist({ blocking: true });
  await held.release();
  const shown = `${last?.numCachedPartitions} of ${last?.numPartitions}`;
  console.log(`| Spark ${spark.version} | ${trigger} | ${shown} | ${ms} ms |`);
  return { held: last?.numCachedPartitions, of: last?.numPartitions };
}

const plain = (n: number) => spark.range(0, 80_000, { partitions: 8 }).withColumn('x', col('id').times(n));
/** Servers before 4.2 make all partitions of a limited result before they send one of them. */
const takesFromAll = (version: string): boolean => /^4\.[01]\./.test(version);
const whole: readonly Trigger[] = ['count', 'noop', 'checkpoint'];
const partly: readonly Trigger[] = ['partlyByTake', 'partlyByFirst', 'partlyByIsEmpty'];

describe('of a plan without a shuffle', () => {
  test.each(whole)('%s fills every partition', async (trigger) => {
    expect(await heldAfter(plain(2 + whole.indexOf(trigger)), trigger)).toEqual({ held: 8, of: 8 });
  });

  test.each(partly)('%s fills some partitions, and not all, but on servers before 4.2', async (trigger) => {
    const { held = 0, of: all } = await heldAfter(plain(12 + partly.indexOf(trigger)), trigger);
    expect(all).toBe(8);
    if (takesFromAll(spark.version)) expect(held).toBe(8);
    else {
      expect(held).toBeGreaterThan(0);
      expect(held).toBeLessThan(8);
    }
  });
});

describe('of a plan with a shuffle', () => {
  test.each(['count', 'partlyByTake'] as const)('%s fills every partition', async (trigger) => {
    const grouped = plain(trigger === 'count' ? 22 : 23)
      .groupBy(col('x').mod(100).as('k'))
      .agg({ n: count('*') });
    const { held, of: all } = await heldAfter(grouped, trigger);
    expect(held).toBe(all);
  });
});
