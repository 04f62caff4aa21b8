import { azureBlob } from '@tailrace/adapters/azure-blob';
import { testStore } from '@tailrace/core/testing';
import { describe, it } from 'vitest';
import { azurePlace } from './azure-place.js';

testStore(
  { describe, it },
  {
    name: 'Azure Blob, as Azurite serves it,',
    store: azureBlob(),
    exclusive: false,
    supports: ['overwritePartitions', 'generations', 'replaces'],
    place: async (kind) => azurePlace(kind),
  },
);
