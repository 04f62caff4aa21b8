// What a session lets go of when it is closed, over real gRPC.
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RequestOf, ResponseOf } from '../protocol/service.js';
import { FakeFailure, type FakeServer, fakeSession, startFake } from '../testing/fake-server.js';
import { hastyClock } from '../testing/hasty-clock.js';
import { connectSpark, innerOf } from './session.js';

let server: FakeServer | undefined;
afterEach(() => server?.close());

type Analysis = RequestOf<'AnalyzePlan'>['analyze'];
type Answer = ResponseOf<'AnalyzePlan'>;

/** Answers what is asked, but for what `given` says. */
const analysing = (given: { readonly [C in Analysis['case']]?: () => Answer | Promise<Answer> }) => ({
  AnalyzePlan: ({ analyze }: RequestOf<'AnalyzePlan'>): Answer | Promise<Answer> => {
    const own = given[analyze.case];
    if (own !== undefined) return own();
    if (analyze.case === 'sparkVersion')
      return { ...fakeSession, result: { case: 'sparkVersion', value: { version: '4.0.0' } } };
    // Of those that are asked for here, no answer says anything.
    return { ...fakeSession, result: { case: analyze.case as 'persist', value: {} } };
  },
});

/** The ends of the ranges that were let go of, in order, and what came last. */
function letGo({ seen, requests }: FakeServer) {
  const ends = requests('AnalyzePlan').flatMap(({ analyze }) => {
    if (analyze.case !== 'unpersist') return [];
    const { relType } = analyze.value.relation;
    return relType.case === 'range' ? [relType.value.end] : [];
  });
  return { ends, last: seen.at(-1)?.name };
}

const refusing = (code: number, message: string) => (): never => {
  throw new FakeFailure({ code, message });
};

