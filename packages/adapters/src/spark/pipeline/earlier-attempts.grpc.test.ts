// What an attempt at a write learns of those before it, from a server that has them, or has not.
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { connectSpark } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import { type FakeServer, type FakeStream, startFake } from '../testing/fake-server.js';
import { hastyClock } from '../testing/hasty-clock.js';
import { statusBytes } from '../testing/status-bytes.js';
import { operationIdOf, stopEarlier } from './earlier-attempts.js';

let server: FakeServer | undefined;
let spark: SparkSession | undefined;

afterEach(async () => {
  await spark?.close();
  await server?.close();
  executed = [];
});

const name = { id: 'begun-1', write: 0 };
const refused = (errorClass: string) => ({
  code: status.INTERNAL,
  message: `[${errorClass}] No.`,
  details: statusBytes({ errorClass }),
});

/** Ids under which the server was asked for something. */
let executed: string[] = [];

function row(stream: FakeStream): void {
  stream.send('row', { case: 'arrowBatch', value: { rowCount: 1n, data: new Uint8Array() } });
  stream.complete();
}

/** @param ends what the server does when it is asked for an attempt, by its number */
async function stop(attempt: number, ends: Readonly<Record<number, (stream: FakeStream) => void>>) {
  server = await startFake({
    ExecutePlan: ({ operationId }, stream) => {
      executed.push(operationId);
      row(stream);
    },
    ReattachExecute: ({ operationId }, stream) => {
      for (const [number, end] of Object.entries(ends))
        if (operationIdOf(name, Number(number)) === operationId) return end(stream);
      if (executed.includes(operationId)) return row(stream);
      stream.fail(refused('INVALID_HANDLE.OPERATION_NOT_FOUND'));
    },
  });
  spark = await connectSpark(server.url, { clock: hastyClock(), onWarning: () => {} });
  return stopEarlier(spark, name, attempt, {});
}

describe('attempts at a write', () => {
  it('have ids on the server that are their own, and the same wherever they are asked for', () => {
    const ids = [1, 2].map((attempt) => operationIdOf(name, attempt));
    expect(ids).toEqual([1, 2].map((attempt) => operationIdOf({ ...name }, attempt)));
    const others = [
      { ...name, id: 'begun-2' },
      { ...name, write: 1 },
    ];
    expect(new Set([...ids, ...others.map((other) => operationIdOf(other, 1))]).size).toBe(4);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('that are the first ask nothing', async () => {
    expect(await stop(1, {})).toBe('none');
    expect(server?.requests('Interrupt')).toHaveLength(0);
  });

  it('that the server has never heard of are not waited for, and are not begun any more when they come late', async () => {
    expect(await stop(3, {})).toBe('unheard');
    // The server refuses a second request under an id that it has.
    expect(executed).toEqual([2, 1].map((attempt) => operationIdOf(name, attempt)));
    expect(server?.requests('ExecutePlan').map(({ plan }) => plan.opType.case)).toEqual(['root', 'root']);
    expect(server?.requests('ReleaseExecute')).toEqual([]);
    // Who asks later knows that again.
    if (spark !== undefined) expect(await stopEarlier(spark, name, 3, {})).toBe('unheard');
    expect(executed).toHaveLength(2);
  });

  it('that the server lets go of meanwhile need not be kept from coming', async () => {
    server = await startFake({
      ExecutePlan: (_request, stream) => stream.fail(refused('INVALID_HANDLE.OPERATION_ABANDONED')),
      ReattachExecute: (_request, stream) => stream.fail(refused('INVALID_HANDLE.OPERATION_NOT_FOUND')),
    });
    spark = await connectSpark(server.url, { clock: hastyClock(), onWarning: () => {} });
    expect(await stopEarlier(spark, name, 2, {})).toBe('unheard');
    expect(server.requests('ExecutePlan')).toHaveLength(1);
  });

  it('that the server has let go of may have been complete, or refused: nothing is known of them', async () => {
    server = await startFake({
      ExecutePlan: (_request, stream) => stream.fail(refused('INVALID_HANDLE.OPERATION_ABANDONED')),
      ReattachExecute: (_request, stream) => stream.fail(refused('INVALID_HANDLE.OPERATION_ABANDONED')),
    });
    spark = await connectSpark(server.url, { clock: hastyClock(), onWarning: () => {} });
    expect(await stopEarlier(spark, name, 3, {})).toBe('unheard');
  });

  it('that come just when the server was asked for them are stopped', async () => {
    let comes = 0;
    server = await startFake({
      ExecutePlan: (_request, stream) => {
        comes += 1;
        stream.fail(refused('INVALID_HANDLE.OPERATION_ALREADY_EXISTS'));
      },
      ReattachExecute: (_request, stream) =>
        stream.fail(refused(comes === 0 ? 'INVALID_HANDLE.OPERATION_NOT_FOUND' : 'OPERATION_CANCELED')),
    });
    spark = await connectSpark(server.url, { clock: hastyClock(), onWarning: () => {} });
    expect(await stopEarlier(spark, name, 2, {})).toBe('stopped');
    expect([comes, server.requests('Interrupt').length]).toEqual([1, 2]);
  });

  it('that are at work are interrupted, and waited for until they have ended', async () => {
    const order: string[] = [];
    const answer = await stop(2, {
      1: (stream) => {
        order.push(...(server?.seen ?? []).map((call) => call.name));
        stream.send('r1', { case: 'executionProgress', value: { stages: [], numInflightTasks: 1n } });
        stream.fail(refused('OPERATION_CANCELED'));
      },
    });
    expect(answer).toBe('stopped');
    expect(order.slice(-2)).toEqual(['Interrupt', 'ReattachExecute']);
    expect(server?.requests('Interrupt')).toMatchObject([
      { interrupt: { case: 'operationId', value: operationIdOf(name, 1) } },
    ]);
  });

  it('that Spark has failed were begun', async () => {
    expect(await stop(3, { 1: (stream) => stream.fail(refused('DIVIDE_BY_ZERO')) })).toBe('stopped');
  });

  it('that found something at the path were not begun', async () => {
    const refusing = (stream: FakeStream): void => stream.fail(refused('PATH_ALREADY_EXISTS'));
    expect(await stop(2, { 1: refusing })).toBe('none');
    expect(await stop(3, { 2: refusing })).toBe('unheard');
    expect(await stop(3, { 1: (stream) => stream.fail(refused('DIVIDE_BY_ZERO')), 2: refusing })).toBe(
      'stopped',
    );
  });

  it('that are complete are told', async () => {
    expect(await stop(2, { 1: (stream) => stream.complete() })).toBe('complete');
  });

  it('of which nobody can tell are an error', async () => {
    const lost = stop(2, { 1: (stream) => stream.fail({ code: status.UNKNOWN, message: 'Hm.' }) });
    await expect(lost).rejects.toMatchObject({ outcome: 'unknown' });
  });
});
