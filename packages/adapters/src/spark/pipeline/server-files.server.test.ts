// What is seen of the server's files, against a real server: what it hides by itself cannot be learnt from a fake.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { writePlan } from '../frame/writer.js';
import { planDoing } from '../protocol/command.js';
import { attachmentOf, attachSpark, connectSpark, innerOf } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import { isRefusedAsThere, operationIdOf, stopEarlier } from './earlier-attempts.js';
import { isMarkedAnew, markAt, standsAt } from './server-files.js';

let spark: SparkSession;
let folder: string;

beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'files' });
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-files-'));
});

afterAll(async () => {
  await spark.close();
  await rm(folder, { recursive: true, force: true });
});

it('a mark is seen where a write is complete, and told from that of the next; servers before 4.3 show none', async () => {
  const path = join(folder, 'marked');
  expect(await markAt(spark, path, {})).toBe('none');
  await spark.range(3).write.parquet(path);
  if (/^4\.[0-2]\./.test(spark.version)) {
    expect(await isMarkedAnew(spark, path, 'none', {})).toBe(false);
    return;
  }
  expect(await isMarkedAnew(spark, path, 'none', {})).toBe(true);
  const first = await markAt(spark, path, {});
  expect(first).toEqual({ notAfter: expect.stringMatching(/Z$/) });
  expect(await isMarkedAnew(spark, path, first, {})).toBe(false);
  await spark.range(3).write.parquet(path, { mode: 'append' });
  expect(await isMarkedAnew(spark, path, first, {})).toBe(true);
  await rm(join(path, '_SUCCESS'));
  expect(await markAt(spark, path, {})).toBe('none');
});

it('paths are taken as they are written, though Spark reads by patterns', async () => {
  await spark.range(3).write.parquet(join(folder, 'day-1'));
  const other = join(folder, 'day-[1]');
  expect(await standsAt(spark, other, {})).toBe(false);
  expect(await markAt(spark, other, {})).toBe('none');
  for (const name of ['day-[1]', 'q{a,b}*?[1]', 'a [b] ü #%41', '{', ']', '*', 'a?']) {
    const path = join(folder, name);
    expect([name, await standsAt(spark, path, {})]).toEqual([name, false]);
    await spark.range(3).write.parquet(path);
    expect([name, await standsAt(spark, path, {})]).toEqual([name, true]);
    const isShown = !/^4\.[0-2]\./.test(spark.version);
    expect([name, await isMarkedAnew(spark, path, 'none', {})]).toEqual([name, isShown]);
  }
});

it('a write that may not touch what stands there is known by what Spark says', async () => {
  const path = join(folder, 'refused');
  await spark.range(3).write.parquet(path);
  const refusal = await spark
    .range(3)
    .write.parquet(path, { mode: 'error' })
    .catch((error: unknown) => error);
  expect(isRefusedAsThere(refusal)).toBe(true);
});

it('what is no dataset stands there, too', async () => {
  const path = join(folder, 'mixed');
  await spark.range(3).write.parquet(join(path, 'a=1'));
  await spark.range(3).write.parquet(join(path, 'x', 'b=2'));
  expect(await standsAt(spark, path, {})).toBe(true);
  expect(await standsAt(spark, join(path, 'x', 'b=2', '_SUCCESS'), {})).toBe(true);
  await mkdir(join(folder, 'empty'));
  expect(await standsAt(spark, join(folder, 'empty'), {})).toBe(true);
});

it('what was removed is not there any more, however often it was looked for', async () => {
  const path = join(folder, 'removed');
  await spark.range(3).write.parquet(path);
  // As two runs do: each over a connection of its own to the same session.
  const stands = async (): Promise<boolean> => {
    const attached = await attachSpark(attachmentOf(spark));
    return standsAt(attached, path, {}).finally(() => attached.close());
  };
  expect(await stands()).toBe(true);
  await rm(path, { recursive: true });
  expect(await stands()).toBe(false);
});

it('an attempt that is at work is stopped over another connection, and has ended when that is told', async () => {
  const path = join(folder, 'attempts');
  const name = { id: 'begun-1', write: 0 };
  const frame = spark
    .range(0, 4, { partitions: 4 })
    .filter("java_method('java.lang.Thread', 'sleep', 30000L) IS NULL OR id >= 0");
  const value = writePlan(
    frame.relation,
    { source: 'parquet', saveType: { case: 'path', value: path } },
    { mode: 'overwrite' },
  );
  const plan = planDoing({ case: 'writeOperation', value });
  // The connection of a thread that dies in the middle.
  const dying = await attachSpark(attachmentOf(spark));
  const { channel, inSession } = innerOf(dying).connection;
  const operationId = operationIdOf(name, 1);
  const reattachable = { case: 'reattachOptions', value: { reattachable: true } } as const;
  const requestOptions = [{ requestOption: reattachable }];
  const stream = channel.stream('ExecutePlan', {
    ...inSession(),
    operationId,
    plan,
    tags: [],
    requestOptions,
  });
  let running = 0n;
  while (running === 0n) {
    const response = await stream.next();
    if (response === undefined) throw new Error('The write has ended.');
    const { responseType } = response;
    if (responseType.case === 'executionProgress') running = responseType.value.numInflightTasks;
  }
  channel.close();
  expect(await readdir(path)).toEqual(['_temporary']);
  expect(await stopEarlier(spark, name, 2, {})).toBe('stopped');
  // Spark's committer cleans up while its tasks do, and each may come in the way of the other: what stays is not among the
  // files, and nothing of it comes between those of the next attempt.
  expect((await readdir(path).catch(() => [])).filter((entry) => entry !== '_temporary')).toEqual([]);
  await spark.range(7).write.parquet(path, { mode: 'overwrite' });
  expect(await spark.read.parquet(path).count()).toBe(7);
  expect(await readdir(path)).not.toContain('_temporary');
});
