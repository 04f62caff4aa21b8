// What becomes of plans that cannot be sent, over real gRPC.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSpark } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import { type FakeServer, startFake } from '../testing/fake-server.js';

let server: FakeServer;
let spark: SparkSession;

beforeEach(async () => {
  server = await startFake();
  spark = await connectSpark(server.url);
});
afterEach(async () => {
  await spark.close();
  await server.close();
});

describe('a number that has no room in its field', () => {
  it('is refused by its name where it is given', async () => {
    const frame = spark.range(3);
    for (const build of [
      () => frame.limit(2 ** 31),
      () => frame.offset(1.5),
      () => frame.tail(-(2 ** 31) - 1),
      () => frame.repartition(2 ** 40),
      () => frame.coalesce(Number.NaN),
      () => spark.range(0, 3, { partitions: 2 ** 31 }),
      () => spark.range(2n ** 63n),
    ])
      expect(build).toThrow(/is a whole number/);
    const bucketBy = { columns: ['id'], buckets: 1.5 };
    for (const asked of [
      frame.take(1.5),
      frame.showString(1.5),
      frame.showString(1, 2 ** 31),
      frame.write.saveAsTable('t', { bucketBy }),
    ])
      await expect(asked).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    expect(frame.limit(2 ** 31 - 1)).toBeDefined();
    expect(spark.range(-(2n ** 63n), 2n ** 63n - 1n)).toBeDefined();
    expect(server.requests('ExecutePlan')).toEqual([]);
  });
});

describe('a plan that cannot be encoded', () => {
  it('since it is of too many steps is told of as that, with what cuts it', async () => {
    let frame = spark.range(3).limit(1);
    for (let steps = 0; steps < 20_000; steps += 1) frame = frame.limit(1);
    const refusal = {
      code: 'PLAN_INVALID',
      message: expect.stringMatching(/too many steps.*checkpoint\(\)/),
    };
    await expect(frame.collect()).rejects.toMatchObject(refusal);
    expect(server.requests('ExecutePlan')).toEqual([]);
  });

  it('is an error of the plan, and nothing is sent', async () => {
    const frame = spark.range(3);
    const wrong = frame.derive('limit', { input: frame.relation, limit: 1.5 });
    const refusal = { code: 'PLAN_INVALID', message: expect.stringContaining('Nothing was sent') };
    await expect(wrong.collect()).rejects.toMatchObject(refusal);
    await expect(wrong.schema()).rejects.toMatchObject(refusal);
    // Nor is it asked for when the session is closed.
    await expect(wrong.persist()).rejects.toMatchObject(refusal);
    expect(server.seen.map(({ name }) => name)).toEqual(['AnalyzePlan']);
  });
});
