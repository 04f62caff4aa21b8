import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataType } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataset } from './open-dataset.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-readable-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(format: string, type: DataType, name = `x.${format}`): void {
  const columns = [
    { name: 'n', type: { kind: 'int32' }, nullable: false },
    { name: 'odd', type, nullable: true },
  ];
  const manifest = {
    ...{ version: 1, runId: 'run-1', output: 'out', format, schema: '', partitionBy: [], columns },
    ...{ rows: 1, bytes: 1, files: [{ path: name, rows: 1, bytes: 1, checksum: 'one' }] },
  };
  writeFileSync(join(folder, '_manifest.json'), JSON.stringify(manifest));
}
const bytes: DataType = { kind: 'binary' };
const odd: readonly (readonly [string, DataType])[] = [
  ['csv', { kind: 'list', item: { name: 'item', type: { kind: 'int32' }, nullable: true } }],
  // Its manifest does not tell what bytes are written as.
  ['ndjson', bytes],
  ['ndjson', { kind: 'struct', fields: [{ name: 'b', type: bytes, nullable: true }] }],
];

describe('a dataset with what cannot be read back', () => {
  it.each(odd)(
    'is refused when it is opened, by column, and the other columns are not: %s, %j',
    async (format, type) => {
      put(format, type);
      await expect(openDataset(folder)).rejects.toMatchObject({
        code: 'PLAN_INVALID',
        message: expect.stringContaining('its column "odd" is'),
      });
      expect((await openDataset(folder, { columns: ['n'] })).schema?.fields).toHaveLength(1);
    },
  );

  it('is opened when it is told what its bytes are written as', async () => {
    put('ndjson', bytes);
    expect((await openDataset(folder, { ndjson: { binary: 'hex' } })).schema?.fields).toHaveLength(2);
  });
});
