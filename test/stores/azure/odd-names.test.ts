import { BlobServiceClient } from '@azure/storage-blob';
import { azureBlob } from '@tailrace/adapters/azure-blob';
import { it } from 'vitest';
import { expectOddNames, oddNames } from '../support/odd-names.js';
import { testEndpoint } from './azure-place.js';
import { connectionTo, testContainer } from './azurite.js';

it('what is written to az:// with odd signs in its name lies under the key that it names', async () => {
  const service = BlobServiceClient.fromConnectionString(connectionTo(testEndpoint()));
  const container = service.getContainerClient(testContainer);
  await expectOddNames(`az://${testContainer}/odd`, oddNames, [azureBlob()], async (name) => {
    const keys: string[] = [];
    for await (const blob of container.listBlobsFlat({ prefix: `odd/${name}` })) keys.push(blob.name);
    return keys;
  });
});
