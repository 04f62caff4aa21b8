// What becomes of frames that nobody waits for any more, over real gRPC.
import { Table, Timestamp, TimeUnit, tableToIPC, vectorFromArray } from 'apache-arrow';
import { firstValueFrom, of } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { storageLevel } from '../frame/storage-level.js';
import type { RequestOf, ResponseOf } from '../protocol/service.js';
import { connectSpark } from '../session/session.js';
import {
  FakeFailure,
  type FakeServer,
  type FakeStream,
  fakeSession,
  startFake,
} from '../testing/fake-server.js';
import { refused, startFakeSpark } from '../testing/fake-spark.js';
import { materialiseFrame } from './materialise-frame.js';

let server: FakeServer | undefined;
afterEach(() => server?.close());

/** A server that answers a request to persist when it is told to, and computes with what it is given. */
async function start(compute: (stream: FakeStream) => void, persisted: Promise<void> = Promise.resolve()) {
  const AnalyzePlan = async ({ analyze }: RequestOf<'AnalyzePlan'>): Promise<ResponseOf<'AnalyzePlan'>> => {
    if (analyze.case === 'sparkVersion')
      return { ...fakeSession, result: { case: 'sparkVersion', value: { version: '4.0.0' } } };
    if (analyze.case === 'persist') await persisted;
    if (analyze.case === 'getStorageLevel')
      return {
        ...fakeSession,
        result: { case: 'getStorageLevel', value: { storageLevel: storageLevel('MEMORY_AND_DISK') } },
      };
    // Of those that are asked for here, no answer says anything.
    return { ...fakeSession, result: { case: analyze.case as 'persist', value: {} } };
  };
  server = await startFake({ AnalyzePlan, ExecutePlan: (_request, stream) => compute(stream) });
  return server;
}

const asked = ({ requests }: FakeServer): string[] =>
  requests('AnalyzePlan').map(({ analyze }) => analyze.case);

const later = () => {
  let happen = (): void => {};
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return { happen, happened };
};

describe('a frame that is materialised', () => {
  it('is let go of when nobody waits any more for Spark to have noted that it is to be kept', async () => {
    const { happen, happened } = later();
    const fake = await start((stream) => stream.complete(), happened);
    const spark = await connectSpark(fake.url);
    const subscription = of(spark.range(1))
      .pipe(materialiseFrame({ trigger: 'noop' }))
      .subscribe();
    await fake.until('AnalyzePlan', 2);
    subscription.unsubscribe();
    await fake.until('AnalyzePlan', 3);
    happen();
    await spark.close();
    // Once for the request that was given up, and once more for the case that it was noted behind that.
    expect(asked(fake)).toEqual(['sparkVersion', 'persist', 'unpersist', 'unpersist']);
  });

  it('stays without an output of Spark until it is released, and is then not asked for again', async () => {
    const fake = await start((stream) => stream.complete());
    const spark = await connectSpark(fake.url);
    const held = await firstValueFrom(of(spark.range(1)).pipe(materialiseFrame({ trigger: 'noop' })));
    // Of numbers Spark finds what it keeps: it is not asked.
    expect(asked(fake)).toEqual(['sparkVersion', 'persist']);
    await held.release();
    await spark.close();
    expect(asked(fake)).toEqual(['sparkVersion', 'persist', 'unpersist']);
  });

  it('that Spark does not find again under other ids, as writers ask for it, is refused and let go of before it is computed', async () => {
    const fake = await startFakeSpark({ isFoundAgain: () => false });
    server = fake;
    const spark = await connectSpark(fake.url);
    const drawn = spark.sql('SELECT id, rand() u FROM range(9)');
    await expect(firstValueFrom(of(drawn).pipe(materialiseFrame()))).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringMatching(/seed.*checkpoint/),
    });
    expect(fake.done).toEqual(['persist', 'unpersist']);
    const [kept, asked] = ['persist', 'getStorageLevel'].map((name) =>
      fake.requests('AnalyzePlan').find(({ analyze }) => analyze.case === name),
    );
    expect(planIdOf(asked)).not.toBe(planIdOf(kept));
    await spark.close();
  });

  it('that Spark does not find again takes nothing along that is held by hand, of which it keeps another one for an equal plan', async () => {
    const fake = await startFakeSpark({ isFoundAgain: () => false });
    server = fake;
    const spark = await connectSpark(fake.url);
    const drawn = () => spark.sql('SELECT rand() u');
    const mine = drawn();
    await mine.persist();
    for (const frame of [drawn(), mine])
      await expect(firstValueFrom(of(frame).pipe(materialiseFrame()))).rejects.toMatchObject({
        code: 'PLAN_INVALID',
      });
    expect(fake.done).toEqual(['persist', 'persist', 'unpersist', 'persist']);
    await spark.close();
    expect(fake.done.slice(4)).toEqual(['unpersist']);
  });

  it('that Spark refuses to persist is not let go of, and nothing is warned of', async () => {
    const warnings: unknown[] = [];
    const fake = await startFakeSpark({
      persist: () => Promise.reject(new FakeFailure(refused('TABLE_OR_VIEW_NOT_FOUND'))),
      unpersist: () => Promise.reject(new FakeFailure(refused('TABLE_OR_VIEW_NOT_FOUND'))),
    });
    server = fake;
    const spark = await connectSpark(fake.url, { onWarning: (warning) => warnings.push(warning) });
    const held = firstValueFrom(of(spark.table('nothing')).pipe(materialiseFrame()));
    await expect(held).rejects.toMatchObject({ errorClass: 'TABLE_OR_VIEW_NOT_FOUND' });
    await spark.close();
    expect([fake.done, warnings]).toEqual([['persist'], []]);
  });

  it.each(['partlyByTake', 'partlyByFirst'] as const)(
    'by a row (%s) is so also where no value of that row can be made here',
    async (trigger) => {
      // A time that has a fraction of a millisecond.
      const time = new Timestamp(TimeUnit.MICROSECOND, 'UTC');
      const data = tableToIPC(new Table({ t: vectorFromArray([1.5], time) }), 'stream');
      const fake = await start((stream) => {
        stream.send('rows', { case: 'arrowBatch', value: { rowCount: 1n, data } });
        stream.complete();
      });
      const spark = await connectSpark(fake.url);
      const frame = spark.sql('SELECT now() AS t');
      await expect(frame.first()).rejects.toMatchObject({ code: 'VALUE_INVALID' });
      const held = await firstValueFrom(of(frame).pipe(materialiseFrame({ trigger })));
      expect(held.rows).toBeUndefined();
      await spark.close();
    },
  );
});

function planIdOf(request: RequestOf<'AnalyzePlan'> | undefined): bigint | undefined {
  const { analyze } = request ?? {};
  return analyze?.case === 'persist' || analyze?.case === 'getStorageLevel'
    ? analyze.value.relation.common?.planId
    : undefined;
}
