import { BlobServiceClient } from '@azure/storage-blob';
import { azureBlob } from '@tailrace/adapters/azure-blob';
import { afterAll, beforeAll, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import {
  expectOthersFilesRead,
  expectReadByOthers,
  expectReplacedIsTold,
  type ReadSources,
} from '../support/read-sources.js';
import { azurePlace, testEndpoint } from './azure-place.js';
import { connectionTo, testContainer } from './azurite.js';

let proxy: FaultProxy;
const direct = process.env.AZURE_STORAGE_CONNECTION_STRING;
beforeAll(async () => {
  proxy = await startFaultProxy(testEndpoint());
  process.env.AZURE_STORAGE_CONNECTION_STRING = connectionTo(proxy.url);
});
afterAll(async () => {
  process.env.AZURE_STORAGE_CONNECTION_STRING = direct;
  await proxy.close();
});

function reading(base: string): ReadSources {
  const service = BlobServiceClient.fromConnectionString(connectionTo(testEndpoint()));
  return {
    root: `az://${testContainer}/`,
    base,
    // Other options than those of other tests: connections are kept by them.
    stores: [azureBlob({ timeoutMs: 58_000 })],
    put: async (key, body) => {
      await service.getContainerClient(testContainer).getBlockBlobClient(key).uploadData(body);
    },
    place: azurePlace,
    bytesRead: () => proxy.bytesGiven,
  };
}

it('what others have put on Azure is read by its URL or a pattern, and of Parquet no more than is wanted', async () => {
  await expectOthersFilesRead(reading('others'));
});

it('a file that others replace on Azure by a shorter one while it is read is told of as replaced', () =>
  expectReplacedIsTold(reading('replaced')));

it('what a pipeline reads from Azure and writes there is read by DuckDB, fetched by the SDK', () =>
  expectReadByOthers(reading('by-others')));
