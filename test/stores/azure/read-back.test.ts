import { azureBlob } from '@tailrace/adapters/azure-blob';
import { expect, it } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.js';
import { expectReadBack } from '../support/read-back.js';
import { testEndpoint } from './azure-place.js';
import { connectionTo, testContainer } from './azurite.js';

it('what pipelines write to az:// is read back by openDataset, with ranged reads of Parquet', async () => {
  const proxy = await startFaultProxy(testEndpoint());
  const direct = process.env.AZURE_STORAGE_CONNECTION_STRING;
  process.env.AZURE_STORAGE_CONNECTION_STRING = connectionTo(proxy.url);
  try {
    // Other options than those of other tests: connections are kept by them.
    const stores = [azureBlob({ timeoutMs: 59_000 })];
    await expectReadBack(`az://${testContainer}/read-back`, stores, () => proxy.bytesGiven);
    expect(proxy.faults).toBe(0);
  } finally {
    process.env.AZURE_STORAGE_CONNECTION_STRING = direct;
    await proxy.close();
  }
});
