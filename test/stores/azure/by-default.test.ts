import { azureBlob } from '@tailrace/adapters/azure-blob';
import { it } from 'vitest';
import { expectByDefault } from '../support/by-default.js';
import { testContainer } from './azurite.js';

it('outputs with partitions go to az:// with the memory that a run has by default', async () => {
  await expectByDefault(`az://${testContainer}/by-default`, [azureBlob()]);
});
