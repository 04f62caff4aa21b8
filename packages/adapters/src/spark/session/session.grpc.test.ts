// What a session says of itself, and what it notices of its server, over real gRPC.
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeFailure, type FakeServer, fakeSession, startFake } from '../testing/fake-server.js';
import { hastyClock } from '../testing/hasty-clock.js';
import { attachmentOf, attachSpark, connectSpark } from './session.js';

let server: FakeServer | undefined;
afterEach(() => server?.close());

const version = { ...fakeSession, result: { case: 'sparkVersion', value: { version: '4.1.2' } } } as const;

describe('a session', () => {
  it('says in every call who asks, with the headers and the token of its connection string', async () => {
    server = await startFake({ AnalyzePlan: () => version });
    const url = `${server.url}/;token=secret;use_ssl=false;x-databricks-cluster-id=c-1;session_id=01234567-89ab-cdef-0123-456789abcdef`;
    const spark = await connectSpark(url, { userId: 'sim', confs: { 'spark.scheduler.pool': 'compute' } });
    expect(spark.version).toBe('4.1.2');
    await spark.close();
    expect(server.seen.map(({ name }) => name)).toEqual(['AnalyzePlan', 'Config', 'ReleaseSession']);
    expect(server.requests('Config')).toMatchObject([
      {
        sessionId: '01234567-89ab-cdef-0123-456789abcdef',
        userContext: { userId: 'sim', userName: 'sim' },
        clientObservedServerSideSessionId: fakeSession.serverSideSessionId,
        operation: {
          opType: { case: 'set', value: { pairs: [{ key: 'spark.scheduler.pool', value: 'compute' }] } },
        },
      },
    ]);
    for (const headers of server.headers) {
      expect(headers.get('authorization')).toEqual(['Bearer secret']);
      expect(headers.get('x-databricks-cluster-id')).toEqual(['c-1']);
    }
  });

  it('notices that the server was restarted and holds another one under its name', async () => {
    let calls = 0;
    server = await startFake({
      AnalyzePlan: () => {
        calls += 1;
        return { ...version, serverSideSessionId: calls === 1 ? 'old' : 'new' };
      },
      ReleaseSession: () => ({ serverSideSessionId: 'new' }),
    });
    const spark = await connectSpark(server.url);
    await expect(spark.range(1).schema()).rejects.toMatchObject({
      errorClass: 'INVALID_HANDLE.SESSION_CHANGED',
      outcome: 'unknown',
    });
    await spark.close();
  });

  it('that another thread attaches to is asked for as it was opened, from the first call', async () => {
    server = await startFake({ AnalyzePlan: () => version });
    const spark = await connectSpark(server.url);
    const attached = await attachSpark(attachmentOf(spark));
    expect(
      server.requests('AnalyzePlan').map((request) => request.clientObservedServerSideSessionId),
    ).toEqual([undefined, fakeSession.serverSideSessionId]);
    await attached.close();
    await spark.close();
  });

  it('whose settings the server refuses is not left open there', async () => {
    server = await startFake({
      Config: () => {
        throw new FakeFailure({ code: status.INTERNAL, message: '[CANNOT_MODIFY_CONFIG] No.' });
      },
    });
    const opened = connectSpark(server.url, { confs: { 'spark.driver.cores': '1' } });
    await expect(opened).rejects.toMatchObject({ errorClass: 'CANNOT_MODIFY_CONFIG' });
    expect(server.requests('ReleaseSession')).toHaveLength(1);
  });

  it('that is closed refuses what it is asked for then, and says so', async () => {
    server = await startFake({ AnalyzePlan: () => version });
    const warnings: unknown[] = [];
    const spark = await connectSpark(server.url, { onWarning: (problem) => void warnings.push(problem) });
    const frame = spark.range(1);
    await spark.close();
    const closed = { code: 'CLOSED', message: expect.stringContaining('was closed before it was asked') };
    await expect(frame.schema()).rejects.toMatchObject(closed);
    await expect(frame.collect()).rejects.toMatchObject(closed);
    expect(warnings).toEqual([]);
  });

  it('is closed once, however often it is asked to', async () => {
    server = await startFake();
    const spark = await connectSpark(server.url);
    await Promise.all([spark.close(), spark.close()]);
    await spark.close();
    expect(server.requests('ReleaseSession')).toHaveLength(1);
  });

  it('is not opened in the clear where certificates were given for it', async () => {
    server = await startFake();
    const opened = connectSpark(server.url, { rootCertificates: Buffer.from('a certificate') });
    await expect(opened).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('use_ssl=true'),
    });
    expect(server.seen).toEqual([]);
  });

  it('refuses a storage level that Spark does not have', async () => {
    server = await startFake();
    const spark = await connectSpark(server.url);
    // As JavaScript may give it.
    const persisted = spark.range(1).persist('MEMORY' as 'MEMORY_ONLY');
    await expect(persisted).rejects.toMatchObject({ message: expect.stringContaining('not "MEMORY"') });
    await spark.close();
    expect(server.requests('AnalyzePlan')).toHaveLength(1);
  });

  it('that no server answers fails after as many tries as it may make', async () => {
    server = await startFake();
    const { url } = server;
    await server.close();
    const clock = hastyClock();
    await expect(connectSpark(url, { clock, retry: { maxRetries: 2 } })).rejects.toMatchObject({
      name: 'SparkError',
      grpcCode: 'UNAVAILABLE',
      status: 'temporary',
      // Nothing of the library's own that was left empty stands between what happened and what to do.
      message: expect.stringMatching(
        /could not read the version of the server: .*ECONNREFUSED [\d.:]+\. Look whether the server runs and can be reached\.$/,
      ),
    });
    expect(clock.waits).toEqual([50, 200]);
  });

  it.each([Number.NaN, -1, 1.5])('refuses to be tried again %s times', async (maxRetries) => {
    await expect(connectSpark('sc://h', { retry: { maxRetries } })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('maxRetries'),
    });
  });

  it('refuses numbers of a plan that are not whole, by their names', async () => {
    server = await startFake();
    const spark = await connectSpark(server.url);
    const frame = spark.range(9);
    const wrong: (readonly [string, () => unknown])[] = [
      ['the end of range', () => spark.range(1.5)],
      ['partitions of range', () => spark.range(1, 2, { partitions: Number.NaN })],
      ['the seed of sample', () => frame.sample(0.5, 0.5)],
      ['limit', () => frame.limit(0.1)],
      ['partitions', () => frame.repartition(2.5)],
    ];
    for (const [name, build] of wrong) {
      expect(build).toThrow(`${name} is a whole number of`);
      expect(build).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
    }
    await spark.close();
  });

  it('refuses tags that the server would not take', async () => {
    server = await startFake();
    const spark = await connectSpark(server.url);
    await expect(spark.range(1).count({ tags: ['a,b'] })).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    await expect(connectSpark(server.url, { tags: [''] })).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    await spark.close();
  });

  it('warns of a setting that the server has a word about', async () => {
    server = await startFake({
      Config: () => ({ ...fakeSession, pairs: [], warnings: ['It is deprecated.'] }),
    });
    const warnings: string[] = [];
    const spark = await connectSpark(server.url, { onWarning: ({ message }) => warnings.push(message) });
    await spark.conf.set({ a: 'b' });
    expect(warnings).toEqual(['Spark was asked to change settings, and warns: It is deprecated.']);
    await spark.close();
  });
});
