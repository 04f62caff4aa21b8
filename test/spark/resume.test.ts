// Jobs whose outputs Spark writes, gone on with by a later session.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { col, connectSpark, frames, materialiseFrame, sparkFiles } from '@tailrace/adapters/spark';
import { transform } from '@tailrace/adapters/spark/functions';
import { pipeline } from '@tailrace/core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-resume-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** One go at a job of two outputs, in a session of its own. */
async function go(compression: string, url: string): Promise<void> {
  await using spark = await connectSpark(url, { userId: 'resume' });
  const job = pipeline('resumed', (flow) => {
    const raw = flow.source(
      'raw',
      frames(
        spark,
        (session) =>
          session
            .range(0, 100, { partitions: 2 })
            .selectExpr('id', 'array(id, 2 * id) AS list')
            .withColumn(
              'list',
              transform('list', (item) => item.plus(1)),
            )
            .filter(col('id').lt(50)),
        { fingerprint: 'the first hundred numbers' },
      ),
    );
    const held = flow.stage('held', raw, materialiseFrame());
    flow.write('first', held, sparkFiles(spark, join(folder, 'first')));
    flow.write('second', held, sparkFiles(spark, join(folder, 'second'), { options: { compression } }));
  });
  await job.run({ resume: join(folder, 'job'), workers: 1 }).completed;
}

test('keeps the output that is done and writes the other, in another session of another connection', async () => {
  const url = inject('sparkUrl');
  await expect(go('no such', url)).rejects.toMatchObject({
    errors: [expect.objectContaining({ message: expect.stringContaining('no such') })],
  });
  const written = (await readdir(join(folder, 'first'))).sort();
  expect(written).toContain('_SUCCESS');
  await go('zstd', `${url}/;token=another;use_ssl=false`);
  // Names of files that Spark writes hold a UUID: other ones would tell of a second write.
  expect((await readdir(join(folder, 'first'))).sort()).toEqual(written);
  expect(await readdir(join(folder, 'second'))).toContain('_SUCCESS');
});
