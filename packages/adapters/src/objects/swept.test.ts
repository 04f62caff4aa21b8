import { expect, it } from 'vitest';
import { sweepAzureBlob } from '../azure-blob/index.js';
import { sweepS3 } from '../s3/index.js';
import { inFamily } from './swept.js';

it('a sweep takes no path of another scheme, though a bucket of that name may be there', async () => {
  for (const path of ['az://bucket/x', 'bucket/x', '/tmp/x']) {
    await expect(sweepS3(path)).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: `sweepS3 sweeps URLs of the scheme s3, as in s3://bucket/routes, not ${path}.`,
    });
  }
  await expect(sweepAzureBlob('s3://bucket/x')).rejects.toThrow(
    'sweepAzureBlob sweeps URLs of the scheme az',
  );
});

it('an SDK that is not there is told of in an error of the family, with what to install', async () => {
  const missing = Object.assign(new Error("Cannot find package '@aws-sdk/client-s3'"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  await expect(
    inFamily('sweepS3', '@aws-sdk/client-s3', () => Promise.reject(missing)),
  ).rejects.toMatchObject({
    code: 'MODULE_INVALID',
    status: 'permanent',
    message: expect.stringMatching(/^sweepS3 could not load .* Run npm install @aws-sdk\/client-s3\.$/),
    cause: missing,
  });
});
