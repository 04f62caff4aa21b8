// The suite of stores, with every eleventh request spoilt on its way: what a further try mends is nothing that a run hears of.
import { azureBlob } from '@tailrace/adapters/azure-blob';
import { testStore } from '@tailrace/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.js';
import { steadyFaults } from '../support/steady-faults.js';
import { azurePlace, testEndpoint } from './azure-place.js';
import { connectionTo } from './azurite.js';

const proxy = await startFaultProxy(testEndpoint());
steadyFaults(proxy, 11);
const direct = process.env.AZURE_STORAGE_CONNECTION_STRING;
process.env.AZURE_STORAGE_CONNECTION_STRING = connectionTo(proxy.url);
afterAll(async () => {
  process.env.AZURE_STORAGE_CONNECTION_STRING = direct;
  await proxy.close();
  console.log(`${proxy.faults} faults in ${proxy.requests} requests`);
  expect(proxy.faults).toBeGreaterThan(100);
});

testStore(
  { describe, it },
  {
    name: 'Azure Blob behind a network that fails,',
    // Other options than those of other tests: connections are kept by them.
    store: azureBlob({ timeoutMs: 20_000 }),
    exclusive: false,
    supports: ['overwritePartitions', 'generations', 'replaces'],
    place: async (kind) => azurePlace(kind),
  },
);
