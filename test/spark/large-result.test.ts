// A result larger than what may be held: read batch by batch, at the pace of whoever reads.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { col, connectSpark } from '@tailrace/adapters/spark';
import { expect, inject, test } from 'vitest';

/** Without it, what is counted is mostly garbage. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}

test('five million rows are read within a budget, while the reader is slower than Spark', async () => {
  const spark = await connectSpark(inject('sparkUrl'), { maxBufferedBytes: 8 * 2 ** 20 });
  const total = 5_000_000;
  const wide = ['b', 'c', 'd', 'e', 'f'].map((name, at) => col('id').plus(at).as(name));
  let rows = 0;
  let sum = 0n;
  let batches = 0;
  let peak = 0;
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  for await (const batch of spark
    .range(0, total, { partitions: 4 })
    .select('*', ...wide)
    .batches()) {
    rows += batch.numRows;
    batches += 1;
    const ids = batch.getChildAt(0)?.toArray() as BigInt64Array; // The column of range is a bigint without nulls.
    for (const id of ids) sum += id;
    // Gives the stream every chance to run ahead.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (batches % 20 !== 0) continue;
    collectGarbage();
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
  }
  await spark.close();
  expect(rows).toBe(total);
  expect(sum).toBe((BigInt(total) * BigInt(total - 1)) / 2n);
  expect(batches).toBeGreaterThan(20);
  console.log(`${total} rows of 48 bytes: at most ${Math.round(peak / 2 ** 20)} MiB held at once`);
  // The rows are 229 MiB; without backpressure most of them would be here.
  expect(peak).toBeLessThan(64 * 2 ** 20);
});

test('what does not fit into the limit of collect is refused, and the job is stopped', async () => {
  const spark = await connectSpark(inject('sparkUrl'), { maxCollectBytes: 2 ** 20 });
  await expect(spark.range(0, 5_000_000, { partitions: 4 }).collect()).rejects.toMatchObject({
    code: 'OVERFLOW',
  });
  expect(await spark.range(10).collect()).toHaveLength(10);
  await spark.close();
});
