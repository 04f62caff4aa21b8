import { s3 } from '@tailrace/adapters/s3';
import { it } from 'vitest';
import { expectFlights } from '../support/flights.js';
import { testEndpoint } from './s3-place.js';
import { testBucket } from './versitygw.js';

it('the demo writes its outputs to s3://', async () => {
  const stores = [s3({ endpoint: testEndpoint(), forcePathStyle: true })];
  await expectFlights(`s3://${testBucket}/flights`, stores, { AWS_ENDPOINT_URL: testEndpoint() });
});
