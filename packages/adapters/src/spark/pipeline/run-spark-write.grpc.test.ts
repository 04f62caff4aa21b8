// One write against a server that loses it: what it leaves decides, and nothing is written twice.
import { status } from '@grpc/grpc-js';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterEach, describe, expect, it } from 'vitest';
import { connectSpark, type SparkSession } from '../session/session.js';
import { type FakeServer, type FakeStream, startFake } from '../testing/fake-server.js';
import { hastyClock } from '../testing/hasty-clock.js';
import { statusBytes } from '../testing/status-bytes.js';
import { runSparkWrite } from './run-spark-write.js';
import type { SparkTarget } from './spark-files.js';

let server: FakeServer | undefined;
let spark: SparkSession | undefined;

afterEach(async () => {
  await spark?.close();
  await server?.close();
});

const target: SparkTarget = {
  attachment: { url: 'sc://h', sessionId: 's', shared: {} },
  path: '/out',
  format: 'parquet',
  mode: 'append',
  partitionBy: ['year'],
  options: { compression: 'zstd' },
  staged: false,
};
const refused = (errorClass: string) => ({
  code: status.INTERNAL,
  message: `[${errorClass}] No.`,
  details: statusBytes({ errorClass }),
});

/** @param marks when `_SUCCESS` was written, as it is found by one look after the other */
async function begin(marks: readonly (bigint | undefined)[], write: (stream: FakeStream) => void) {
  const left = [...marks];
  const look = (stream: FakeStream): void => {
    const mark = left.shift();
    if (mark === undefined) {
      stream.fail(refused('PATH_NOT_FOUND'));
      return;
    }
    const data = tableToIPC(tableFromArrays({ modificationTime: BigInt64Array.of(mark) }), 'stream');
    stream.send('rows', { case: 'arrowBatch', value: { rowCount: 1n, data } });
    stream.complete();
  };
  server = await startFake({
    ExecutePlan: ({ plan }, stream) => (plan.opType.case === 'root' ? look(stream) : write(stream)),
    ReattachExecute: (_request, stream) => stream.fail(refused('INVALID_HANDLE.OPERATION_NOT_FOUND')),
  });
  spark = await connectSpark(server.url, { clock: hastyClock(), onWarning: () => {} });
  return runSparkWrite(spark, spark.range(1), target, 'append', 'daily/0#1');
}

const writes = () =>
  server?.requests('ExecutePlan').filter(({ plan }) => plan.opType.case === 'command') ?? [];
const loseIt = (stream: FakeStream): void => {
  stream.send('r1', { case: 'executionProgress', value: { stages: [], numInflightTasks: 1n } });
  stream.end();
};

describe('a write', () => {
  it('asks Spark for what was declared, under a tag that says whose it is', async () => {
    const { completed } = await begin([undefined], (stream) => stream.complete());
    await completed;
    expect(writes()).toMatchObject([
      {
        tags: ['tailrace/daily/0#1'],
        plan: {
          opType: {
            value: {
              commandType: {
                case: 'writeOperation',
                value: {
                  source: 'parquet',
                  mode: 1,
                  partitioningColumns: ['year'],
                  options: { compression: 'zstd' },
                },
              },
            },
          },
        },
      },
    ]);
  });

  it('that the server has lost is done when its mark is another one than before', async () => {
    const { completed } = await begin([5n, 6n], loseIt);
    await completed;
    expect(writes()).toHaveLength(1);
  });

  it.each([
    ['there is none', [undefined, undefined]],
    ['it is the one from before', [5n, 5n]],
  ])(
    'that the server has lost has failed when of marks %s, and is not asked for again',
    async (_what, marks) => {
      const { completed } = await begin(marks, loseIt);
      await expect(completed).rejects.toMatchObject({ outcome: 'unknown' });
      expect(writes()).toHaveLength(1);
    },
  );

  it('that Spark refuses has failed, and is not looked for', async () => {
    const { completed } = await begin([undefined], (stream) => stream.fail(refused('DIVIDE_BY_ZERO')));
    await expect(completed).rejects.toMatchObject({ errorClass: 'DIVIDE_BY_ZERO', outcome: 'failed' });
  });

  it('that is cancelled is interrupted on the server', async () => {
    let begun = (): void => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { completed, cancel } = await begin([undefined], () => begun());
    const failed = expect(completed).rejects.toThrow('Enough.');
    await running;
    cancel(new Error('Enough.'));
    await failed;
    expect(server?.requests('Interrupt').length).toBeGreaterThan(0);
  });
});
