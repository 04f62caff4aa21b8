import { it } from 'vitest';
import { expectWithinBudget, outputMebibytes } from '../support/memory.js';
import { testEndpoint } from './s3-place.js';
import { testBucket } from './versitygw.js';

it(`an output of ${outputMebibytes} MiB to S3 takes no more memory than 1.25 times the budget`, async () => {
  await expectWithinBudget(`s3://${testBucket}/memory-${process.pid}`, { endpoint: testEndpoint() });
}, 1_000_000);
