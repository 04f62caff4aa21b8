import { s3 } from '@tailrace/adapters/s3';
import { it } from 'vitest';
import { expectByDefault } from '../support/by-default.js';
import { testEndpoint } from './s3-place.js';
import { testBucket } from './versitygw.js';

it('outputs with partitions go to s3:// with the memory that a run has by default', async () => {
  await expectByDefault(`s3://${testBucket}/by-default`, [
    s3({ endpoint: testEndpoint(), forcePathStyle: true }),
  ]);
});
