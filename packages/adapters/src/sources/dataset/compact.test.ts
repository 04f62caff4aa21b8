import { expect, it } from 'vitest';
import { compact } from './compact.js';

it('compact takes no URL, and says so before it looks for a directory of that name', async () => {
  const write = (): never => {
    throw new Error('nothing is to be written');
  };
  await expect(compact('s3://bucket/routes', { write })).rejects.toMatchObject({
    code: 'PLAN_INVALID',
    message: expect.stringContaining(
      "compact('s3://bucket/routes'): it is a URL, and only local datasets are compacted",
    ),
  });
});
