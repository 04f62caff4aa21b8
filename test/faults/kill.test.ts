// kill -9 in the middle of replacing a dataset, at many moments: what a reader then finds, and what the next run does.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { query } from '../support/duckdb.js';
import { type Ended, type Program, startProgram } from '../support/program.js';

const rows = 60_000;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-kill-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const start = (version: number): Program => startProgram('overwriting-run', { dir, version, rows });
const hidden = async (): Promise<string[]> =>
  (await readdir(dir)).filter((name) => /^\..*\.(stage|old)-/.test(name)).sort();

interface FileInManifest {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}

/** The version that a reader finds, after having checked that it is whole; undefined when the path is absent. */
async function versionOf(name: 'table' | 'lines.ndjson'): Promise<number | undefined> {
  if (!(await readdir(dir)).includes(name)) return undefined;
  const isTable = name === 'table';
  const from = isTable
    ? `read_parquet('${dir}/table/**/*.parquet', hive_partitioning = true)`
    : `read_json('${dir}/lines.ndjson', format = 'newline_delimited')`;
  const found =
    await query(`select version::int as version, count(*)::int as rows, count(distinct n)::int as distinct_rows,
    sum(n)::double as total, count(distinct part)::int as parts from ${from} group by version`);
  expect(found).toEqual([
    { version: expect.any(Number), rows, distinct_rows: rows, total: (rows * (rows - 1)) / 2, parts: 7 },
  ]);
  if (isTable) await checkManifest();
  return Number(found[0]?.version);
}

/** The manifest names exactly the files that are there, with their sizes, and all rows. */
async function checkManifest(): Promise<void> {
  const table = join(dir, 'table');
  const manifest: { rows: number; files: FileInManifest[] } = JSON.parse(
    await readFile(join(table, '_manifest.json'), 'utf8'),
  );
  const found = await readdir(table, { recursive: true });
  expect(found.filter((path) => path.endsWith('.parquet')).sort()).toEqual(
    manifest.files.map(({ path }) => path).sort(),
  );
  for (const file of manifest.files) expect((await stat(join(table, file.path))).size).toBe(file.bytes);
  expect(manifest.rows).toBe(rows);
  expect(manifest.files.reduce((sum, file) => sum + file.rows, 0)).toBe(rows);
}

/** Numbers from 0 to 1 that are the same in every run. */
function* shares(): Generator<number, never> {
  for (let state = 20_010_101; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Kills the program a while after it has said a word, unless it has ended before. */
async function killedAfter(program: Program, word: string, delayMs: number): Promise<Ended> {
  await program.said(word);
  setTimeout(() => program.kill('SIGKILL'), delayMs);
  return program.ended;
}

it('leaves the old or the new version whole at whatever moment a process is killed, and the next run cleans up', async () => {
  let last = 1;
  const whole = await start(last).ended;
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  expect([await versionOf('table'), await versionOf('lines.ndjson')]).toEqual([1, 1]);

  const random = shares();
  // What each target may hold: the version of before, or one of those whose runs were killed since.
  const possible = { table: new Set([1]), 'lines.ndjson': new Set([1]) };
  let killed = 0;
  let interrupted = 0;
  for (let round = 0; round < 16; round += 1) {
    const version = last + 1;
    // Half of the moments anywhere, the other half around the commit, which is short.
    const [word, spreadMs] =
      round % 2 === 0 ? (['writing', whole.elapsedMs / 2] as const) : (['flushing', 60] as const);
    const ended = await killedAfter(start(version), word, random.next().value * spreadMs);
    if (ended.signal === 'SIGKILL') killed += 1;
    else expect(ended.code).toBe(0);
    if ((await hidden()).length > 0) interrupted += 1;

    for (const name of ['table', 'lines.ndjson'] as const) {
      const found = await versionOf(name);
      possible[name].add(version);
      if (found !== undefined) {
        expect([...possible[name]]).toContain(found);
        possible[name] = new Set([found]);
      } else {
        // Killed between the two renames of a swap: the old version stands beside the path until the next run.
        expect(name).toBe('table');
        expect(await hidden()).toContainEqual(expect.stringMatching(/^\.table\.old-/));
      }
    }
    last = version;
    if (round % 3 !== 2) continue;

    last += 1;
    expect(await start(last).ended).toMatchObject({ code: 0, stderr: '' });
    expect([await versionOf('table'), await versionOf('lines.ndjson')]).toEqual([last, last]);
    expect(await hidden()).toEqual([]);
    possible.table = new Set([last]);
    possible['lines.ndjson'] = new Set([last]);
  }
  // Else the moments were badly chosen, and nothing was tested.
  expect(killed).toBeGreaterThanOrEqual(8);
  expect(interrupted).toBeGreaterThanOrEqual(4);
});
