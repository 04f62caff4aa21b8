// Bytes to S3 by our store, by @aws-sdk/lib-storage, and by one PUT, which is how `aws s3 cp` sends a small file.
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { s3 } from '@tailrace/adapters/s3';
import { expect, it } from 'vitest';
import {
  byStore,
  hashedStream,
  mebibytes,
  partBytes,
  partsInFlight,
  timed,
  type Uploading,
  uploadInTurns,
  wholeBody,
} from '../support/throughput.js';
import { testEndpoint } from './s3-place.js';
import { testBucket } from './versitygw.js';

it(`uploads ${mebibytes} MiB to S3 as others do`, async () => {
  const client = new S3Client({ endpoint: testEndpoint(), region: 'us-east-1', forcePathStyle: true });
  const thenRemoved =
    (
      name: string,
      upload: (params: { readonly Bucket: string; readonly Key: string }) => Promise<unknown>,
    ): Uploading =>
    async (round) => {
      const params = { Bucket: testBucket, Key: `throughput/${name}-${round}` };
      const took = await timed(() => upload(params))(round);
      await client.send(new DeleteObjectCommand(params));
      return took;
    };
  const body = wholeBody();
  const options = { endpoint: testEndpoint(), forcePathStyle: true, partBytes, partsInFlight };
  const ratios = await uploadInTurns({
    'our store': byStore(s3(options), `s3://${testBucket}/throughput`),
    'lib-storage': thenRemoved('lib', (to) =>
      new Upload({
        client,
        params: { ...to, Body: hashedStream() },
        partSize: partBytes,
        queueSize: partsInFlight,
      }).done(),
    ),
    'one PUT, its body there before': thenRemoved('put', (to) =>
      client.send(new PutObjectCommand({ ...to, Body: body })),
    ),
  });
  expect(Object.values(ratios).every((ratio) => ratio > 0)).toBe(true);
}, 600_000);
