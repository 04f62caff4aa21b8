// A pipeline over TLS: its writers, which are other threads, speak to the server as the session that was opened does.

import { pipeline } from '@tailrace/core';
import { afterEach, expect, it } from 'vitest';
import { storageLevel } from '../frame/storage-level.js';
import type { RequestOf, ResponseOf } from '../protocol/service.js';
import { connectSpark } from '../session/session.js';
import { type FakeServer, fakeSession, startFake } from '../testing/fake-server.js';
import { selfSigned } from '../testing/self-signed.js';
import { frames } from './frames.js';
import { materialiseFrame } from './materialise-frame.js';
import { sparkFiles } from './spark-files.js';

let server: FakeServer | undefined;
afterEach(() => server?.close());

const AnalyzePlan = ({ analyze }: RequestOf<'AnalyzePlan'>): ResponseOf<'AnalyzePlan'> => {
  switch (analyze.case) {
    case 'sparkVersion':
      return { ...fakeSession, result: { case: analyze.case, value: { version: '4.3.0' } } };
    case 'getStorageLevel':
      return {
        ...fakeSession,
        result: { case: analyze.case, value: { storageLevel: storageLevel('MEMORY_AND_DISK') } },
      };
    default:
      // Of those that are asked for here, no other answer says anything.
      return { ...fakeSession, result: { case: analyze.case as 'persist', value: {} } };
  }
};

it('is written by writers that trust the authority, and have the token, of its session', async () => {
  const tls = selfSigned();
  server = await startFake({ AnalyzePlan, ExecutePlan: (_request, stream) => stream.complete() }, tls);
  await expect(
    connectSpark(`${server.url}/;token=secret`, { retry: { maxRetries: 0 } }),
  ).rejects.toMatchObject({ grpcCode: 'UNAVAILABLE' });
  const spark = await connectSpark(`${server.url}/;token=secret`, {
    rootCertificates: Buffer.from(tls.certificate),
  });
  const written = pipeline('over TLS', (flow) => {
    const raw = flow.source(
      'raw',
      frames(spark, (session) => session.range(3)),
    );
    const held = flow.stage('held', raw, materialiseFrame({ trigger: 'noop' }));
    flow.write('out', held, sparkFiles(spark, '/out', { mode: 'overwrite' }));
  });
  const report = await written.run({ workers: 1 }).completed;
  await spark.close();
  expect(report.outputs).toMatchObject([{ name: 'out', state: 'done' }]);
  const sources = server.requests('ExecutePlan').flatMap(({ plan: { opType } }) => {
    const command = opType.case === 'command' ? opType.value.commandType : undefined;
    return command?.case === 'writeOperation' ? [command.value.source] : [];
  });
  expect(sources).toEqual(['noop', 'parquet']);
  expect(new Set(server.headers.map((headers) => headers.get('authorization')[0]))).toEqual(
    new Set(['Bearer secret']),
  );
});
