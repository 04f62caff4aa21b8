import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCsv } from './csv/read-csv.js';
import { readNdjson } from './ndjson/read-ndjson.js';
import { readParquet } from './parquet/read-parquet.js';

const { signal } = new AbortController();
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-fingerprint-'));
});
afterEach(() => rm(dir, { recursive: true }));

it.each([
  ['readCsv', (path: string, chunkRows: number) => readCsv(path, { chunkRows })],
  ['readNdjson', (path: string, chunkRows: number) => readNdjson(path, { chunkRows })],
  ['readParquet', (path: string, chunkRows: number) => readParquet(path, { chunkRows })],
])('%s names its file by size, time and options, and says when it is missing', async (_name, read) => {
  const path = join(dir, 'x');
  const now = (chunkRows = 9): Promise<string | undefined> =>
    Promise.resolve(read(path, chunkRows).fingerprint?.(signal));
  await expect(now()).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  await writeFile(path, 'abc');
  await utimes(path, 1_000, 1_000);
  const first = await now();
  expect(first).toMatch(/^files:/);
  expect(await now()).toBe(first);
  expect(await now(10)).not.toBe(first);
  await utimes(path, 1_000, 1_001);
  expect(await now()).not.toBe(first);
  await writeFile(path, 'abcd');
  await utimes(path, 1_000, 1_000);
  expect(await now()).not.toBe(first);
});
