// What becomes of frames that nobody waits for any more, over real gRPC.
import { firstValueFrom, of } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { RequestOf, ResponseOf } from '../protocol/service.js';
import { connectSpark } from '../session/session.js';
import { type FakeServer, type FakeStream, fakeSession, startFake } from '../testing/fake-server.js';
import { materialiseFrame } from './materialise-frame.js';

let server: FakeServer | undefined;
afterEach(() => server?.close());

/** A server that answers a request to persist when it is told to, and computes with what it is given. */
async function start(compute: (stream: FakeStream) => void, persisted: Promise<void> = Promise.resolve()) {
  const AnalyzePlan = async ({ analyze }: RequestOf<'AnalyzePlan'>): Promise<ResponseOf<'AnalyzePlan'>> => {
    if (analyze.case === 'sparkVersion')
      return { ...fakeSession, result: { case: 'sparkVersion', value: { version: '4.0.0' } } };
    if (analyze.case === 'persist') await persisted;
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
    expect(asked(fake)).toEqual(['sparkVersion', 'persist']);
    await held.release();
    await spark.close();
    expect(asked(fake)).toEqual(['sparkVersion', 'persist', 'unpersist']);
  });
});
