// That the server is told which responses were read, over real gRPC, so that it need not keep them.
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { connectSpark } from '../session/session.js';
import type { SparkOptions } from '../session/session-options.js';
import type { SparkSession } from '../session/spark-session.js';
import { type FakeServer, startFake } from '../testing/fake-server.js';
import { hastyClock } from '../testing/hasty-clock.js';

let server: FakeServer | undefined;
let spark: SparkSession | undefined;

afterEach(async () => {
  await spark?.close();
  await server?.close();
});

async function connect(
  handlers: Parameters<typeof startFake>[0],
  options: SparkOptions = {},
): Promise<SparkSession> {
  server = await startFake(handlers);
  spark = await connectSpark(server.url, { clock: hastyClock(), onWarning: () => {}, ...options });
  return spark;
}

const progress = { case: 'executionProgress', value: { stages: [], numInflightTasks: 1n } } as const;

describe('responses that were read', () => {
  it('are released while the work goes on, and all of them in the end', async () => {
    const session = await connect({
      ExecutePlan: (_request, stream) => {
        stream.send('r1', progress);
        void server?.until('ReleaseExecute').then(() => stream.complete('r2'));
      },
    });
    await session.range(10).write.noop();
    await session.close();
    expect(server?.requests('ReleaseExecute').map(({ release }) => release)).toMatchObject([
      { case: 'releaseUntil', value: { responseId: 'r1' } },
      { case: 'releaseAll' },
    ]);
  });

  it('that cannot be released do no harm, and are told of', async () => {
    const warnings: string[] = [];
    const session = await connect(
      {
        ExecutePlan: (_request, stream) => stream.complete(),
        ReleaseExecute: () => {
          throw Object.assign(new Error('No.'), { code: status.INTERNAL });
        },
      },
      { onWarning: ({ message }) => warnings.push(message) },
    );
    await session.range(10).write.noop();
    await session.close();
    expect(warnings).toEqual([expect.stringContaining('release results')]);
  });
});
