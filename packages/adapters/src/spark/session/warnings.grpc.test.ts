// That warnings of the threads of writers reach the function of the session, over real gRPC.
import { connectSpark, frames, materialiseFrame, sparkFiles } from '@tailrace/adapters/spark';
import { pipeline, type TailraceError } from '@tailrace/core';
import { afterEach, expect, it } from 'vitest';
import { FakeFailure } from '../testing/fake-server.js';
import { atWork, type FakeSpark, refused, startFakeSpark } from '../testing/fake-spark.js';

let server: FakeSpark | undefined;
afterEach(() => server?.close());

it.each([0, 1])(
  'what goes wrong in a writer without consequence is told to the function of the session (workers: %s)',
  async (workers) => {
    server = await startFakeSpark({
      write: (stream) => stream.send('first', atWork),
      interrupt: () => {
        throw new FakeFailure(refused('NOT_INTERRUPTED'));
      },
    });
    const warnings: TailraceError[] = [];
    const session = await connectSpark(server.url, { onWarning: (problem) => void warnings.push(problem) });
    const run = pipeline('job', (flow) => {
      const raw = flow.source(
        'raw',
        frames(session, (from) => from.range(3)),
      );
      flow.write('out', flow.stage('held', raw, materialiseFrame()), sparkFiles(session, '/out'));
    }).run({ workers });
    await server.untilDone('write');
    run.abort();
    await run.settled;
    // What has not arrived yet is told before this resolves.
    await session.close();
    expect(warnings).toMatchObject([
      {
        code: 'ENGINE_FAILED',
        operation: 'interrupt an operation',
        context: { errorClass: 'NOT_INTERRUPTED' },
        message: expect.stringContaining('Spark could not interrupt an operation'),
      },
    ]);
  },
);
