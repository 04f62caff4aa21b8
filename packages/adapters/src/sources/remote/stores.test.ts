import { TailraceError } from '@tailrace/core';
import { expect, it } from 'vitest';
import { asSource } from './stores.js';

const path = 's3://bucket/a.csv';
const failing = (message: string, code: 'STORE_FAILED' | 'CONFLICT') => async () => {
  throw new TailraceError(message, { code, operation: 'read file', status: 'permanent' });
};

it('what a store fails of is a failed source, whose message has the path once', async () => {
  const once = { code: 'SOURCE_FAILED', message: `'${path}' cannot be read: Could not read a.csv: 403.` };
  await expect(asSource(path, failing('Could not read a.csv: 403.', 'STORE_FAILED'))).rejects.toMatchObject(
    once,
  );
  const said = `${path} cannot be read: its manifest is gone.`;
  await expect(asSource(path, failing(said, 'STORE_FAILED'))).rejects.toMatchObject({
    code: 'SOURCE_FAILED',
    message: said,
  });
  await expect(asSource(path, failing('replaced', 'CONFLICT'))).rejects.toMatchObject({ code: 'CONFLICT' });
});
