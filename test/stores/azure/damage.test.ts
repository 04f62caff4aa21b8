import { azureBlob } from '@tailrace/adapters/azure-blob';
import { it } from 'vitest';
import { expectDamageRefused } from '../support/damage.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { azurePlace, testEndpoint } from './azure-place.js';
import { connectionTo } from './azurite.js';

it('uploads to Azure that are damaged on their way are refused and sent again, and the output is whole', async () => {
  const proxy = await startFaultProxy(testEndpoint());
  const direct = process.env.AZURE_STORAGE_CONNECTION_STRING;
  process.env.AZURE_STORAGE_CONNECTION_STRING = connectionTo(proxy.url);
  try {
    const store = azureBlob({ partBytes: 5 * 2 ** 20 });
    await expectDamageRefused({ proxy, store, place: azurePlace('directory') });
  } finally {
    process.env.AZURE_STORAGE_CONNECTION_STRING = direct;
    await proxy.close();
  }
}, 60_000);
