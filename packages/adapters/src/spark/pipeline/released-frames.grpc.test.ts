// When the outputs of a run have Spark let go of what they read. As built, since the module of the sink is: both then are of
// one copy.
import { status } from '@grpc/grpc-js';
import {
  connectSpark,
  frames,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { pipeline } from '@tailrace/core';
import { firstValueFrom, map, of } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeFailure, type FakeStream } from '../testing/fake-server.js';
import { type FakeSpark, refused, startFakeSpark } from '../testing/fake-spark.js';

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

/** Have Spark hold a frame by hand, and give what lets go of it. */
const holding = {
  'that was persisted by hand': async (session: SparkSession) => {
    const frame = session.range(3);
    await frame.persist();
    return () => frame.unpersist();
  },
  'that was materialised outside a run': async (session: SparkSession) => {
    const held = await firstValueFrom(of(session.range(3)).pipe(materialiseFrame()));
    return () => held.release();
  },
};

describe.each(Object.entries(holding))('a frame %s', (_how, hold) => {
  /** How often Spark was asked to let go of it: other frames are of other plans. */
  const times = (fake: FakeSpark): number => unpersisted(fake).filter((end) => end === 3n).length;
  const started = async () => {
    const fake = await startFakeSpark({});
    server = fake;
    const [session, other] = await Promise.all([connectSpark(fake.url), connectSpark(fake.url)]);
    spark = session;
    const run = (): Promise<unknown> => twoFrames(session).run({ workers: 0 }).completed;
    return { fake, session, other, run, letGo: await hold(other) };
  };

  it('stays when runs end that have held an equal plan, until it is let go of by hand', async () => {
    const { fake, session, other, run, letGo } = await started();
    await run();
    await run();
    expect(unpersisted(fake)).toEqual([4n, 4n]);
    await letGo();
    expect(times(fake)).toBe(1);
    await run();
    expect(times(fake)).toBe(2);
    for (const one of [session, other]) await one.close();
    expect(times(fake)).toBe(2);
  });

  it('stays when the session of such a run is closed, and goes with its own', async () => {
    const { fake, session, other, run } = await started();
    await run();
    await session.close();
    expect(times(fake)).toBe(0);
    await other.close();
    expect(times(fake)).toBe(1);
    const last = await connectSpark(fake.url);
    spark = last;
    await twoFrames(last).run({ workers: 0 }).completed;
    expect(times(fake)).toBe(2);
  });
});

const lost = (what: string) => (): never => {
  throw new FakeFailure(refused(`INVALID_HANDLE.SESSION_${what}`));
};

it.each([
  ['SESSION_NOT_FOUND', lost('NOT_FOUND')],
  ['SESSION_CLOSED', lost('CLOSED')],
  ['SESSION_CHANGED', lost('CHANGED')],
  ['SESSION_CHANGED', () => 'server-2'],
])(
  'what a session held by hand goes with runs that hold equal plans once its server has said that it is lost: %s',
  async (errorClass, nameOf) => {
    let isLost = false;
    const fake = await startFakeSpark({
      nameOf: (sessionId) => (isLost && sessionId === other.sessionId ? nameOf() : 'server-1'),
    });
    server = fake;
    const [session, other] = await Promise.all([connectSpark(fake.url), connectSpark(fake.url)]);
    spark = session;
    await other.range(3).persist();
    await firstValueFrom(of(other.range(4)).pipe(materialiseFrame()));
    const run = (): Promise<unknown> => twoFrames(session).run({ workers: 0 }).completed;
    isLost = true;
    await run();
    expect(unpersisted(fake)).toEqual([]);
    await expect(other.range(5).isPersisted()).rejects.toMatchObject({
      errorClass: `INVALID_HANDLE.${errorClass}`,
    });
    await run();
    expect(unpersisted(fake)).toEqual([3n, 4n]);
    await other.close();
  },
);

it('what a session holds by hand goes with runs that hold equal plans while its server is away for it', async () => {
  let isAway = false;
  const fake = await startFakeSpark({
    nameOf: (sessionId) => {
      if (!isAway || sessionId !== other.sessionId) return 'server-1';
      throw new FakeFailure({ code: status.UNAVAILABLE, message: 'The server is away.' });
    },
  });
  server = fake;
  const retry = { maxRetries: 0 };
  const [session, other] = await Promise.all([connectSpark(fake.url), connectSpark(fake.url, { retry })]);
  spark = session;
  await other.range(3).persist();
  await firstValueFrom(of(other.range(4)).pipe(materialiseFrame()));
  const run = (): Promise<unknown> => twoFrames(session).run({ workers: 0 }).completed;
  isAway = true;
  await run();
  expect(unpersisted(fake)).toEqual([]);
  await expect(other.range(5).isPersisted()).rejects.toMatchObject({ grpcCode: 'UNAVAILABLE' });
  await run();
  expect(unpersisted(fake)).toEqual([3n, 4n]);
  isAway = false;
  await other.range(5).isPersisted();
  await run();
  expect(unpersisted(fake)).toEqual([3n, 4n]);
  await other.close();
});

it('a frame that was persisted by hand stays when a run ends that was given it', async () => {
  const fake = await startFakeSpark({});
  server = fake;
  const session = await connectSpark(fake.url);
  spark = session;
  const mine = session.range(3);
  await mine.persist();
  await pipeline('given', (flow) => {
    const source = flow.source(
      'rows',
      frames(session, () => mine),
    );
    flow.write('out', flow.stage('held', source, materialiseFrame()), sparkFiles(session, '/out'));
  }).run({ workers: 0 }).completed;
  expect(unpersisted(fake)).toEqual([]);
  await session.close();
  expect(unpersisted(fake)).toEqual([3n]);
});

it('what is persisted by hand is so behind an equal plan that just goes, which would take it along', async () => {
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const fake = await startFakeSpark({ unpersist: () => answered });
  server = fake;
  const session = await connectSpark(fake.url);
  spark = session;
  const run = pipeline('one', (flow) => {
    const source = flow.source(
      'rows',
      frames(session, (from) => from.range(3)),
    );
    flow.write('out', flow.stage('held', source, materialiseFrame()), sparkFiles(session, '/out'));
  }).run({ workers: 0 });
  await fake.untilDone('unpersist');
  const persisting = session.range(3).persist();
  await session.range(4).persist();
  answer();
  await Promise.all([persisting, run.completed]);
  const persisted = fake.requests('AnalyzePlan').flatMap(({ analyze }) => {
    if (analyze.case !== 'persist') return [];
    const { relType } = analyze.value.relation;
    return relType.case === 'range' ? [relType.value.end] : [];
  });
  expect(persisted).toEqual([3n, 4n, 3n]);
});

it('a session waits with its end for what Spark is just asked to let go of', async () => {
  let answer = (): void => {};
  const first = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const fake = await startFakeSpark({
    unpersist: () => (unpersisted(fake).length === 1 ? first : Promise.resolve()),
  });
  server = fake;
  const session = await connectSpark(fake.url);
  spark = session;
  await pipeline('made of another', (flow) => {
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
  }).run({ workers: 0 }).completed;
  // No output has taken the first, and nobody waits for the end of its stage.
  expect(unpersisted(fake)).toEqual([3n, undefined]);
  const closing = session.close();
  answer();
  await closing;
  expect(unpersisted(fake)).toEqual([3n, undefined]);
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
