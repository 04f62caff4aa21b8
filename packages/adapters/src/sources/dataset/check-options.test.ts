import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineSchema, int64, timestamp } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataset } from './open-dataset.js';

const never = new AbortController().signal;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-options-'));
  writeFileSync(join(folder, 'x.ndjson'), '{"n":1,"at":5}\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

function withManifest(): void {
  const columns = [
    { name: 'n', type: { kind: 'int64', js: 'bigint' }, nullable: false },
    { name: 'at', type: { kind: 'timestamp', unit: 'us', timezone: 'UTC', js: 'bigint' }, nullable: false },
  ];
  const manifest = {
    ...{ version: 1, runId: 'run-1', output: 'out', format: 'ndjson', schema: '', partitionBy: [], columns },
    ...{ rows: 1, bytes: 15, files: [{ path: 'x.ndjson', rows: 1, bytes: 15, checksum: 'one' }] },
  };
  writeFileSync(join(folder, '_manifest.json'), JSON.stringify(manifest));
}
const schema = defineSchema({ n: int64(), at: timestamp('us', { js: 'bigint' }) });
const refused: readonly object[] = [
  { format: 'xml' },
  { format: 'csv' },
  { int64: 'BigInt' },
  { timestamps: 'ms' },
  { schema, int64: 'number' },
  { schema, timestamps: 'date' },
  { csv: { nullText: 'NA' } },
  { csv: ';' },
  { ndjson: { binary: 'utf8' } },
  { ndjson: 'hex' },
  { chunkRows: 0 },
  { chunkRows: '8' },
  { columns: [] },
  { columns: 'n' },
];

describe('options of openDataset', () => {
  it.each(refused)('are refused when they are wrong or contradict the dataset: %j', async (options) => {
    withManifest();
    // As from JavaScript.
    await expect(openDataset(folder, options as { chunkRows: number })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
    });
  });

  it('are refused when CSV cannot be read with them', async () => {
    rmSync(join(folder, 'x.ndjson'));
    writeFileSync(join(folder, 'x.csv'), 'n\n1\n');
    const csv = { delimiter: '' };
    await expect(openDataset(folder, { csv })).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  });

  it('that change the rows change the fingerprint, and no others', async () => {
    withManifest();
    const prints = new Set<string | undefined>();
    const forms: readonly object[] = [{}, { int64: 'number' }, { timestamps: 'date' }, { columns: ['n'] }];
    for (const form of forms) prints.add(await (await openDataset(folder, form)).fingerprint?.(never));
    expect(prints.size).toBe(4);
    for (const form of [{ chunkRows: 7 }, { format: 'ndjson' }, { int64: 'bigint' }] as const)
      prints.add(await (await openDataset(folder, form)).fingerprint?.(never));
    expect(prints.size).toBe(4);
  });
});
