import { TailraceError } from '@tailrace/core';
import { expect, it } from 'vitest';
import { memoryStore } from './memory-store.js';
import { asSource, storeFor } from './stores.js';

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

it('two stores of one scheme are refused, as nobody can tell which of them is meant', async () => {
  const [one, other] = [memoryStore().ref, memoryStore().ref];
  await expect(storeFor('memory://bucket/a.csv', [one, other], 'readCsv')).rejects.toThrow(
    "readCsv('memory://bucket/a.csv') could go to several stores for memory",
  );
  await expect(storeFor('memory://bucket/a.csv', [one, { ...other, scheme: 'az' }])).resolves.toMatchObject({
    store: { name: 'memory' },
  });
});
