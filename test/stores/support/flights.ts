// Owns the demo of flights with its outputs on a store: run as users run it, read back by openDataset.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDataset } from '@tailrace/adapters/sources';
import type { StoreOfScheme } from '@tailrace/core';
import { expect } from 'vitest';

const program = fileURLToPath(new URL('../../../examples/dist/01-flights/main.js', import.meta.url));
const rows = 20_000;

export async function expectFlights(
  out: string,
  stores: readonly StoreOfScheme[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'tailrace-flights-'));
  try {
    // With the memory of a run by default, and all its outputs.
    const args = ['--rows', String(rows), '--out', out];
    await promisify(execFile)(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...env } });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
  let found = 0;
  const routes = await openDataset(`${out}/routes`, { stores, columns: ['delay'] });
  for await (const chunk of routes.open(new AbortController().signal)) found += chunk.length;
  expect(found).toBe(rows);
  expect(routes.partitionBy.length).toBeGreaterThan(0);
  for (const file of ['daily.csv.gz', 'extreme.ndjson', 'hourly', 'scenarios']) {
    const dataset = await openDataset(`${out}/${file}`, { stores });
    let lines = 0;
    for await (const chunk of dataset.open(new AbortController().signal)) lines += chunk.length;
    expect(lines, file).toBe(dataset.totalItems);
    expect(lines, file).toBeGreaterThan(0);
  }
}
