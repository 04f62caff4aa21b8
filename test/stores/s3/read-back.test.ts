import { s3 } from '@tailrace/adapters/s3';
import { expect, it } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.js';
import { expectReadBack } from '../support/read-back.js';
import { testEndpoint } from './s3-place.js';
import { testBucket } from './versitygw.js';

it('what pipelines write to s3:// is read back by openDataset, with ranged reads of Parquet', async () => {
  const proxy = await startFaultProxy(testEndpoint());
  try {
    const stores = [s3({ endpoint: proxy.url, forcePathStyle: true })];
    await expectReadBack(`s3://${testBucket}/read-back`, stores, () => proxy.bytesGiven);
    expect(proxy.faults).toBe(0);
  } finally {
    await proxy.close();
  }
});
