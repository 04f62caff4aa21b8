import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenDatasetOptions, openDataset } from './open-dataset.js';

const never = new AbortController().signal;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-columns-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Of a column `p` of directories, in two files. */
function put(format: 'csv' | 'ndjson', first: string, second: string): void {
  for (const [at, text] of [first, second].entries()) {
    mkdirSync(join(folder, `p=${at}`));
    writeFileSync(join(folder, `p=${at}`, `x.${format}`), text);
  }
}
type AnyRow = Readonly<Record<string, unknown>>;
async function read(options: OpenDatasetOptions<AnyRow>): Promise<unknown[]> {
  const rows: unknown[] = [];
  const dataset = await openDataset<AnyRow>(folder, options);
  for await (const chunk of dataset.open(never)) rows.push(...chunk);
  return rows;
}
const misspelt: readonly OpenDatasetOptions<AnyRow>[] = [
  { columns: ['a', 'dealy'] },
  { where: { column: 'dealy', op: '=', value: '1' } },
  {
    where: {
      or: [
        { column: 'p', op: '=', value: 1 },
        { column: 'dealy', op: 'isNull' },
      ],
    },
  },
];
const unknown = { code: 'SCHEMA_INVALID', message: expect.stringContaining("no column 'dealy'") };

describe('a column that text without a schema does not have', () => {
  it.each(misspelt)('is noticed in CSV: %j', async (options) => {
    put('csv', 'a,delay\n1,2\n', 'a,delay\n3,4\n');
    await expect(read(options)).rejects.toMatchObject(unknown);
  });

  it('is noticed in one CSV file that lacks what the others have', async () => {
    put('csv', 'a,b\n1,2\n', 'a\n3\n');
    expect(await read({ columns: ['p', 'a'] })).toEqual([
      { p: 0n, a: '1' },
      { p: 1n, a: '3' },
    ]);
    await expect(read({ columns: ['b'] })).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining('p=1'),
    });
  });

  it.each(misspelt)('is noticed in NDJSON: %j', async (options) => {
    put('ndjson', '{"a":1,"delay":2}\n', '{"a":3,"delay":4}\n');
    await expect(read(options)).rejects.toMatchObject(unknown);
  });

  it('is none where only some lines of NDJSON have it', async () => {
    put('ndjson', '{"a":1}\n', '{"a":3}\n{"b":4}\n');
    const rows = await read({ columns: ['b'], where: { column: 'b', op: 'isNotNull' } });
    expect(rows).toEqual([{ b: 4 }]);
  });
});
