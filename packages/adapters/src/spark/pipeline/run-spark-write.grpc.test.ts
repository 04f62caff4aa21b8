// One write against a server that loses it: what it leaves decides, and nothing is written twice.
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterEach, describe, expect, it } from 'vitest';
import type { Plan } from '../protocol/command.js';
import type { Relation } from '../protocol/relation.js';
import { connectSpark } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import {
  FakeFailure,
  type FakeServer,
  type FakeStream,
  fakeSession,
  startFake,
} from '../testing/fake-server.js';
import { refused } from '../testing/fake-spark.js';
import { hastyClock } from '../testing/hasty-clock.js';
import { runSparkWrite, type SparkWriteRequest } from './run-spark-write.js';

let server: FakeServer | undefined;
let spark: SparkSession | undefined;

afterEach(async () => {
  await spark?.close();
  await server?.close();
});

const version = { ...fakeSession, result: { case: 'sparkVersion', value: { version: '4.3.0' } } } as const;

type Handlers = NonNullable<Parameters<typeof startFake>[0]>;

const hasty = { clock: hastyClock(), onWarning: () => {} };

async function runOn({ url }: FakeServer, given: Partial<SparkWriteRequest> = {}) {
  spark = await connectSpark(url, hasty);
  return runSparkWrite(spark, {
    frame: spark.range(1),
    target: { path: '/out', format: 'parquet', partitionBy: ['year'], options: { compression: 'zstd' } },
    mode: 'append',
    writeId: 'daily/0#1',
    operationId: '00112233-4455-6677-8899-aabbccddeeff',
    connectAnew: () => connectSpark(url, hasty),
    ...given,
  });
}

/** When `_SUCCESS` was written, on the clock of a server that is at 10 before the write; undefined where there is none. */
type MarkedAt = number | undefined;

async function begin(
  [before, after]: readonly [MarkedAt, MarkedAt],
  write: (stream: FakeStream) => void,
  more: Handlers = {},
) {
  let mark = before;
  server = await startFake({
    AnalyzePlan: ({ analyze }) => {
      if (analyze.case !== 'inputFiles') return version;
      if (mark === undefined) throw new FakeFailure(refused('PATH_NOT_FOUND'));
      const notAfter = optionsOf(analyze.value.plan).modifiedAfter;
      const files = notAfter === undefined || mark > Number(notAfter) ? ['_SUCCESS'] : [];
      return { ...fakeSession, result: { case: 'inputFiles', value: { files } } };
    },
    ExecutePlan: ({ plan }, stream) => {
      if (plan.opType.case === 'command') {
        mark = after;
        return write(stream);
      }
      const data = tableToIPC(tableFromArrays({ now: ['10'] }), 'stream');
      stream.send('rows', { case: 'arrowBatch', value: { rowCount: 1n, data } });
      stream.complete();
    },
    ReattachExecute: (_request, stream) => stream.fail(refused('INVALID_HANDLE.OPERATION_NOT_FOUND')),
    ...more,
  });
  return runOn(server);
}

/** Options of the frame over files that a plan is. */
function optionsOf({ opType }: Plan): Readonly<Record<string, string>> {
  const { relType } = opType.value as Relation; // Frames are plans with a root.
  if (relType.case !== 'read' || relType.value.readType.case !== 'dataSource') throw new Error('No files.');
  return relType.value.readType.value.options ?? {};
}

const writes = () =>
  server?.requests('ExecutePlan').filter(({ plan }) => plan.opType.case === 'command') ?? [];
const loseIt = (stream: FakeStream): void => {
  stream.send('r1', { case: 'executionProgress', value: { stages: [], numInflightTasks: 1n } });
  stream.end();
};

