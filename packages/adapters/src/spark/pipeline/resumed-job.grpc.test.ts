// What becomes of outputs of Spark in jobs that are resumed, over real gRPC.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exponential, pipeline, type RunOptions } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSpark } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import { atWork, type FakeSpark, type FakeSparkHandlers, startFakeSpark } from '../testing/fake-spark.js';
import { frames } from './frames.js';
import { materialiseFrame } from './materialise-frame.js';
import { sparkFiles } from './spark-files.js';

let server: FakeSpark | undefined;
let spark: SparkSession | undefined;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tailrace-resumed-'));
});
afterEach(async () => {
  await spark?.close();
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});

async function start(handlers: FakeSparkHandlers) {
  server = await startFakeSpark(handlers);
  const session = await connectSpark(server.url, { onWarning: () => {} });
  spark = session;
  const run = (mode: 'append' | 'error' | 'overwrite', options: RunOptions = {}) =>
    pipeline('job', (flow) => {
      const declare = (from: SparkSession) => from.range(3);
      const raw = flow.source('raw', frames(session, declare, { fingerprint: 'three' }));
      const held = flow.stage('held', raw, materialiseFrame());
      flow.write('out', held, sparkFiles(session, '/out', { mode }), { retry: exponential({ attempts: 1 }) });
    }).run({ workers: 1, resume: join(directory, 'job'), ...options });
  return { fake: server, run };
}

const writes = (fake: FakeSpark): string[] => fake.done.filter((what) => what.startsWith('write'));

describe('an output of Spark in a job that is resumed', () => {
  it('that appends is refused before anything is written', async () => {
    const { fake, run } = await start({});
    const { outputs } = await run('append').settled;
    expect(outputs[0]).toMatchObject({ state: 'failed', error: { code: 'PLAN_INVALID' } });
    expect(fake.done).toEqual([]);
  });

  it('is refused with durable: true, as what Spark holds is gone when a later run reads its name', async () => {
    const { fake, run } = await start({});
    expect(() => run('overwrite', { durable: true })).toThrow(
      /durable: true cannot be kept with output 'out'/,
    );
    expect(fake.done).toEqual([]);
  });

  it('that was cut off says what stands there, and how the job goes on', async () => {
    let begun = false;
    const { fake, run } = await start({
      stands: () => begun,
      write: (stream) => {
        if (begun) return stream.complete();
        begun = true;
        stream.send('first', atWork);
      },
    });
    const first = run('error');
    await fake.untilDone('write');
    first.abort();
    expect((await first.settled).outputs[0]?.state).toBe('cancelled');
    const { outputs } = await run('error').settled;
    expect(outputs[0]).toMatchObject({
      state: 'failed',
      error: {
        code: 'TARGET_EXISTS',
        message: expect.stringMatching(/earlier run of this job .* No _SUCCESS is seen there/s),
      },
    });
    expect((await run('overwrite').settled).outputs[0]?.state).toBe('done');
    expect(writes(fake)).toEqual(['write /out error', 'write /out overwrite']);
  });

  it('is asked for anew, under an id that the server has not had, where the job goes on in the same session', async () => {
    let begun = false;
    const { fake, run } = await start({
      write: (stream) => {
        if (begun) return stream.complete();
        begun = true;
        stream.send('first', atWork);
      },
    });
    const first = run('overwrite');
    await fake.untilDone('write');
    first.abort();
    expect((await first.settled).outputs[0]?.state).toBe('cancelled');
    const second = await run('overwrite').settled;
    expect([second.runId, second.outputs[0]?.state]).toEqual([(await first.settled).runId, 'done']);
    expect(writes(fake)).toEqual(['write /out overwrite', 'write /out overwrite']);
  });
});
