// Tables that a frame is saved as, on a real server: what stands there already, and how the rows are laid out.
import { col, connectSpark, type SparkSession } from '@tailrace/adapters/spark';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

let spark: SparkSession;

beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'tables' });
});
afterAll(() => spark.close());

/** Runs with a table name that nothing stands under, before and after. */
async function withTable(name: string, use: (name: string) => Promise<void>): Promise<void> {
  await spark.run(`DROP TABLE IF EXISTS ${name}`);
  try {
    await use(name);
  } finally {
    await spark.run(`DROP TABLE IF EXISTS ${name}`);
  }
}

const ids = async (name: string): Promise<unknown> =>
  (await spark.table<{ id: bigint }>(name).orderBy('id').collect()).map(({ id }) => id);

describe('a frame that is saved as a table', () => {
  test('meets one that is there as its mode says', () =>
    withTable('saved_modes', async (name) => {
      await spark.range(2).write.saveAsTable(name);
      await expect(spark.range(1).write.saveAsTable(name)).rejects.toMatchObject({
        errorClass: 'TABLE_OR_VIEW_ALREADY_EXISTS',
        status: 'permanent',
      });
      await spark.range(9).write.saveAsTable(name, { mode: 'ignore' });
      expect(await ids(name)).toEqual([0n, 1n]);
      await spark.range(2, 4).write.saveAsTable(name, { mode: 'append' });
      expect(await ids(name)).toEqual([0n, 1n, 2n, 3n]);
      await spark.range(7, 8).write.saveAsTable(name, { mode: 'overwrite' });
      expect(await ids(name)).toEqual([7n]);
    }));

  test('has its format, partitions, buckets and their order', () =>
    withTable('saved_layout', async (name) => {
      const frame = spark.range(40).withColumns({ half: col('id').mod(2), k: col('id').mod(5) });
      await frame.write.saveAsTable(name, {
        format: 'orc',
        partitionBy: ['half'],
        bucketBy: { columns: ['k'], buckets: 4, sortBy: ['id'] },
      });
      const told = await spark
        .sql<{ col_name: string; data_type: string }>(`DESCRIBE TABLE EXTENDED ${name}`)
        .collect();
      const layout = Object.fromEntries(told.map((row) => [row.col_name, row.data_type]));
      expect(layout).toMatchObject({
        Provider: 'orc',
        'Num Buckets': '4',
        'Bucket Columns': '[`k`]',
        'Sort Columns': '[`id`]',
      });
      expect(await spark.sql(`SHOW PARTITIONS ${name}`).orderBy('partition').collect()).toEqual([
        { partition: 'half=0' },
        { partition: 'half=1' },
      ]);
      expect(await spark.table(name).filter('half = 1').count()).toBe(20);
    }));
});
