import { azureBlob, sweepAzureBlob } from '@tailrace/adapters/azure-blob';
import { expect, it } from 'vitest';
import { runFaultCampaign, seeded } from '../support/fault-campaign.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { azurePlace, testEndpoint } from './azure-place.js';
import { connectionTo } from './azurite.js';

const faults = Number(process.env.TAILRACE_STORE_FAULTS ?? 300);

it(`${faults} faults between a run and Azure lose nothing, double nothing and leave nothing`, async () => {
  const proxy = await startFaultProxy(testEndpoint());
  const direct = process.env.AZURE_STORAGE_CONNECTION_STRING;
  process.env.AZURE_STORAGE_CONNECTION_STRING = connectionTo(proxy.url);
  try {
    const result = await runFaultCampaign({
      proxy,
      store: azureBlob({ partBytes: 5 * 2 ** 20, timeoutMs: 1_000 }),
      place: azurePlace,
      sweep: (path) => sweepAzureBlob(path, {}, { olderThanMs: 0 }),
      faults,
      tellsSkew: false,
      fencesFiles: false,
      random: seeded(Number(process.env.TAILRACE_FUZZ_SEED ?? 1)),
    });
    console.log(JSON.stringify(result));
    // None does, as a rule: whatever is not known is looked for or asked again.
    expect(result.failed).toBeLessThanOrEqual(faults / 50);
    // Fewer do not meet every kind.
    if (faults >= 200) expect(result.unseen).toEqual([]);
  } finally {
    process.env.AZURE_STORAGE_CONNECTION_STRING = direct;
    await proxy.close();
  }
}, 900_000);
