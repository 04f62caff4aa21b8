import { afterEach, expect, it, vi } from 'vitest';
import { connectS3 } from './connect.js';
import type { S3Settings } from './settings.js';

const settings: S3Settings = {
  partBytes: 8 * 2 ** 20,
  partsInFlight: 4,
  timeoutMs: 1_000,
  isTrusted: false,
  region: undefined,
  endpoint: 'http://127.0.0.1:1',
  forcePathStyle: true,
  profile: undefined,
};
afterEach(() => vi.unstubAllEnvs());

it('without a region it fails for good before anything is asked, and says what to set', async () => {
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, '/nowhere');
  await expect(connectS3(settings)).rejects.toMatchObject({
    code: 'STORE_FAILED',
    status: 'permanent',
    message: expect.stringContaining('set AWS_REGION'),
  });
  vi.stubEnv('AWS_REGION', 'here');
  expect(await connectS3(settings)).toMatchObject({ isTrusted: false });
});
