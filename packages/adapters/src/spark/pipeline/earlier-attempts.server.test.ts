// What a real server makes of ids of attempts: that it turns away a request that comes late, and knows what became of one that nobody
// has released.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { writePlan } from '../frame/writer.js';
import { planDoing } from '../protocol/command.js';
import { attachmentOf, attachSpark, connectSpark, innerOf, releaseKept } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import { endOfFirst, operationIdOf, stopEarlier } from './earlier-attempts.js';

let spark: SparkSession;
let folder: string;

beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'attempts' });
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-attempts-'));
});

afterAll(async () => {
  await spark.close();
  await rm(folder, { recursive: true, force: true });
});

const nameOf = (id: string) => ({ id, write: 0 });

/** The write of an attempt, as its thread asks for it, over a connection of its own. */
async function write(path: string, operationId: string): Promise<void> {
  const attached = await attachSpark(attachmentOf(spark));
  const target = { source: 'parquet', saveType: { case: 'path', value: path } } as const;
  const value = writePlan(attached.range(3).relation, target, { mode: 'error' });
  const plan = planDoing({ case: 'writeOperation', value });
  try {
    const { engine } = innerOf(attached);
    for await (const _response of engine.execute(plan, 'write', { operationId, isKept: true }));
  } finally {
    await attached.close();
  }
}

it('an attempt that comes when the next one has looked for it writes nothing', async () => {
  const path = join(folder, 'late');
  const name = nameOf('late');
  expect(await stopEarlier(spark, name, 2, {})).toBe('unheard');
  await expect(write(path, operationIdOf(name, 1))).rejects.toMatchObject({
    errorClass: 'INVALID_HANDLE.OPERATION_ALREADY_EXISTS',
  });
  await expect(readdir(path)).rejects.toMatchObject({ code: 'ENOENT' });
  // A third one learns the same, and so it stays.
  expect(await stopEarlier(spark, name, 3, {})).toBe('unheard');
  await expect(write(path, operationIdOf(name, 2))).rejects.toMatchObject({
    errorClass: 'INVALID_HANDLE.OPERATION_ALREADY_EXISTS',
  });
});

it('an attempt that was complete when its thread died is known to be, until its output has heard of it', async () => {
  const name = nameOf('complete');
  await write(join(folder, 'complete'), operationIdOf(name, 1));
  expect(await endOfFirst(spark, name, {})).toBe('complete');
  expect(await stopEarlier(spark, name, 2, {})).toBe('complete');
  expect(await stopEarlier(spark, name, 2, {})).toBe('complete');
  releaseKept(attachmentOf(spark), [operationIdOf(name, 1)]);
  await innerOf(spark).connection.settled();
  expect(await stopEarlier(spark, name, 2, {})).toBe('unheard');
});

it('an attempt that is at work when its thread dies is waited for by one that must not do it again', async () => {
  const [path, name] = [join(folder, 'at work'), nameOf('at work')];
  const attached = await attachSpark(attachmentOf(spark));
  const { engine } = innerOf(attached);
  const slow = attached
    .range(0, 3, { partitions: 1 })
    .filter("java_method('java.lang.Thread', 'sleep', 2000L) IS NULL OR id >= 0");
  const target = { source: 'parquet', saveType: { case: 'path', value: path } } as const;
  const plan = planDoing({
    case: 'writeOperation',
    value: writePlan(slow.relation, target, { mode: 'append' }),
  });
  const cut = new Promise<void>((resolve, reject) => {
    const responses = engine.execute(plan, 'write', {
      operationId: operationIdOf(name, 1),
      isKept: true,
      onProgress: () => resolve(attached.close()),
    });
    // Nobody hears of its end any more, which fails it here alone.
    responses.next().catch(reject);
  });
  await cut;
  // Spark may not have come as far as to make it.
  expect(await readdir(path).catch(() => [])).not.toContain('_SUCCESS');
  expect(await endOfFirst(spark, name, {})).toBe('complete');
  expect(await readdir(path)).toContain('_SUCCESS');
  expect(await spark.read.parquet(path).count()).toBe(3);
  expect(await endOfFirst(spark, nameOf('never heard of'), {})).toMatchObject({ end: 'unheard' });
});

it('an attempt that has failed is known to have, however often it is asked for', async () => {
  const path = join(folder, 'there');
  const name = nameOf('there');
  await spark.range(1).write.parquet(path);
  await expect(write(path, operationIdOf(name, 1))).rejects.toMatchObject({
    errorClass: 'PATH_ALREADY_EXISTS',
  });
  expect(await stopEarlier(spark, name, 2, {})).toBe('none');
  expect(await stopEarlier(spark, name, 2, {})).toBe('none');
  expect(await endOfFirst(spark, name, {})).toMatchObject({
    end: 'none',
    error: { errorClass: 'PATH_ALREADY_EXISTS', message: expect.stringContaining(path) },
  });
});
