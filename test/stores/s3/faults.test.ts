import { s3, sweepS3 } from '@tailrace/adapters/s3';
import { expect, it } from 'vitest';
import { runFaultCampaign, seeded } from '../support/fault-campaign.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { s3Place, testEndpoint } from './s3-place.js';

const faults = Number(process.env.TAILRACE_STORE_FAULTS ?? 300);

it(`${faults} faults between a run and S3 lose nothing, double nothing and leave nothing`, async () => {
  const proxy = await startFaultProxy(testEndpoint());
  try {
    const options = {
      endpoint: proxy.url,
      forcePathStyle: true,
      partBytes: 5 * 2 ** 20,
      timeoutMs: 1_000,
    } as const;
    const result = await runFaultCampaign({
      proxy,
      store: s3(options),
      place: s3Place,
      sweep: (path) => sweepS3(path, { endpoint: testEndpoint(), forcePathStyle: true }, { olderThanMs: 0 }),
      faults,
      tellsSkew: true,
      fencesFiles: true,
      random: seeded(Number(process.env.TAILRACE_FUZZ_SEED ?? 1)),
    });
    console.log(JSON.stringify(result));
    // None does, as a rule: whatever is not known is looked for or asked again.
    expect(result.failed).toBeLessThanOrEqual(faults / 50);
    // Fewer do not meet every kind.
    if (faults >= 200) expect(result.unseen).toEqual([]);
  } finally {
    await proxy.close();
  }
}, 900_000);
