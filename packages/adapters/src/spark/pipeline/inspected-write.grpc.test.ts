// What an inspector sees of a write of Spark: its states, also those of a connection or an operation that is lost, beneath its
// attempt. As built, since the module of the sink is: both then are of one copy.
import {
  connectSpark,
  frames,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { exponential, pipeline } from '@tailrace/core';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterEach, describe, expect, it } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { storageLevel } from '../frame/storage-level.js';
import {
  FakeFailure,
  type FakeServer,
  type FakeStream,
  fakeSession,
  startFake,
} from '../testing/fake-server.js';
import { atWork, refused } from '../testing/fake-spark.js';

let server: FakeServer | undefined;
let spark: SparkSession | undefined;

afterEach(async () => {
  await spark?.close();
  await server?.close();
});

const loseIt = (stream: FakeStream): void => {
  stream.send('r1', atWork);
  stream.end();
};

/** What an inspector reads of an actor; those in other threads have no more than this. */
interface Shown {
  readonly id: string;
  readonly sessionId: string;
  readonly logic?: { readonly config?: { readonly id?: string } };
  readonly _parent?: Shown;
}

/** States of the writes of Spark in the order in which an inspector was told of them, and what each stands beneath. */
function inspected() {
  const states: string[] = [];
  const above: string[] = [];
  const inspect = (event: InspectionEvent): void => {
    const ref = event.actorRef as unknown as Shown;
    if (ref.logic?.config?.id !== 'sparkWrite') return;
    if (event.type === '@xstate.actor')
      above.push(`${ref._parent?.logic?.config?.id} of ${ref._parent?._parent?.id}`);
    if (event.type !== '@xstate.snapshot') return;
    const state = JSON.stringify(Reflect.get(event.snapshot, 'value'));
    if (states.at(-1) !== state) states.push(state);
  };
  return { states, above, inspect };
}

/** Runs a pipeline of one output on a server whose mark is there when `isMarked`, once it was asked to write. */
async function run(
  workers: number,
  isMarked: boolean,
  reattach: (stream: FakeStream) => void,
): Promise<ReturnType<typeof inspected> & { readonly state: string | undefined }> {
  let hasWritten = false;
  server = await startFake({
    AnalyzePlan: ({ analyze }) => {
      switch (analyze.case) {
        case 'persist':
        case 'unpersist':
          return { ...fakeSession, result: { case: analyze.case, value: {} } };
        case 'getStorageLevel':
          return {
            ...fakeSession,
            result: { case: analyze.case, value: { storageLevel: storageLevel('MEMORY_AND_DISK') } },
          };
        case 'inputFiles':
          if (isMarked && hasWritten)
            return { ...fakeSession, result: { case: 'inputFiles', value: { files: ['_SUCCESS'] } } };
          throw new FakeFailure(refused('PATH_NOT_FOUND'));
        case 'schema':
          throw new FakeFailure(refused('PATH_NOT_FOUND'));
        default:
          return { ...fakeSession, result: { case: 'sparkVersion', value: { version: '4.3.0' } } };
      }
    },
    ExecutePlan: ({ plan }, stream) => {
      if (plan.opType.case === 'command') {
        hasWritten = true;
        return loseIt(stream);
      }
      const data = tableToIPC(tableFromArrays({ count: BigInt64Array.of(3n) }), 'stream');
      stream.send('rows', { case: 'arrowBatch', value: { rowCount: 1n, data } });
      stream.complete();
    },
    ReattachExecute: (_request, stream) => reattach(stream),
  });
  const session = await connectSpark(server.url, { onWarning: () => {}, retry: { baseMs: 1, capMs: 2 } });
  spark = session;
  const declared = pipeline('inspected', (flow) => {
    const rows = flow.source(
      'rows',
      frames(session, (from) => from.range(3)),
    );
    const held = flow.stage('held', rows, materialiseFrame());
    flow.write('out', held, sparkFiles(session, '/out'), { retry: exponential({ attempts: 1 }) });
  });
  const seen = inspected();
  const report = await declared.run({ workers, inspect: seen.inspect }).settled;
  return { ...seen, state: report.outputs[0]?.state };
}

const executing = (state: string): string => `{"active":{"executing":"${state}"}}`;
const verifying = '{"active":"verifying"}';

describe.each([0, 1])('an inspector of a run with %i workers', (workers) => {
  it('sees a write reattaching when its connection is lost, and done', async () => {
    const seen = await run(workers, false, (stream) => stream.complete());
    expect(seen.states).toEqual([
      ...['submitting', 'running', 'reattaching', 'running'].map(executing),
      '"done"',
    ]);
    expect(seen.above).toEqual(['attempt of out~1/0']);
    expect(seen.state).toBe('done');
  });

  it.each([
    [true, 'done'],
    [false, 'failed'],
  ] as const)(
    'sees a write verifying when the server has lost it, and what comes of it when its mark is there: %s',
    async (isMarked, end) => {
      const notFound = refused('INVALID_HANDLE.OPERATION_NOT_FOUND');
      const seen = await run(workers, isMarked, (stream) => stream.fail(notFound));
      expect(seen.states).toEqual([
        ...['submitting', 'running', 'reattaching'].map(executing),
        verifying,
        `"${end}"`,
      ]);
      expect(seen.state).toBe(end);
    },
  );
});
