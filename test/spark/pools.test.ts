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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { poolsOf, runningTasks } from './support/rest.js';
import { type SparkServer, startSpark } from './support/server.js';

interface Marked {
  mark: string;
}
type Held = HeldFrame<Marked>;

let computing: SparkSession;
let writing: SparkSession;
let folder: string;

async function connect(url: string): Promise<void> {
  computing = await connectSpark(url, { confs: { 'spark.scheduler.pool': 'computing' } });
  writing = await connectSpark(url, { confs: { 'spark.scheduler.pool': 'writing' } });
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-pools-'));
});
afterEach(async () => {
  await computing.close();
  await writing.close();
  await rm(folder, { recursive: true, force: true });
});

/** Has fifty rows computed and held by the first session, and written by the second. */
async function writeMarks(path: string, before: (held: Held) => Promise<void>): Promise<void> {
  const marking = pipeline('pools', (flow) => {
    // Another text whenever a row is computed.
    const mark = callFunction<string>('java_method', 'java.util.UUID', 'randomUUID');
    const source = flow.source(
      'marks',
      frames(computing, (session) => session.range(50).select({ mark })),
    );
    const held = flow.stage('held', source, materialiseFrame<Marked>({ tags: ['marking'] }));
    const looked = flow.stage(
      'looked at',
      held,
      mapAsync(async (one: Held) => {
        await before(one);
        return one;
      }),
    );
    flow.write('marks', looked, sparkFiles(writing, path));
  });
  await marking.run({ workers: 1 }).completed;
}

const patience = { timeout: 60_000 };
const poolsOfWrite = (ui: string) => expect.poll(() => poolsOf(ui, /_Tag_tailrace\/marks\//), patience);
const poolsOfStage = (ui: string) => expect.poll(() => poolsOf(ui, /_Tag_marking$/), patience);

describe('a session of another pool', () => {
  beforeEach(() => connect(inject('sparkUrl')));

  test('writes what the first one holds, does not compute it again, and has it let go', async () => {
    const path = join(folder, 'marks');
    let seen: Marked[] = [];
    const kept: Held[] = [];
    await writeMarks(path, async (one) => {
      kept.push(one);
      seen = await one.frame.orderBy('mark').collect();
    });
    const left = await computing.read.parquet<Marked>(path).orderBy('mark').collect();
    expect(left).toEqual(seen);
    expect(kept).toHaveLength(1);
    await expect.poll(() => kept[0]?.frame.storageLevel(), patience).toBeUndefined();
    await poolsOfWrite(inject('sparkUi')).toEqual(['writing']);
    await poolsOfStage(inject('sparkUi')).toEqual(['computing']);
  });
});

describe('on a server that schedules fairly', () => {
  let server: SparkServer;
  beforeAll(async () => {
    server = await startSpark({ 'spark.scheduler.mode': 'FAIR' });
  });
  afterAll(() => server.stop());
  beforeEach(() => connect(server.url));

  test('a write has its turn in its pool while a computation that has every core goes on for minutes', async () => {
    const enough = new AbortController();
    let isComputing = true;
    let computed: Promise<unknown> = Promise.resolve();
    await writeMarks(join(folder, 'marks'), async () => {
      // A thousand seconds on two cores.
      const long = computing
        .range(0, 8_000, { partitions: 8_000 })
        .filter("java_method('java.lang.Thread', 'sleep', 250L) IS NULL OR id >= 0");
      computed = long.count({ signal: enough.signal }).catch((error: unknown) => {
        isComputing = false;
        return error;
      });
      await expect.poll(() => runningTasks(server.ui), patience).toBe(2);
    });
    expect(isComputing).toBe(true);
    enough.abort();
    expect(await computed).toMatchObject({ code: 'CANCELLED' });
    await poolsOfWrite(server.ui).toEqual(['writing']);
    await poolsOfStage(server.ui).toEqual(['computing']);
  });
});
