// Errors as the server tells them, over real gRPC: what stands in the trailer, and what it says when it is asked for more.
import { inspect } from 'node:util';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { connectSpark } from '../session/session.js';
import { FakeFailure, type FakeServer, fakeSession, startFake } from '../testing/fake-server.js';
import { hastyClock } from '../testing/hasty-clock.js';
import { statusBytes } from '../testing/status-bytes.js';
import type { SparkError } from './spark-error.js';
import { statusDetails } from './status-details.js';

let server: FakeServer | undefined;
afterEach(() => server?.close());

async function failing(
  failure: ConstructorParameters<typeof FakeFailure>[0],
  handlers: Parameters<typeof startFake>[0] = {},
) {
  let isOpen = false;
  server = await startFake({
    AnalyzePlan: () => {
      if (isOpen) throw new FakeFailure(failure);
      isOpen = true;
      return { ...fakeSession, result: { case: 'sparkVersion', value: { version: '4.0.0' } } };
    },
    ...handlers,
  });
  const clock = hastyClock();
  const spark = await connectSpark(server.url, { clock, random: () => 0.5, retry: { maxRetries: 3 } });
  const error = await spark
    .range(1)
    .schema()
    .then(
      () => undefined,
      (reason: SparkError) => reason,
    );
  await spark.close();
  return { error, waits: clock.waits };
}

describe('an error of the server', () => {
  it('has what stands in its trailer', async () => {
    const { error } = await failing({
      code: status.INTERNAL,
      message: 'Table not found.',
      details: statusBytes({
        errorClass: 'TABLE_OR_VIEW_NOT_FOUND',
        sqlState: '42P01',
        classes: '["org.apache.spark.sql.AnalysisException","java.lang.Exception"]',
        messageParameters: '{"relationName":"`t`"}',
      }),
    });
    expect(error).toMatchObject({
      code: 'ENGINE_FAILED',
      status: 'permanent',
      outcome: 'failed',
      errorClass: 'TABLE_OR_VIEW_NOT_FOUND',
      sqlState: '42P01',
      parameters: { relationName: '`t`' },
      exceptionClasses: ['org.apache.spark.sql.AnalysisException', 'java.lang.Exception'],
      message: 'Spark could not read the schema: Table not found.',
    });
  });

  it('tells no password that the server tells', async () => {
    const url = 'jdbc:x://me:hunter2@db/y?password=hunter2';
    const statement = "CREATE TABLE t USING jdbc OPTIONS (user 'me', password 'hunter2') BAD";
    const failure = {
      code: status.INTERNAL,
      message: `No driver for ${url}.`,
      details: statusBytes({
        messageParameters: JSON.stringify({ url, statement }),
        stackTrace: `at ${url}: ${statement}`,
      }),
    };
    const { error: short } = await failing(failure);
    await server?.close();
    const part = (causeIdx?: number) => ({
      errorTypeHierarchy: ['java.sql.SQLException'],
      message: `No driver for ${url}.\n== SQL ==\n${statement}\n---^^^`,
      stackTrace: [],
      sparkThrowable: {
        errorClass: 'X',
        messageParameters: { url, statement },
        queryContexts: [{ callSite: '', summary: statement, fragment: '' }],
      },
      ...(causeIdx === undefined ? {} : { causeIdx }),
    });
    const { error: full } = await failing(
      { ...failure, details: statusBytes({ errorId: 'e-1' }) },
      { FetchErrorDetails: () => ({ ...fakeSession, rootErrorIdx: 0, errors: [part(1), part()] }) },
    );
    expect(short?.message).toContain('No driver for jdbc:x://***@db/y?***');
    expect(full?.message).toContain("OPTIONS (user 'me', password ***) BAD\n---^^^");
    expect(full?.cause).toMatchObject({ errorClass: 'X' });
    expect(inspect([short, full], { depth: 9 })).not.toContain('hunter2');
  });

  it('is told in full where the server knows more, with its causes', async () => {
    const error = (message: string, causeIdx?: number) => ({
      errorTypeHierarchy: [`java.${message}`],
      message,
      stackTrace: [{ declaringClass: 'A', methodName: 'b', fileName: 'A.java', lineNumber: 7 }],
      ...(causeIdx === undefined ? {} : { causeIdx }),
    });
    const { error: found } = await failing(
      { code: status.INTERNAL, message: 'cut sho...', details: statusBytes({ errorId: 'e-1' }) },
      {
        FetchErrorDetails: () => ({
          ...fakeSession,
          rootErrorIdx: 0,
          errors: [
            {
              ...error('The whole message.', 1),
              sparkThrowable: {
                errorClass: 'DIVIDE_BY_ZERO',
                sqlState: '22012',
                messageParameters: { config: 'x' },
                queryContexts: [{ fragment: '1 / 0', callSite: '', summary: '== SQL ==\n1 / 0' }],
              },
            },
            error('The cause.', 2),
            error('Its cause.', 0),
          ],
        }),
      },
    );
    expect(server?.requests('FetchErrorDetails')).toMatchObject([{ errorId: 'e-1' }]);
    expect(found).toMatchObject({
      message: 'Spark could not read the schema: The whole message.',
      errorClass: 'DIVIDE_BY_ZERO',
      sqlState: '22012',
      queryContext: '== SQL ==\n1 / 0',
      cause: { message: 'The cause.', cause: { message: 'Its cause.' } },
    });
    expect(found?.serverStack).toContain('at A.b(A.java:7)');
  });

  it('that passes is tried again with growing pauses, at most as often as is said', async () => {
    const { error, waits } = await failing({ code: status.UNAVAILABLE, message: 'away' });
    expect(error).toMatchObject({ status: 'temporary', grpcCode: 'UNAVAILABLE' });
    expect(waits).toEqual([50, 200, 800]);
  });

  it('is tried again after the pause that the server asks for', async () => {
    const { waits } = await failing({
      code: status.RESOURCE_EXHAUSTED,
      message: 'Too much.',
      details: statusBytes({}, 3),
    });
    // Half of the jitter is added to waits of two seconds and more.
    expect(waits).toEqual([3_250, 3_250, 3_250]);
  });

  it('of a cursor that was cut off is tried again; other internal ones are not', async () => {
    const cut = await failing({ code: status.INTERNAL, message: '[INVALID_CURSOR.DISCONNECTED] ...' });
    expect(cut.waits).toHaveLength(3);
    await server?.close();
    expect((await failing({ code: status.INTERNAL, message: 'broken' })).waits).toEqual([]);
  });
});

describe('the details of a status', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
        fc.option(fc.nat(100_000)),
        (info, delay) => {
          const bytes = statusBytes(info, delay ?? undefined);
          const found = statusDetails(bytes);
          expect({ ...found.info }).toEqual({ ...info });
          expect(found.retryDelayMs).toBe(delay === null ? undefined : delay * 1_000);
        },
      ),
    );
  });

  it('that are damaged say less, and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        statusDetails(bytes);
      }),
    );
    const whole = statusBytes({ errorClass: 'A' }, 1);
    for (let end = 0; end < whole.length; end += 1) statusDetails(whole.subarray(0, end));
  });
});
