// Jobs whose outputs Spark writes, gone on with by a later session.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { col, connectSpark, frames, materialiseFrame, sparkFiles } from '@tailrace/adapters/spark';
import { transform } from '@tailrace/adapters/spark/functions';
import { pipeline } from '@tailrace/core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { runStagedJob, type StagedJob } from './support/staged-job.js';

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

describe('a process that is killed while it puts a staged output in its place', () => {
  const job = (name: string, moment: StagedJob['killAt']) => ({
    url: inject('sparkUrl'),
    out: join(folder, name),
    resume: join(folder, `${name} job`),
    killAt: moment,
  });
  async function killed(staged: StagedJob): Promise<void> {
    const main = createRequire(import.meta.url).resolve('#spark-programs/killed-publishing');
    const child = spawn(process.execPath, [main, JSON.stringify(staged)], { stdio: 'inherit' });
    expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
  }
  const rowsAt = async (path: string): Promise<number> => {
    await using spark = await connectSpark(inject('sparkUrl'));
    return await spark.read.parquet(path).count();
  };

  test('behind the rename, before the journal is told: running again finds it done, though its mode is error', async () => {
    const staged = job('behind', 'published');
    await killed(staged);
    const written = (await readdir(staged.out)).sort();
    expect(written).toContain('_SUCCESS');
    const { outputs } = await runStagedJob(staged);
    expect(outputs).toMatchObject([{ state: 'done', kept: true, rows: 1 }]);
    expect((await readdir(staged.out)).sort()).toEqual(written);
    expect(await rowsAt(staged.out)).toBe(100);
    expect(await runStagedJob(staged)).toMatchObject({ outputs: [{ kept: true }] });
  });

  test('between the two renames that replace: running again writes each row once, and nothing is left', async () => {
    const staged = { ...job('between', 'taken away'), mode: 'overwrite' } as const;
    await (async () => {
      await using spark = await connectSpark(staged.url);
      await spark.range(7).write.parquet(staged.out);
    })();
    await killed(staged);
    await expect(readdir(staged.out)).rejects.toThrow('ENOENT');
    expect(await runStagedJob(staged)).toMatchObject({ outputs: [{ state: 'done', kept: false }] });
    expect(await rowsAt(staged.out)).toBe(100);
    expect((await readdir(folder)).filter((name) => name.includes('tailrace-old'))).toEqual([]);
  });
});

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
