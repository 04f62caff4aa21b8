// When the outputs of a run have Spark let go of what they read. As built, since the module of the sink is: both then are of
// one copy.
import {
  connectSpark,
  frames,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { pipeline } from '@tailrace/core';
import { afterEach, expect, it } from 'vitest';
import type { FakeStream } from '../testing/fake-server.js';
import { type FakeSpark, startFakeSpark } from '../testing/fake-spark.js';

let server: FakeSpark | undefined;
let spark: SparkSession | undefined;

afterEach(async () => {
  await spark?.close();
  await server?.close();
});

it.each([0, 1])(
  'a frame that two outputs read is let go of, once, when the last of them has ended (%i workers)',
  async (workers) => {
    const writes: FakeStream[] = [];
    const fake = await startFakeSpark({ write: (stream) => void writes.push(stream) });
    server = fake;
    const session = await connectSpark(fake.url, { onWarning: () => {} });
    spark = session;
    const declared = pipeline('released', (flow) => {
      const rows = flow.source(
        'rows',
        frames(session, (from) => from.range(3)),
      );
      const held = flow.stage('held', rows, materialiseFrame());
      for (const name of ['one', 'two'])
        flow.write(name, held, sparkFiles(session, `/out/${name}`, { mode: 'overwrite' }));
    });
    const run = declared.run({ workers });
    const done = (): number => run.progress().outputs.filter(({ state }) => state === 'done').length;
    // With one thread the second write may be asked for only when the first is done.
    await expect.poll(() => writes.length, { timeout: 20_000 }).toBeGreaterThan(0);
    writes[0]?.complete();
    await expect.poll(done, { timeout: 20_000 }).toBe(1);
    expect(fake.done).not.toContain('unpersist');
    await expect.poll(() => writes.length, { timeout: 20_000 }).toBe(2);
    writes[1]?.complete();
    expect((await run.completed).outputs.map(({ state }) => state)).toEqual(['done', 'done']);
    await expect.poll(() => fake.done, { timeout: 20_000 }).toContain('unpersist');
    expect(fake.done.map((what) => what.split(' ')[0])).toEqual([
      'persist',
      'count',
      'write',
      'write',
      'unpersist',
    ]);
    await session.close();
    expect(fake.done.filter((what) => what === 'unpersist')).toHaveLength(1);
  },
);
