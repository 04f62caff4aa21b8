import { CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { s3, sweepS3 } from '@tailrace/adapters/s3';
import { it } from 'vitest';
import { expectDryRun } from '../support/dry-run.js';
import { s3Place, testEndpoint } from './s3-place.js';
import { testBucket } from './versitygw.js';

it('a dry run of the sweeper tells what a sweep removes from S3, and removes nothing', async () => {
  const options = { endpoint: testEndpoint(), forcePathStyle: true };
  const client = new S3Client({ ...options, region: 'us-east-1' });
  const key = `${process.pid}/dry-run`;
  const place = s3Place('directory', key);
  await expectDryRun({
    store: s3(options),
    place,
    async leave(object, upload) {
      const of = (name: string) => ({ Bucket: testBucket, Key: `${key}/${name}` });
      await client.send(new PutObjectCommand({ ...of(object), Body: 'left' }));
      await client.send(new CreateMultipartUploadCommand(of(upload)));
    },
    sweep: (sweeping) => sweepS3(place.path, options, sweeping),
  });
});
