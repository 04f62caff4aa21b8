// What an attempt at an output does after those before it, and what its errors say of them, over real gRPC.
import { status } from '@grpc/grpc-js';
import type { Batch } from '@tailrace/core/sink';
import { afterEach, describe, expect, it } from 'vitest';
import { textOfPlan } from '../frame/plan-text.js';
import { saveModes } from '../protocol/command.js';
import {
  FakeFailure,
  type FakeServer,
  type FakeStream,
  fakeSession,
  startFake,
} from '../testing/fake-server.js';
import { atWork, refused } from '../testing/fake-spark.js';
import { operationIdOf } from './earlier-attempts.js';
import module from './module.js';
import type { SparkTarget } from './spark-files.js';

let server: FakeServer | undefined;
afterEach(() => server?.close());

const away = { code: status.UNAVAILABLE, message: 'The server is away.' };
const late = { code: status.DEADLINE_EXCEEDED, message: 'Deadline exceeded.' };
const ending = (errorClass: string) => (stream: FakeStream) => stream.fail(refused(errorClass));

interface Given {
  readonly attempt: number;
  readonly mode?: SparkTarget['mode'];
  readonly maxRetries?: number;
  readonly signal?: AbortSignal;
  /** Answers whoever asks for the version, which comes first on a connection. Default: it is told. */
  connecting?(): void;
  /** Answers an interrupt of the attempt before. Default: at once. */
  interrupting?(): void;
  /** What becomes of the attempt before, for whoever asks. Default: the server has never heard of it. */
  earlier?(stream: FakeStream): void;
  /** Ends the write. Default: it is complete. */
  writing?(stream: FakeStream): void;
}

/** One attempt at an output, to its end. */
async function attemptAt(given: Given): Promise<void> {
  const { mode = 'error', maxRetries = 3, attempt, signal = new AbortController().signal } = given;
  server = await startFake({
    AnalyzePlan: ({ analyze }) => {
      if (analyze.case === 'inputFiles') throw new FakeFailure(refused('PATH_NOT_FOUND'));
      given.connecting?.();
      return { ...fakeSession, result: { case: 'sparkVersion', value: { version: '4.3.0' } } };
    },
    Interrupt: () => {
      given.interrupting?.();
      return { ...fakeSession, interruptedIds: [] };
    },
    ReattachExecute: (_request, stream) =>
      (given.earlier ?? ending('INVALID_HANDLE.OPERATION_NOT_FOUND'))(stream),
    ExecutePlan: ({ plan: { opType } }, stream) =>
      opType.case === 'command' && given.writing !== undefined ? given.writing(stream) : stream.complete(),
  });
  const retry = { maxRetries, baseMs: 1, capMs: 2 };
  const writer = await module.open({
    options: {
      attachment: { url: server.url, sessionId: '00112233-4455-6677-8899-aabbccddeeff', shared: { retry } },
      path: '/out',
      format: 'parquet',
      mode,
      partitionBy: [],
      options: {},
      staged: false,
      sealKey: '',
    },
    runId: 'run-1',
    output: 'daily',
    write: 0,
    attempt,
    schema: { fields: [] } as never, // Not looked at.
    staging: { id: 'begun-1' },
    signal,
  });
  const range = { case: 'range', value: { start: 0n, end: 3n, step: 1n } } as const;
  const plan = textOfPlan({ common: { planId: 1n }, relType: range }).text;
  // Nothing else of a batch is looked at.
  await writer.write({ toRows: () => [{ plan, sealed: '' }] } as unknown as Batch<unknown>);
  await writer.prepare();
}

/** The modes in which Spark was asked to write. */
const modes = (): string[] =>
  (server?.requests('ExecutePlan') ?? []).flatMap(({ plan: { opType } }) => {
    if (opType.case !== 'command' || opType.value.commandType.case !== 'writeOperation') return [];
    const { mode } = opType.value.commandType.value;
    return Object.entries(saveModes).flatMap(([name, number]) => (number === mode ? [name] : []));
  });

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

