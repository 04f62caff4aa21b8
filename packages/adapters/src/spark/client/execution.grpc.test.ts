// The client against a server that ends streams, loses operations and fails, over real gRPC.
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { connectSpark } from '../session/session.js';
import type { SparkOptions } from '../session/session-options.js';
import type { SparkSession } from '../session/spark-session.js';
import { type FakeServer, type FakeStream, startFake } from '../testing/fake-server.js';
import { type HastyClock, hastyClock } from '../testing/hasty-clock.js';
import { statusBytes } from '../testing/status-bytes.js';
import type { ExecutionEvent } from './execution.js';

let server: FakeServer | undefined;
let spark: SparkSession | undefined;
let clock: HastyClock;

afterEach(async () => {
  await spark?.close();
  await server?.close();
});

async function connect(
  handlers: Parameters<typeof startFake>[0],
  options: SparkOptions = {},
): Promise<SparkSession> {
  server = await startFake(handlers);
  clock = hastyClock();
  spark = await connectSpark(server.url, { clock, random: () => 0, onWarning: () => {}, ...options });
  return spark;
}

const write = (
  session: SparkSession,
  options: Parameters<ReturnType<SparkSession['range']>['write']['noop']>[0] = {},
) => session.range(10).write.noop(options);
const progress = { case: 'executionProgress', value: { stages: [], numInflightTasks: 1n } } as const;
const notFound = (what: string) => ({
  code: status.INTERNAL,
  message: `[INVALID_HANDLE.${what}] The handle is invalid.`,
  details: statusBytes({ errorClass: `INVALID_HANDLE.${what}`, sqlState: 'HY000' }),
});
const away = { code: status.UNAVAILABLE, message: 'The server is away.' };

describe('a stream that ends before the work is done', () => {
  it('is attached to again, behind the last response, until the server says that the work is done', async () => {
    const events: ExecutionEvent[] = [];
    const session = await connect({
      ExecutePlan: (_request, stream) => {
        stream.send('r1', progress);
        stream.end();
      },
      ReattachExecute: ({ lastResponseId }, stream) => {
        if (lastResponseId === 'r1') {
          stream.send('r2', progress);
          stream.end();
        } else stream.complete('r3');
      },
    });
    await write(session, { onEvent: (event) => events.push(event) });
    expect(server?.requests('ExecutePlan')).toHaveLength(1);
    expect(server?.requests('ReattachExecute').map(({ lastResponseId }) => lastResponseId)).toEqual([
      'r1',
      'r2',
    ]);
    expect(events.map(({ type }) => type)).toEqual(['reattaching', 'attached', 'reattaching', 'attached']);
  });

  it('without a single response is attached to after a pause, however often', async () => {
    let times = 0;
    const session = await connect({
      ExecutePlan: (_request, stream) => stream.end(),
      ReattachExecute: (_request, stream) => {
        times += 1;
        if (times === 40) stream.complete();
        else stream.end();
      },
    });
    await write(session);
    expect(times).toBe(40);
    expect(clock.waits.filter((ms) => ms === 100)).toHaveLength(39);
  });

  it('because it says nothing is cut and attached to again', async () => {
    const session = await connect({
      ExecutePlan: () => {},
      ReattachExecute: (_request, stream) => stream.complete(),
    });
    const written = write(session);
    await server?.until('ExecutePlan');
    clock.fireLong();
    await written;
    expect(server?.requests('ReattachExecute')).toHaveLength(1);
  });
});

