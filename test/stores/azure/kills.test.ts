import { sweepAzureBlob } from '@tailrace/adapters/azure-blob';
import { expect, it } from 'vitest';
import { seeded } from '../support/fault-campaign.js';
import { runKillCampaign } from '../support/kill-campaign.js';
import { azurePlace } from './azure-place.js';
import { testContainer } from './azurite.js';

const kills = Number(process.env.TAILRACE_STORE_KILLS ?? 15);

it(`${kills} jobs killed on their way to Azure publish everything once when they are resumed`, async () => {
  const prefix = `az://${testContainer}/`;
  const result = await runKillCampaign({
    base: `${prefix}kills-${process.pid}`,
    place: (path, kind) => azurePlace(kind, path.slice(prefix.length)),
    sweep: (path) => sweepAzureBlob(path, {}, { olderThanMs: 0 }),
    kills,
    random: seeded(Number(process.env.TAILRACE_FUZZ_SEED ?? 1)),
  });
  console.log(JSON.stringify(result));
  expect(result).toMatchObject({ lost: 0, duplicated: 0, halfVisible: 0, left: 0, problems: [] });
}, 1_800_000);