describe('an attempt', () => {
  it.each(['ignore', 'error'] as const)(
    'with mode %s leaves what comes to the path meanwhile, and writes over what an attempt of its own has left',
    async (mode) => {
      await attemptAt({ mode, attempt: 1 });
      expect(modes()).toEqual(['error']);
      await server?.close();
      await attemptAt({ mode, attempt: 2 });
      expect(modes()).toEqual(['error']);
      await server?.close();
      await attemptAt({ mode, attempt: 2, earlier: ending('OPERATION_CANCELED') });
      expect(modes()).toEqual(['overwrite']);
      await server?.close();
      await attemptAt({ mode, attempt: 2, earlier: (stream) => stream.complete() });
      expect(modes()).toEqual([]);
    },
  );

  it.each(['ignore', 'error'] as const)(
    'with mode %s writes over nothing when the server has let go of the one before, which may be complete or refused',
    async (mode) => {
      const lost = attemptAt({
        mode,
        attempt: 2,
        earlier: ending('INVALID_HANDLE.OPERATION_ABANDONED'),
        writing: ending('PATH_ALREADY_EXISTS'),
      });
      await expect(lost).rejects.toMatchObject({ context: { outcome: 'unknown' } });
      expect(modes()).toEqual(['error']);
    },
  );

  it.each(['ignore', 'error'] as const)(
    'with mode %s has failed where somebody else has made the path meanwhile',
    async (mode) => {
      const writing = ending('PATH_ALREADY_EXISTS');
      const error = {
        code: 'TARGET_EXISTS',
        status: 'permanent',
        context: { path: '/out', outcome: 'failed' },
      };
      await expect(attemptAt({ mode, attempt: 1, writing })).rejects.toMatchObject(error);
      await server?.close();
      // The one before found it, too.
      await expect(attemptAt({ mode, attempt: 2, earlier: writing, writing })).rejects.toMatchObject(error);
    },
  );

  it('that is complete is kept by the server, for a further one of a writer that died before it could tell', async () => {
    await attemptAt({ attempt: 1 });
    expect(server?.requests('ReleaseExecute')).toEqual([]);
  });

  it('does not know who has made the path when the server knows nothing of the one before', async () => {
    const lost = attemptAt({ attempt: 2, writing: ending('PATH_ALREADY_EXISTS') });
    await expect(lost).rejects.toMatchObject({ status: 'permanent', context: { outcome: 'unknown' } });
  });

  it('asks a server that is away for a while again to stop the one before', async () => {
    let times = 0;
    const interrupting = (): void => {
      times += 1;
      if (times < 4) throw new FakeFailure(away);
    };
    await attemptAt({ attempt: 2, interrupting, earlier: ending('OPERATION_CANCELED') });
    expect([times, modes()]).toEqual([4, ['overwrite']]);
  });

  it('that could not stop the one before in time may be made again, and says that its outcome is not known', async () => {
    let times = 0;
    const interrupting = (): void => {
      times += 1;
      throw new FakeFailure(late);
    };
    await expect(attemptAt({ attempt: 2, interrupting })).rejects.toMatchObject({
      status: 'temporary',
      message: expect.stringContaining('What became of an earlier attempt is not known'),
      context: { outcome: 'unknown', grpcCode: 'DEADLINE_EXCEEDED' },
    });
    expect([times, modes()]).toEqual([1, []]);
  });

  it.each([
    [1, 'failed'],
    [2, 'unknown'],
  ] as const)('number %i that could not connect has the outcome %s', async (attempt, outcome) => {
    const connecting = (): void => {
      throw new FakeFailure(away);
    };
    await expect(attemptAt({ attempt, maxRetries: 0, connecting })).rejects.toMatchObject({
      status: 'temporary',
      context: { outcome, grpcCode: 'UNAVAILABLE' },
    });
  });

  it('that is cancelled while it stops the one before is cancelled', async () => {
    const cancelling = new AbortController();
    const interrupting = (): void => cancelling.abort();
    const { signal } = cancelling;
    await expect(attemptAt({ attempt: 2, interrupting, signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  it('at an append asks what became of the first, lets that end, and is done with it when it is complete', async () => {
    await attemptAt({ mode: 'append', attempt: 1 });
    expect(modes()).toEqual(['append']);
    await server?.close();
    await attemptAt({
      mode: 'append',
      attempt: 3,
      earlier: (stream) => {
        stream.send('r1', atWork);
        stream.complete();
      },
    });
    expect(modes()).toEqual([]);
    const name = { id: 'begun-1', write: 0 };
    expect(server?.requests('ReattachExecute')).toMatchObject([{ operationId: operationIdOf(name, 1) }]);
    expect(server?.requests('Interrupt')).toEqual([]);
  });

  const maybe = { status: 'permanent', context: { path: '/out', outcome: 'unknown' } };
  const unheard = 'The server knows nothing of the first attempt, any more or at all.';
  it.each([
    ['INVALID_HANDLE.OPERATION_NOT_FOUND', unheard],
    ['INVALID_HANDLE.OPERATION_ABANDONED', unheard],
    ['OPERATION_CANCELED', 'Spark has cancelled what it was asked to append in the first attempt.'],
    ['DIVIDE_BY_ZERO', 'Spark could not append in the first attempt: [DIVIDE_BY_ZERO] No.'],
    ['PATH_ALREADY_EXISTS', 'Spark could not append in the first attempt: [PATH_ALREADY_EXISTS] No.'],
  ])(
    'at an append does it never again, whatever else became of the first, and says what: %s',
    async (errorClass, said) => {
      const lost = await attemptAt({ mode: 'append', attempt: 2, earlier: ending(errorClass) }).catch(
        (error: unknown) => error,
      );
      // Of a cause, its message alone reaches another thread.
      expect(lost).toMatchObject({ ...maybe, message: expect.stringContaining(said) });
      const causes = [lost, causeOf(lost), causeOf(causeOf(lost))];
      expect(causes).toContainEqual(expect.objectContaining({ errorClass }));
      expect(server?.requests('ExecutePlan')).toEqual([]);
    },
  );

  it('at an append that cannot ask what became of the first does it never again, and says why', async () => {
    const connecting = (): void => {
      throw new FakeFailure(away);
    };
    const cause = { name: 'SparkError', grpcCode: 'UNAVAILABLE' };
    const message = expect.stringContaining('could not read the version of the server');
    const lost = attemptAt({ mode: 'append', attempt: 2, maxRetries: 0, connecting });
    await expect(lost).rejects.toMatchObject({ ...maybe, message, cause });
    await server?.close();
    const cancelling = new AbortController();
    const asked = attemptAt({
      mode: 'append',
      attempt: 2,
      signal: cancelling.signal,
      earlier: () => cancelling.abort(),
    });
    await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(server?.requests('ExecutePlan')).toEqual([]);
  });

  it('behind one that has ended tells of its own end alone', async () => {
    const given = { attempt: 2, earlier: ending('DIVIDE_BY_ZERO'), writing: ending('DIVIDE_BY_ZERO') };
    await expect(attemptAt(given)).rejects.toMatchObject({ context: { outcome: 'failed' } });
  });
});