describe('an execution that fails on the way', () => {
  it('is attached to again with growing pauses while the server is away', async () => {
    let times = 0;
    const session = await connect({
      ExecutePlan: (_request, stream) => {
        stream.send('r1', progress);
        stream.fail(away);
      },
      ReattachExecute: (_request, stream) => {
        times += 1;
        if (times < 4) stream.fail(away);
        else stream.complete();
      },
    });
    await write(session);
    expect(clock.waits.filter((ms) => ms !== 100)).toEqual([50, 200, 800, 3_200]);
  });

  it('has an unknown outcome when the server stays away', async () => {
    const session = await connect(
      {
        ExecutePlan: (_request, stream) => {
          stream.send('r1', progress);
          stream.fail(away);
        },
        ReattachExecute: (_request, stream) => stream.fail(away),
      },
      { retry: { maxRetries: 2 } },
    );
    await expect(write(session)).rejects.toMatchObject({
      name: 'SparkError',
      code: 'ENGINE_FAILED',
      grpcCode: 'UNAVAILABLE',
      outcome: 'unknown',
    });
    expect(server?.requests('ReattachExecute')).toHaveLength(2);
  });

  it('that the server has never heard of is asked for again, once more whole', async () => {
    let isKnown = false;
    const run = (stream: FakeStream): void => {
      if (isKnown) stream.complete();
      else stream.fail(away);
    };
    const session = await connect({
      ExecutePlan: (_request, stream) => run(stream),
      ReattachExecute: (_request, stream) => {
        isKnown = true;
        stream.fail(notFound('OPERATION_NOT_FOUND'));
      },
    });
    await write(session);
    const [first, second] = server?.requests('ExecutePlan') ?? [];
    expect(second?.operationId).toBe(first?.operationId);
  });

  it('that the server has forgotten after a response is never asked for again: what it did is not known', async () => {
    const session = await connect({
      ExecutePlan: (_request, stream) => {
        stream.send('r1', progress);
        stream.end();
      },
      ReattachExecute: (_request, stream) => stream.fail(notFound('OPERATION_NOT_FOUND')),
    });
    await expect(write(session)).rejects.toMatchObject({
      outcome: 'unknown',
      errorClass: 'INVALID_HANDLE.OPERATION_NOT_FOUND',
      sqlState: 'HY000',
    });
    expect(server?.requests('ExecutePlan')).toHaveLength(1);
  });

  it('of a session that the server has lost is not asked for again', async () => {
    const session = await connect({
      ExecutePlan: (_request, stream) => stream.fail(away),
      ReattachExecute: (_request, stream) => stream.fail(notFound('SESSION_CHANGED')),
    });
    await expect(write(session)).rejects.toMatchObject({ outcome: 'unknown' });
    expect(server?.requests('ExecutePlan')).toHaveLength(1);
  });

  it('at once has failed, and is neither tried again nor interrupted', async () => {
    const session = await connect({
      ExecutePlan: (_request, stream) =>
        stream.fail({ code: status.INTERNAL, message: '[DIVIDE_BY_ZERO] Division by zero.' }),
    });
    await expect(write(session)).rejects.toMatchObject({ outcome: 'failed', errorClass: 'DIVIDE_BY_ZERO' });
    expect(server?.requests('ExecutePlan')).toHaveLength(1);
    expect(server?.requests('Interrupt')).toHaveLength(0);
  });
});

