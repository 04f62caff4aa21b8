import { s3 } from '@tailrace/adapters/s3';
import { testStore } from '@tailrace/core/testing';
import { describe, it } from 'vitest';
import { s3Place, testEndpoint } from './s3-place.js';

testStore(
  { describe, it },
  {
    name: 'S3, as versitygw serves it,',
    store: s3({ endpoint: testEndpoint(), forcePathStyle: true, partBytes: 5 * 2 ** 20 }),
    exclusive: false,
    supports: ['overwritePartitions', 'generations', 'replaces'],
    place: async (kind) => s3Place(kind),
  },
);
