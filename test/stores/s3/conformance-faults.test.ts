// The suite of stores, with every eleventh request spoilt on its way: what a further try mends is nothing that a run hears of.
import { s3 } from '@tailrace/adapters/s3';
import { testStore } from '@tailrace/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.js';
import { steadyFaults } from '../support/steady-faults.js';
import { s3Place, testEndpoint } from './s3-place.js';

const proxy = await startFaultProxy(testEndpoint());
steadyFaults(proxy, 11);
afterAll(async () => {
  await proxy.close();
  console.log(`${proxy.faults} faults in ${proxy.requests} requests`);
  expect(proxy.faults).toBeGreaterThan(100);
});

testStore(
  { describe, it },
  {
    name: 'S3 behind a network that fails,',
    store: s3({ endpoint: proxy.url, forcePathStyle: true, partBytes: 5 * 2 ** 20, timeoutMs: 20_000 }),
    exclusive: false,
    supports: ['overwritePartitions', 'generations', 'replaces'],
    place: async (kind) => s3Place(kind),
  },
);
