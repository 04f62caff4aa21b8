import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { s3 } from '@tailrace/adapters/s3';
import { it } from 'vitest';
import { expectOddNames, oddNames } from '../support/odd-names.js';
import { testEndpoint } from './s3-place.js';
import { testBucket } from './versitygw.js';

it('what is written to s3:// with odd signs in its name lies under the key that it names', async () => {
  const options = { endpoint: testEndpoint(), forcePathStyle: true };
  const client = new S3Client({ ...options, region: 'us-east-1' });
  const names = [...oddNames, ['back\\slash', 'back\\slash']] as const;
  await expectOddNames(`s3://${testBucket}/odd`, names, [s3(options)], async (name) => {
    const input = { Bucket: testBucket, Prefix: `odd/${name}` };
    const { Contents = [] } = await client.send(new ListObjectsV2Command(input));
    return Contents.flatMap(({ Key }) => Key ?? []);
  });
});
