import { sweepS3 } from '@tailrace/adapters/s3';
import { expect, it } from 'vitest';
import { seeded } from '../support/fault-campaign.js';
import { runKillCampaign } from '../support/kill-campaign.js';
import { s3Place, testEndpoint } from './s3-place.js';
import { testBucket } from './versitygw.js';

const kills = Number(process.env.TAILRACE_STORE_KILLS ?? 15);

it(`${kills} jobs killed on their way to S3 publish everything once when they are resumed`, async () => {
  const prefix = `s3://${testBucket}/`;
  const result = await runKillCampaign({
    base: `${prefix}kills-${process.pid}`,
    endpoint: testEndpoint(),
    place: (path, kind) => s3Place(kind, path.slice(prefix.length)),
    sweep: (path) => sweepS3(path, { endpoint: testEndpoint(), forcePathStyle: true }, { olderThanMs: 0 }),
    kills,
    random: seeded(Number(process.env.TAILRACE_FUZZ_SEED ?? 1)),
  });
  console.log(JSON.stringify(result));
  expect(result).toMatchObject({ lost: 0, duplicated: 0, halfVisible: 0, left: 0, problems: [] });
}, 1_800_000);
