// Runs the examples other than the demo as a user does, and looks at what they say and leave.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';

const run = promisify(execFile);
const runExample = async (name: string, ...args: string[]): Promise<string> => {
  const main = fileURLToPath(new URL(`../../examples/dist/${name}/main.js`, import.meta.url));
  const { stdout } = await run(process.execPath, [main, ...args]);
  return stdout;
};

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'tailrace-examples-'));
});
afterEach(async () => {
  await rm(out, { recursive: true, force: true });
});

test('02-simulation writes the same three tables in three ways and compares their times', async () => {
  const said = await runExample(
    '02-simulation',
    '--paths',
    '50',
    '--steps',
    '40',
    '--rounds',
    '2',
    '--out',
    out,
  );
  expect(said).toMatch(/^inline, workers: 0 +[\d.]+ s\n/);
  expect(said).toMatch(/^background, materialised +[\d.]+ s {2}[\d.]+ % (faster|slower)$/m);
  expect(said).toMatch(/^background, recomputed +[\d.]+ s {2}[\d.]+ % (faster|slower)$/m);

  const instance = await DuckDBInstance.create(':memory:');
  const sql = await instance.connect();
  try {
    for (const mode of ['inline', 'materialised', 'recomputed']) {
      const table = (name: string): string => `read_parquet('${out}/${mode}/round-2/${name}/*.parquet')`;
      const reader = await sql.runAndReadAll(`with returns as (
          select step, path, ln(price / lag(price) over (partition by path order by step)) as r from ${table('prices')})
        select (select count(*) from ${table('prices')})::int as prices,
          (select count(*) from ${table('changes')} c join returns using (step, path)
            where abs(c.log_return - coalesce(r, 0)) < 1e-9)::int as changes,
          (select count(*) from ${table('risks')} k
            join (select step, coalesce(avg(r), 0) as mean from returns group by step) using (step)
            where abs(mean_return - mean) < 1e-9)::int as risks`);
      expect(reader.getRowObjects()).toEqual([{ prices: 50 * 41, changes: 50 * 41, risks: 41 }]);
    }
  } finally {
    sql.closeSync();
    instance.closeSync();
  }
});

test('03-custom-sink publishes every line once, though its service refuses the first request', async () => {
  const said = await runExample('03-custom-sink');
  expect(said).toBe(
    [
      '100000 lines published; writes: 1, attempts: 2; the first:',
      'reading,sensor=hall\\ 0 celsius=20 978307200000',
      '0 parts left behind',
      '',
    ].join('\n'),
  );
});

test('04-custom-format writes a Markdown table, and replaces it', async () => {
  const path = join(out, 'mills.md');
  await runExample('04-custom-format', path);
  await runExample('04-custom-format', path);
  expect(await readFile(path, 'utf8')).toBe(
    [
      '| mill | kind | wheels | note |',
      '| --- | --- | ---: | --- |',
      '| Windmill Lane | flour | 2 | – |',
      '| Lower Forge | iron | 4 | two wheels \\| two hammers |',
      '',
    ].join('\n'),
  );
  expect((await readdir(out)).filter((name) => !name.startsWith('.'))).toEqual(['mills.md']);
});

test('05-custom-store keeps both versions of a table, and reads either', async () => {
  expect(await runExample('05-custom-store', join(out, 'mills'))).toBe(
    'version 2: Lower Forge,4\nversion 1: Lower Forge,2\n',
  );
  // Nothing of the runs but their published files.
  const names = (await readdir(join(out, 'mills'))).sort();
  expect(names.map((name) => name.replace(/-.*$/, ''))).toEqual([
    'run',
    'run',
    'v00000001.json',
    'v00000002.json',
  ]);
});
