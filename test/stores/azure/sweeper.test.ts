import { BlobServiceClient } from '@azure/storage-blob';
import { azureBlob, sweepAzureBlob } from '@tailrace/adapters/azure-blob';
import { it } from 'vitest';
import { expectDryRun } from '../support/dry-run.js';
import { azurePlace, testEndpoint } from './azure-place.js';
import { connectionTo, testContainer } from './azurite.js';

it('a dry run of the sweeper tells what a sweep removes from Azure, and removes nothing', async () => {
  const service = BlobServiceClient.fromConnectionString(connectionTo(testEndpoint()));
  const container = service.getContainerClient(testContainer);
  const key = `${process.pid}/dry-run`;
  const place = azurePlace('directory', key);
  await expectDryRun({
    store: azureBlob(),
    place,
    async leave(object, upload) {
      await container.getBlockBlobClient(`${key}/${object}`).upload('left', 4);
      const block = Buffer.from('block-1').toString('base64');
      await container.getBlockBlobClient(`${key}/${upload}`).stageBlock(block, 'left', 4);
    },
    sweep: (options) => sweepAzureBlob(place.path, {}, options),
  });
});
