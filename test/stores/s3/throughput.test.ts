// Bytes to S3 by our store, by @aws-sdk/lib-storage, and by one stream: of parts, one after the other, as what has no known length has
// to go, and of one PUT, which is told the length, and is how `aws s3 cp` sends a small file.
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
  const unsigned = new S3Client({ endpoint: testEndpoint(), region: 'us-east-1', forcePathStyle: true });
  unsigned.middlewareStack.add(
    (next) => (args) => {
      // The SDK declares requests as unknown.
      const { request } = args as { request?: { headers?: Record<string, string>; body?: unknown } };
      if (request?.body instanceof Uint8Array && request.headers !== undefined)
        request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      return next(args);
    },
    { step: 'build', name: 'unsigned' },
  );
  const byUpload = (
    by: S3Client,
    to: { readonly Bucket: string; readonly Key: string },
    queueSize = partsInFlight,
  ) =>
    new Upload({
      client: by,
      params: { ...to, Body: hashedStream() },
      partSize: partBytes,
      queueSize,
    }).done();
  const options = { endpoint: testEndpoint(), forcePathStyle: true, partBytes, partsInFlight };
  const ratios = await uploadInTurns({
    'our store': byStore(s3(options), `s3://${testBucket}/throughput`),
    'lib-storage': thenRemoved('lib', (to) => byUpload(client, to)),
    'lib-storage, its parts not signed, as ours': thenRemoved('crc', (to) => byUpload(unsigned, to)),
    'one stream of parts, not signed': thenRemoved('one', (to) => byUpload(unsigned, to, 1)),
    // The server has nothing to put together at the end, as it has for all others: Versitygw copies parts into one file.
    // The SDK sends a stream unsigned, with a CRC-32 behind it: what ours has in parts.
    'one PUT, streamed': thenRemoved('put', (to) =>
      client.send(new PutObjectCommand({ ...to, Body: hashedStream(), ContentLength: mebibytes * 2 ** 20 })),
    ),
  });
  expect(Object.values(ratios).every((ratio) => ratio > 0)).toBe(true);
}, 600_000);
