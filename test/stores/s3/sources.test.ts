import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { s3 } from '@tailrace/adapters/s3';
import { afterAll, beforeAll, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import {
  expectOthersFilesRead,
  expectReadByOthers,
  expectReplacedIsTold,
  type ReadSources,
} from '../support/read-sources.js';
import { s3Place, testEndpoint } from './s3-place.js';
import { testBucket } from './versitygw.js';

let proxy: FaultProxy;
beforeAll(async () => {
  proxy = await startFaultProxy(testEndpoint());
});
afterAll(() => proxy.close());

function reading(base: string): ReadSources {
  const client = new S3Client({ endpoint: testEndpoint(), region: 'us-east-1', forcePathStyle: true });
  return {
    root: `s3://${testBucket}/`,
    base,
    stores: [s3({ endpoint: proxy.url, forcePathStyle: true })],
    put: async (Key, Body) => {
      await client.send(new PutObjectCommand({ Bucket: testBucket, Key, Body }));
    },
    place: s3Place,
    bytesRead: () => proxy.bytesGiven,
  };
}

it('what others have put on S3 is read by its URL or a pattern, and of Parquet no more than is wanted', async () => {
  await expectOthersFilesRead(reading('others'));
});

it('a file that others replace on S3 by a shorter one while it is read is told of as replaced', () =>
  expectReplacedIsTold(reading('replaced')));

it('what a pipeline reads from S3 and writes there is read by DuckDB, fetched by the SDK', () =>
  expectReadByOthers(reading('by-others')));
