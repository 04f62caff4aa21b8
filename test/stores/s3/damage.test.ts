import { s3 } from '@tailrace/adapters/s3';
import { it } from 'vitest';
import { expectDamageRefused } from '../support/damage.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { s3Place, testEndpoint } from './s3-place.js';

it('uploads to S3 that are damaged on their way are refused and sent again, and the output is whole', async () => {
  const proxy = await startFaultProxy(testEndpoint());
  try {
    const store = s3({ endpoint: proxy.url, forcePathStyle: true, partBytes: 5 * 2 ** 20 });
    await expectDamageRefused({ proxy, store, place: s3Place('directory') });
  } finally {
    await proxy.close();
  }
}, 60_000);