describe('an execution whose end Spark has not told', () => {
  it.each([
    ['UNAUTHENTICATED', status.UNAUTHENTICATED],
    ['PERMISSION_DENIED', status.PERMISSION_DENIED],
    ['CANCELLED', status.CANCELLED],
    ['DEADLINE_EXCEEDED', status.DEADLINE_EXCEEDED],
    ['RESOURCE_EXHAUSTED', status.RESOURCE_EXHAUSTED],
    ['UNKNOWN', status.UNKNOWN],
    ['INTERNAL', status.INTERNAL],
  ])('has an unknown outcome when attaching again ends in %s', async (grpcCode, code) => {
    const session = await connect({
      ExecutePlan: (_request, stream) => stream.end(),
      ReattachExecute: (_request, stream) => stream.fail({ code, message: 'No.' }),
    });
    await expect(write(session)).rejects.toMatchObject({ grpcCode, outcome: 'unknown' });
  });

  it('has an unknown outcome when the first call is lost and none may follow', async () => {
    const session = await connect(
      { ExecutePlan: (_request, stream) => stream.fail(away) },
      { retry: { maxRetries: 0 } },
    );
    await expect(write(session)).rejects.toMatchObject({
      outcome: 'unknown',
      // What of an error reaches another thread.
      context: { outcome: 'unknown' },
    });
  });

  it.each([
    ['SESSION_CLOSED', / Connect anew: /],
    ['SESSION_NOT_FOUND', / Connect anew: /],
    ['SESSION_CHANGED', / Connect anew: /],
    ['FORMAT', /The handle is invalid\.$/],
  ])(
    'is known not to be done when the request itself was turned away for its handle, %s',
    async (what, says) => {
      const session = await connect({ ExecutePlan: (_request, stream) => stream.fail(notFound(what)) });
      await expect(write(session)).rejects.toMatchObject({
        outcome: 'failed',
        errorClass: `INVALID_HANDLE.${what}`,
        message: expect.stringMatching(/^Spark could not .*: \[INVALID_HANDLE/),
      });
      await expect(write(session)).rejects.toThrow(says);
      expect(server?.requests('ReattachExecute')).toHaveLength(0);
    },
  );

  it('is not known when the session is gone behind a response', async () => {
    const session = await connect({
      ExecutePlan: (_request, stream) => {
        stream.send('r1', progress);
        stream.fail(notFound('SESSION_CLOSED'));
      },
    });
    await expect(write(session)).rejects.toMatchObject({ outcome: 'unknown' });
  });

  it('is known not to be done when the request itself was turned away', async () => {
    const session = await connect({
      ExecutePlan: (_request, stream) => stream.fail({ code: status.UNAUTHENTICATED, message: 'Who?' }),
    });
    await expect(write(session)).rejects.toMatchObject({ outcome: 'failed' });
  });
});

describe('an execution that is left', () => {
  const endless = {
    ExecutePlan: (_request: unknown, stream: FakeStream) => stream.send('r1', progress),
  };

  it('by an aborted signal is interrupted on the server, and released', async () => {
    const session = await connect(endless);
    const abort = new AbortController();
    const written = write(session, {
      signal: abort.signal,
      operationId: '00112233-4455-6677-8899-aabbccddeeff',
    });
    const failed = expect(written).rejects.toMatchObject({ name: 'CancelledError', code: 'CANCELLED' });
    await server?.until('ExecutePlan');
    abort.abort();
    await failed;
    expect(server?.requests('Interrupt')).toMatchObject([
      { interruptType: 3, interrupt: { case: 'operationId', value: '00112233-4455-6677-8899-aabbccddeeff' } },
    ]);
    await session.close();
    expect(server?.requests('ReleaseExecute').at(-1)?.release.case).toBe('releaseAll');
  });

  it('by a signal that was aborted before is never begun', async () => {
    const session = await connect(endless);
    await expect(write(session, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(server?.requests('ExecutePlan')).toHaveLength(0);
  });

  it('while it waits to attach again does not wait any longer', async () => {
    const abort = new AbortController();
    const waitMs = 300_000;
    const hasty = hastyClock();
    const session = await connect(
      { ...endless, ExecutePlan: (_request, stream) => stream.fail(away) },
      {
        retry: { baseMs: waitMs, capMs: waitMs },
        clock: {
          ...hasty,
          setTimeout(callback, delayMs) {
            // It waits from now on, and nobody would ever wake it.
            if (delayMs === waitMs) setImmediate(() => abort.abort());
            return hasty.setTimeout(callback, delayMs);
          },
        },
      },
    );
    await expect(write(session, { signal: abort.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(abort.signal.aborted).toBe(true);
    expect(server?.requests('ReattachExecute')).toHaveLength(0);
  });

  it('that the server was told to stop by another is cancelled', async () => {
    const session = await connect({
      ExecutePlan: (_request, stream) =>
        stream.fail({
          code: status.INTERNAL,
          message: '[OPERATION_CANCELED] Operation has been canceled.',
          details: statusBytes({ errorClass: 'OPERATION_CANCELED' }),
        }),
    });
    await expect(write(session)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
