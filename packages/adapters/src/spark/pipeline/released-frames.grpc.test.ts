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
import { map } from 'rxjs';
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
    const asked = fake.done.filter((what) => what !== 'release write');
    expect(asked.map((what) => what.split(' ')[0])).toEqual([
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

/** Two outputs of a frame each, from sources of their own, whose plans differ. */
function twoFrames(session: SparkSession) {
  return pipeline('two frames', (flow) => {
    for (const [name, rows] of [
      ['quick', 3],
      ['slow', 4],
    ] as const) {
      const source = flow.source(
        `rows of ${name}`,
        frames(session, (from) => from.range(rows)),
      );
      const held = flow.stage(`held ${name}`, source, materialiseFrame());
      flow.write(name, held, sparkFiles(session, `/out/${name}`, { mode: 'overwrite' }));
    }
  });
}

it('a frame is let go of when its output has ended, while another output of the run still writes', async () => {
  const writes = new Map<string, FakeStream>();
  const fake = await startFakeSpark({ write: (stream, path) => void writes.set(path, stream) });
  server = fake;
  spark = await connectSpark(fake.url, { onWarning: () => {} });
  const run = twoFrames(spark).run({ workers: 2 });
  await expect.poll(() => writes.size, { timeout: 20_000 }).toBe(2);
  expect(fake.done).not.toContain('unpersist');
  writes.get('/out/quick')?.complete();
  await fake.untilDone('unpersist');
  expect(unpersisted(fake)).toEqual([3n]);
  expect(run.progress().outputs.find(({ name }) => name === 'slow')?.state).toBe('active');
  writes.get('/out/slow')?.complete();
  await run.completed;
  expect(unpersisted(fake)).toEqual([3n, 4n]);
});

it('a frame of which another was made is let go of when that is held, before its output has ended', async () => {
  let write: FakeStream | undefined;
  const fake = await startFakeSpark({
    write: (stream) => {
      write = stream;
    },
  });
  server = fake;
  const session = await connectSpark(fake.url, { onWarning: () => {} });
  spark = session;
  const run = pipeline('made of another', (flow) => {
    const source = flow.source(
      'rows',
      frames(session, (from) => from.range(3)),
    );
    const held = flow.stage('held', source, materialiseFrame());
    const limited = flow.stage(
      'limited',
      held,
      map(({ frame }) => frame.limit(2)),
    );
    flow.write('out', flow.stage('held again', limited, materialiseFrame()), sparkFiles(session, '/out'));
  }).run({ workers: 1 });
  await fake.untilDone('unpersist');
  await fake.untilDone('write');
  expect(unpersisted(fake)).toEqual([3n]);
  write?.complete();
  await run.completed;
  expect(unpersisted(fake)).toHaveLength(2);
});

it('a frame of which another run is just computing another one stays until that is held', async () => {
  let computing: FakeStream | undefined;
  const fake = await startFakeSpark({
    write: (stream) => stream.complete(),
    noop: (stream) => {
      computing = stream;
    },
  });
  server = fake;
  const session = await connectSpark(fake.url, { onWarning: () => {} });
  spark = session;
  const base = session.range(3);
  const written = (name: string, frame: typeof base, trigger: 'count' | 'noop') =>
    pipeline(name, (flow) => {
      const source = flow.source(
        name,
        frames(session, () => frame),
      );
      const held = flow.stage(`held ${name}`, source, materialiseFrame({ trigger }));
      flow.write(name, held, sparkFiles(session, `/out/${name}`, { mode: 'overwrite' }));
    }).run({ workers: 0 });
  const above = written('above', base.limit(2), 'noop');
  await expect.poll(() => computing, { timeout: 20_000 }).toBeDefined();
  await written('below', base, 'count').completed;
  expect(unpersisted(fake)).toEqual([]);
  computing?.complete();
  await above.completed;
  await expect.poll(() => unpersisted(fake), { timeout: 20_000 }).toHaveLength(2);
});

it('what the server keeps of a write is let go of when its output has heard of it', async () => {
  const fake = await startFakeSpark({});
  server = fake;
  const session = await connectSpark(fake.url, { onWarning: () => {} });
  spark = session;
  await twoFrames(session).run({ workers: 1 }).completed;
  await session.close();
  expect(fake.done.filter((what) => what === 'release write')).toHaveLength(2);
});

/** The ends of the ranges that the server was asked to let go of; undefined for another plan. */
const unpersisted = (fake: FakeSpark): (bigint | undefined)[] =>
  fake.requests('AnalyzePlan').flatMap(({ analyze }) => {
    if (analyze.case !== 'unpersist') return [];
    const { relType } = analyze.value.relation;
    return [relType.case === 'range' ? relType.value.end : undefined];
  });
