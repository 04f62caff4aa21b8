// Runs the example on Spark as a user does, and looks at what it says and leaves.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { query } from '../support/duckdb.js';

const run = promisify(execFile);
let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'tailrace-spark-example-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

test('06-spark-simulation writes the same three tables in three ways and compares their times', async () => {
  const main = fileURLToPath(new URL('../../examples/dist/06-spark-simulation/main.js', import.meta.url));
  const options = ['--url', inject('sparkUrl'), '--out', out, '--paths', '100', '--steps', '50'];
  const { stdout } = await run(process.execPath, [main, ...options]);
  expect(stdout).toMatch(/^synchronous +[\d.]+ s$/m);
  expect(stdout).toMatch(/^background, held +[\d.]+ s {2}[\d.]+ % (faster|slower)$/m);
  expect(stdout).toMatch(/^background, not held +[\d.]+ s {2}[\d.]+ % (faster|slower)$/m);
  const facts = await Promise.all(
    ['synchronous', 'background-held', 'background-not-held'].map(async (mode) => {
      const table = (name: string): string => `read_parquet('${out}/${mode}/${name}/*.parquet')`;
      const sql = `select (select count(*) from ${table('prices')}) as prices, (select count(change) from ${table('changes')}) as changes,
        (select count(*) from ${table('summary')}) as steps, (select sum(price) from ${table('prices')} where step = 49) as last`;
      const [row = {}] = await query(sql);
      return Object.values(row).map(Number);
    }),
  );
  const [first] = facts;
  expect(first?.slice(0, 3)).toEqual([5_000, 4_900, 50]);
  // Numbers drawn with one seed are the same however the plan is run; their sum is taken in another order.
  for (const others of facts) {
    expect(others.slice(0, 3)).toEqual(first?.slice(0, 3));
    expect(others[3]).toBeCloseTo(first?.[3] ?? Number.NaN, 6);
  }
});
