// When the outputs of a run have Spark let go of what they read. As built, since the module of the sink is: both then are of one copy.
import { status } from '@grpc/grpc-js';
import {
  connectSpark,
  frames,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { pipeline } from '@tailrace/core';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterEach, expect, it } from 'vitest';
import {
  FakeFailure,
  type FakeServer,
  type FakeStream,
  fakeSession,
  startFake,
} from '../testing/fake-server.js';
import { statusBytes } from '../testing/status-bytes.js';

const nothing = {
  code: status.INTERNAL,
  message: '[PATH_NOT_FOUND] No.',
  details: statusBytes({ errorClass: 'PATH_NOT_FOUND' }),
};
let server: FakeServer | undefined;
let spark: SparkSession | undefined;

afterEach(async () => {
  await spark?.close();
  await server?.close();
});

it.each([0, 1])(
  'a frame that two outputs read is let go of, once, when the last of them has ended (%i workers)',
  async (workers) => {
    const asked: string[] = [];
    const writes: FakeStream[] = [];
    server = await startFake({
      AnalyzePlan: ({ analyze }) => {
        if (analyze.case === 'inputFiles' || analyze.case === 'schema') throw new FakeFailure(nothing);
        if (analyze.case !== 'persist' && analyze.case !== 'unpersist')
          return { ...fakeSession, result: { case: 'sparkVersion', value: { version: '4.3.0' } } };
        asked.push(analyze.case);
        return { ...fakeSession, result: { case: analyze.case, value: {} } };
      },
      ExecutePlan: ({ plan }, stream) => {
        if (plan.opType.case === 'command') {
          asked.push('write');
          return void writes.push(stream);
        }
        const data = tableToIPC(tableFromArrays({ count: BigInt64Array.of(3n) }), 'stream');
        stream.send('rows', { case: 'arrowBatch', value: { rowCount: 1n, data } });
        stream.complete();
      },
    });
    const session = await connectSpark(server.url, { onWarning: () => {} });
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
    expect(asked).not.toContain('unpersist');
    await expect.poll(() => writes.length, { timeout: 20_000 }).toBe(2);
    writes[1]?.complete();
    expect((await run.completed).outputs.map(({ state }) => state)).toEqual(['done', 'done']);
    await expect.poll(() => asked, { timeout: 20_000 }).toEqual(['persist', 'write', 'write', 'unpersist']);
    await session.close();
    expect(asked.filter((one) => one === 'unpersist')).toHaveLength(1);
  },
);