describe('a write', () => {
  it('asks Spark for what was declared, under a tag that says whose it is', async () => {
    const { completed } = await begin([undefined, 12], (stream) => stream.complete());
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
    const { completed } = await begin([5, 12], loseIt);
    await completed;
    expect(writes()).toHaveLength(1);
  });

  it.each([
    ['there is none', [undefined, undefined]],
    ['it is the one from before', [5, 5]],
    ['the one from before is gone, as an overwrite removes it first,', [5, undefined]],
    ['it was ahead of the clock of the server before', [15, 16]],
  ] as const)(
    'that the server has lost has failed when of marks %s, and is not asked for again',
    async (_what, marks) => {
      const { completed } = await begin(marks, loseIt);
      await expect(completed).rejects.toMatchObject({ outcome: 'unknown' });
      expect(writes()).toHaveLength(1);
    },
  );

  it('that the server has lost is done when there is a mark and was none', async () => {
    const { completed } = await begin([undefined, 5], loseIt);
    await completed;
  });

  it('that was never sent, since the look before it was lost, has failed and is known not to be done', async () => {
    const { completed } = await begin([5, 12], loseIt, { ExecutePlan: (_request, stream) => loseIt(stream) });
    await expect(completed).rejects.toMatchObject({ outcome: 'failed', context: { outcome: 'failed' } });
    expect(writes()).toHaveLength(0);
  });

  it('whose server was lost is looked for in a session of its own', async () => {
    const { completed } = await begin([5, 12], loseIt);
    await completed;
    const looks =
      server?.requests('AnalyzePlan').filter(({ analyze }) => analyze.case === 'inputFiles') ?? [];
    const [first, last] = [looks[0]?.sessionId, looks.at(-1)?.sessionId];
    expect(last).not.toBe(first);
    expect(server?.requests('ReleaseSession').map(({ sessionId }) => sessionId)).toEqual([last]);
  });

  it('looks for a mark that Spark hides by itself', async () => {
    const { completed } = await begin([5, 12], (stream) => stream.complete());
    await completed;
    const looks = server?.requests('AnalyzePlan').map(({ analyze }) => analyze) ?? [];
    expect(looks.flatMap((one) => (one.case === 'inputFiles' ? [optionsOf(one.value.plan)] : []))).toEqual([
      { ignoredPathSegmentRegex: '(?!)' },
      { ignoredPathSegmentRegex: '(?!)', modifiedAfter: '10' },
    ]);
  });

  it('that Spark refuses has failed, and is not looked for', async () => {
    const { completed } = await begin([undefined, 12], (stream) => stream.fail(refused('DIVIDE_BY_ZERO')));
    await expect(completed).rejects.toMatchObject({ errorClass: 'DIVIDE_BY_ZERO', outcome: 'failed' });
  });

  it('that is cancelled is interrupted on the server', async () => {
    let begun = (): void => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { completed, cancel } = await begin([undefined, 12], () => begun());
    const failed = expect(completed).rejects.toThrow('Enough.');
    await running;
    cancel(new Error('Enough.'));
    await failed;
    expect(server?.requests('Interrupt').length).toBeGreaterThan(0);
  });

  it('that is cancelled does not wait for a server that never answers', async () => {
    let begun = (): void => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { completed, cancel } = await begin([undefined, 12], () => begun(), {
      Interrupt: () => new Promise(() => {}),
    });
    const failed = expect(completed).rejects.toThrow('Enough.');
    await running;
    cancel(new Error('Enough.'));
    await failed;
  }, 20_000);

  it('is kept by the server until it is complete, so that the next attempt can ask for it', async () => {
    const { completed } = await begin([undefined, 12], (stream) => {
      stream.send('r1', { case: 'executionProgress', value: { stages: [], numInflightTasks: 1n } });
      stream.fail(refused('DIVIDE_BY_ZERO'));
    });
    await expect(completed).rejects.toMatchObject({ outcome: 'failed' });
    await spark?.close();
    const [write] = writes();
    const released = server?.requests('ReleaseExecute').map(({ operationId }) => operationId);
    expect(released).not.toContain(write?.operationId);
  });
});