describe('a session that is closed', () => {
  it('lets go of what it persisted and has not let go of itself, before the session ends', async () => {
    server = await startFake(analysing({}));
    const spark = await connectSpark(server.url);
    const [one, two, three] = [spark.range(1), spark.range(2), spark.range(3)];
    for (const frame of [one, two, three]) await frame.persist();
    await two.unpersist();
    await spark.close();
    expect(letGo(server)).toEqual({ ends: [2n, 1n, 3n], last: 'ReleaseSession' });
  });

  it('lets go once more of what was persisted by a request that was cut off', async () => {
    let answer = (): void => {};
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    server = await startFake(
      analysing({
        persist: async () => {
          await late;
          return { ...fakeSession, result: { case: 'persist', value: {} } };
        },
      }),
    );
    const spark = await connectSpark(server.url);
    const frame = spark.range(1);
    const abort = new AbortController();
    const persisting = expect(frame.persist('DISK_ONLY', { signal: abort.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    await server.until('AnalyzePlan', 2);
    abort.abort();
    await persisting;
    await frame.unpersist();
    answer();
    await spark.close();
    expect(letGo(server)).toEqual({ ends: [1n, 1n], last: 'ReleaseSession' });
  });

  it('does not ask for what Spark has refused to persist', async () => {
    server = await startFake(
      analysing({ persist: refusing(status.INTERNAL, '[TABLE_OR_VIEW_NOT_FOUND] No.') }),
    );
    const spark = await connectSpark(server.url);
    await expect(spark.range(1).persist()).rejects.toMatchObject({ errorClass: 'TABLE_OR_VIEW_NOT_FOUND' });
    await spark.close();
    expect(letGo(server).ends).toEqual([]);
  });

  it('warns of what Spark does not let go of, and goes on', async () => {
    server = await startFake(analysing({ unpersist: refusing(status.INTERNAL, '[INTERNAL_ERROR] No.') }));
    const warnings: string[] = [];
    const spark = await connectSpark(server.url, { onWarning: ({ message }) => warnings.push(message) });
    for (const end of [1, 2]) await spark.range(end).persist();
    await spark.close();
    expect(letGo(server)).toEqual({ ends: [1n, 2n], last: 'ReleaseSession' });
    const warning = 'Spark could not unpersist the plan: [INTERNAL_ERROR] No.';
    expect(warnings).toEqual([warning, warning]);
  });

  it('asks a server that is away for no more than one plan, a few times', async () => {
    server = await startFake(analysing({ unpersist: refusing(status.UNAVAILABLE, 'away') }));
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => warnings.push(message);
    const spark = await connectSpark(server.url, { clock: hastyClock(), onWarning });
    for (const end of [1, 2]) await spark.range(end).persist();
    await spark.close();
    expect(letGo(server)).toEqual({ ends: [1n, 1n, 1n, 1n], last: 'ReleaseSession' });
    expect(warnings).toHaveLength(1);
  });

  it('waits half a minute for a server that does not let go of it, and not for as long as a call may take', async () => {
    server = await startFake();
    const spark = await connectSpark(server.url);
    const { channel } = innerOf(spark).connection;
    const waits: unknown[] = [];
    const asked = vi.spyOn(channel, 'unary').mockImplementation(async (name, _request, options) => {
      waits.push([name, options?.timeoutMs]);
      throw new Error('Nothing is to be sent.');
    });
    await expect(spark.close()).rejects.toThrow('Nothing is to be sent.');
    asked.mockRestore();
    expect(waits).toEqual([['ReleaseSession', 30_000]]);
  });

  it('is given up on the server also when closing it is aborted while a plan is let go of', async () => {
    server = await startFake(analysing({ unpersist: () => new Promise(() => {}) }));
    const spark = await connectSpark(server.url);
    await spark.range(1).persist();
    const abort = new AbortController();
    const closing = expect(spark.close({ signal: abort.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    await server.until('AnalyzePlan', 3);
    abort.abort();
    await closing;
    expect(letGo(server)).toEqual({ ends: [1n], last: 'ReleaseSession' });
  });

  it('lets go of what was persisted when Spark has refused to persist it once more', async () => {
    let asked = 0;
    const again = refusing(status.INTERNAL, '[INTERNAL_ERROR] No.');
    const persist = (): Answer => {
      asked += 1;
      return asked === 1 ? { ...fakeSession, result: { case: 'persist', value: {} } } : again();
    };
    server = await startFake(analysing({ persist }));
    const spark = await connectSpark(server.url);
    const frame = spark.range(1);
    await frame.persist();
    await expect(frame.persist()).rejects.toMatchObject({ errorClass: 'INTERNAL_ERROR' });
    await frame.unpersist();
    await spark.close();
    expect(letGo(server).ends).toEqual([1n]);
  });

  it('asks for nothing more when the server has lost it', async () => {
    const lost = refusing(status.INTERNAL, '[INVALID_HANDLE.SESSION_NOT_FOUND] No.');
    server = await startFake(analysing({ unpersist: lost }));
    const warnings: unknown[] = [];
    const spark = await connectSpark(server.url, { onWarning: (warning) => warnings.push(warning) });
    for (const end of [1, 2]) await spark.range(end).persist();
    await spark.close();
    expect([letGo(server), warnings]).toEqual([{ ends: [1n], last: 'AnalyzePlan' }, []]);
  });
});

describe('a statement', () => {
  it('is heard to its end, so that it is not taken for one that was left', async () => {
    server = await startFake({
      ExecutePlan: (_request, stream) => {
        const relation = { relType: { case: 'sql', value: { query: 'SELECT 1' } } } as const;
        stream.send('r-1', { case: 'sqlCommandResult', value: { relation } });
        stream.complete();
      },
    });
    const spark = await connectSpark(server.url);
    const { relation } = await spark.run('SHOW TABLES');
    await spark.close();
    expect(relation.relType.case).toBe('sql');
    expect(server.requests('Interrupt')).toEqual([]);
  });
});
