// When Spark is asked to let go of held frames, and what becomes of a run whose server does not answer then, over real gRPC. As
// built, since the module of the sink is: both then are of one copy.
import {
  connectSpark,
  frames,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { exponential, pipeline } from '@tailrace/core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  atWork,
  type FakeSpark,
  type FakeSparkHandlers,
  refused,
  startFakeSpark,
} from '../testing/fake-spark.js';

let server: FakeSpark | undefined;
let spark: SparkSession | undefined;

afterEach(async () => {
  await server?.close();
  await spark?.close().catch(() => undefined); // Its server is gone.
});

async function start(handlers: FakeSparkHandlers) {
  const warnings: string[] = [];
  server = await startFakeSpark(handlers);
  // A call may take a minute, and a server that is gone is not tried again.
  const session = await connectSpark(server.url, {
    onWarning: ({ message }) => warnings.push(message),
    retry: { maxRetries: 0 },
  });
  spark = session;
  return { fake: server, session, warnings };
}

const once = { retry: exponential({ attempts: 1 }) };

describe('a plan that two stages hold', () => {
  it('stays for the output of one when the other fails', async () => {
    let finish = (): void => {};
    const { fake, session } = await start({
      write: (stream) => {
        finish = () => stream.complete();
      },
      noop: (stream) => stream.fail(refused('DIVIDE_BY_ZERO')),
    });
    const run = pipeline('two', (flow) => {
      const raw = flow.source(
        'raw',
        frames(session, (from) => from.range(3)),
      );
      const write = (name: string, trigger: 'count' | 'noop') =>
        flow.write(
          name,
          flow.stage(`held ${name}`, raw, materialiseFrame({ trigger })),
          sparkFiles(session, `/${name}`),
          once,
        );
      write('good', 'count');
      write('bad', 'noop');
    }).run({ workers: 1 });
    await fake.untilDone('write /good');
    const bad = () => run.progress().outputs.find(({ name }) => name === 'bad')?.state;
    await expect.poll(bad, { timeout: 20_000 }).toBe('failed');
    expect(fake.done).not.toContain('unpersist');
    finish();
    const { outputs } = await run.settled;
    expect(outputs.map(({ name, state }) => [name, state])).toEqual([
      ['good', 'done'],
      ['bad', 'failed'],
    ]);
    expect(fake.done.filter((what) => what === 'unpersist').length).toBeGreaterThan(0);
  });
});

describe('a server that does not answer when it is to let go', () => {
  const never = (): Promise<void> => new Promise(() => {});
  const declared = (session: SparkSession) =>
    pipeline('silent', (flow) => {
      const raw = flow.source(
        'raw',
        frames(session, (from) => from.range(3)),
      );
      flow.write('out', flow.stage('held', raw, materialiseFrame()), sparkFiles(session, '/out'), once);
    });
  const told = [expect.stringContaining('has not answered within 2 s')];

  it('does not hold up an output that is written', async () => {
    const { session, warnings } = await start({ unpersist: never });
    const { outputs } = await declared(session).run({ workers: 1 }).settled;
    expect([outputs[0]?.state, warnings]).toEqual(['done', told]);
  });

  it('does not hold up a run that is aborted', async () => {
    const { fake, session, warnings } = await start({
      unpersist: never,
      write: (stream) => stream.send('first', atWork),
    });
    const run = declared(session).run({ workers: 1 });
    await fake.untilDone('write');
    run.abort();
    const { outputs } = await run.settled;
    expect([outputs[0]?.state, warnings]).toEqual(['cancelled', told]);
  });
});
