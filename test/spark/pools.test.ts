// Computing and writing in pools of their own: two sessions with one server, of which the second writes what the first holds.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectSpark,
  frames,
  type HeldFrame,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { callFunction } from '@tailrace/adapters/spark/functions';
import { mapAsync, pipeline } from '@tailrace/core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { poolsOfStages } from './support/rest.js';

let computing: SparkSession;
let writing: SparkSession;
let folder: string;

beforeAll(async () => {
  const url = inject('sparkUrl');
  computing = await connectSpark(url, { confs: { 'spark.scheduler.pool': 'computing' } });
  writing = await connectSpark(url, { confs: { 'spark.scheduler.pool': 'writing' } });
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-pools-'));
});
afterAll(async () => {
  await computing.close();
  await writing.close();
  await rm(folder, { recursive: true, force: true });
});

test('a session of another pool writes what the first one holds, does not compute it again, and has it let go', async () => {
  const path = join(folder, 'marks');
  let seen: { mark: string }[] = [];
  const kept: HeldFrame<{ mark: string }>[] = [];
  const marking = pipeline('pools', (flow) => {
    // Another text whenever a row is computed.
    const mark = callFunction<string>('java_method', 'java.util.UUID', 'randomUUID');
    const source = flow.source(
      'marks',
      frames(computing, (session) => session.range(50).select({ mark })),
    );
    const held = flow.stage('held', source, materialiseFrame<{ mark: string }>());
    const looked = flow.stage(
      'looked at',
      held,
      mapAsync(async (one: HeldFrame<{ mark: string }>) => {
        kept.push(one);
        seen = await one.frame.orderBy('mark').collect();
        return one;
      }),
    );
    flow.write('marks', looked, sparkFiles(writing, path));
  });
  await marking.run({ workers: 1 }).completed;
  const left = await computing.read.parquet<{ mark: string }>(path).orderBy('mark').collect();
  expect(left).toEqual(seen);
  expect(await kept[0]?.frame.storageLevel()).toBeUndefined();
  await expect
    .poll(() => poolsOfStages(inject('sparkUi')), { timeout: 20_000 })
    .toEqual(expect.arrayContaining(['computing', 'writing']));
});
