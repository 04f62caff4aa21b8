// Runs the demo as a user does and compares what it wrote with the same computations in DuckDB's SQL over the input.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const demo = join(examples, 'dist/01-flights/main.js');
const data = join(dirname(createRequire(join(examples, 'package.json')).resolve('vega-datasets')), '../data');

const run = promisify(execFile);

/** Ends the demo the hard way when it takes longer than the test may. */
async function runDemo(
  args: readonly string[],
  { timeoutMs = 50_000, env = {} }: { timeoutMs?: number; env?: Record<string, string> } = {},
): Promise<string> {
  const { stdout } = await run(process.execPath, [demo, ...args], {
    env: { ...process.env, ...env },
    maxBuffer: 1 << 24,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  return stdout;
}

/** Interrupts the demo as soon as it shows that it runs, and again after each answer; resolves with its exit code. */
function interrupt(args: readonly string[], times: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [demo, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 50_000,
      killSignal: 'SIGKILL',
    });
    let said = '';
    let sent = 0;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const answers = said.split('SIGINT').length - 1;
      if (sent < times && sent <= answers && said.includes('running')) {
        sent += 1;
        child.kill('SIGINT');
      }
    });
    child.once('error', reject).once('close', (code) => resolve(code));
  });
}

let scratch: string;
let instance: DuckDBInstance;
let sql: DuckDBConnection;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tailrace-flights-'));
  instance = await DuckDBInstance.create(':memory:');
  sql = await instance.connect();
});
afterAll(async () => {
  sql.closeSync();
  instance.closeSync();
  await rm(scratch, { recursive: true, force: true });
});

/** The one row of a query, as an object; bigints as numbers. */
async function one(query: string): Promise<Record<string, DuckDBValue>> {
  const reader = await sql.runAndReadAll(query);
  const [row] = reader.getRowObjects();
  if (row === undefined) throw new Error(`No row came of: ${query}`);
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}

/** Views over the first `rows` flights of the input and the airports. */
async function viewInput(rows: number): Promise<void> {
  await view(
    'input',
    `select date, delay, distance, origin, destination
      from read_parquet('${data}/flights-3m.parquet', file_row_number = true) where file_row_number < ${rows}`,
  );
  await view(
    'airports',
    `select iata, state, latitude::double as lat, longitude::double as lon
      from read_csv('${data}/airports.csv', all_varchar = true)`,
  );
}

/** A view over everything that the demo wrote to `out`. */
async function viewOutputs(out: string): Promise<void> {
  await viewRoutes(out);
  await view('hourly', `select * from read_parquet('${out}/hourly/*.parquet')`);
  await view(
    'daily',
    `select * from read_csv('${out}/daily.csv.gz', header = true, columns = {'day': 'date', 'origin': 'varchar',
      'flights': 'bigint', 'mean_delay': 'double', 'late_share': 'double'})`,
  );
  await view(
    'extreme',
    `select * from read_json('${out}/extreme.ndjson', format = 'newline_delimited', columns = {'date': 'timestamp',
      'delay': 'bigint', 'distance': 'bigint', 'origin': 'varchar', 'destination': 'varchar'})`,
  );
  await view('scenarios', `select * from read_parquet('${out}/scenarios/*.parquet')`);
}

const viewRoutes = (out: string): Promise<void> =>
  view(
    'routes',
    `select * from read_parquet('${out}/routes/**/*.parquet', hive_partitioning = true,
      hive_types = {'origin_state': varchar})`,
  );

async function view(name: string, select: string): Promise<void> {
  await sql.run(`create or replace view ${name} as ${select}`);
}

/** The rows of a query as a number and a sum of hashes: equal for the same rows in whatever order. */
async function fingerprint(columns: string, rows: string): Promise<Record<string, DuckDBValue>> {
  return one(
    `select count(*) as n, sum(hash(${columns})::hugeint)::varchar as hashes from (select ${columns} from ${rows})`,
  );
}

const flightColumns = 'date, delay, distance, origin, destination';

describe.each([
  { rows: 200_000, TZ: 'America/New_York', timeoutMs: 60_000 },
  { rows: 3_000_000, TZ: 'UTC', timeoutMs: 180_000 },
])('the demo on $rows flights (TZ=$TZ)', ({ rows, TZ, timeoutMs }) => {
  let out: string;

  beforeAll(async () => {
    out = join(scratch, `of-${rows}`);
    await runDemo(['--rows', String(rows), '--out', out], { timeoutMs: timeoutMs - 5_000, env: { TZ } });
    await viewInput(rows);
    await viewOutputs(out);
  }, timeoutMs);

  test('leaves its outputs and the report, and nothing else to be seen', async () => {
    const entries = (await readdir(out)).filter((name) => !name.startsWith('.'));
    expect(entries.sort()).toEqual([
      'daily.csv.gz',
      'extreme.ndjson',
      'hourly',
      'report.json',
      'routes',
      'scenarios',
    ]);
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'));
    expect(report.elapsedMs).toBeGreaterThan(0);
    expect(report.rows).toBeGreaterThanOrEqual(rows);
    expect(report.peakBytesHeld).toBeGreaterThan(0);
    const names = report.outputs.map(
      (output: { name: string; state: string }) => `${output.name} ${output.state}`,
    );
    expect(names.sort()).toEqual([
      'daily done',
      'extreme done',
      'hourly done',
      'routes done',
      'scenarios done',
    ]);
  });

  test('routes have every flight, unchanged', async () => {
    const sums = 'count(*) as n, sum(distance)::bigint as distance, sum(delay)::bigint as delay';
    const expected = await one(`select ${sums} from input`);
    expect(expected.n).toBe(rows);
    expect(await one(`select ${sums} from routes`)).toEqual(expected);
    expect(await fingerprint(flightColumns, 'routes')).toEqual(await fingerprint(flightColumns, 'input'));
  });

  test('routes have the states, the great-circle distance and the delay class', async () => {
    const { n, wrong_states, wrong_km, wrong_class } = await one(`
      select count(*) as n,
        count(*) filter (origin_state is distinct from a.state or destination_state is distinct from b.state) as wrong_states,
        count(*) filter (km is null or abs(km - 2 * 6371.0088 * asin(sqrt(sin(radians(b.lat - a.lat) / 2) ** 2
          + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(radians(b.lon - a.lon) / 2) ** 2))) > 1e-6) as wrong_km,
        count(*) filter (delay_class <> case when delay < 0 then 'early' when delay < 15 then 'on-time'
          when delay < 240 then 'late' else 'extreme' end) as wrong_class
      from routes join airports a on a.iata = origin join airports b on b.iata = destination`);
    expect({ n, wrong_states, wrong_km, wrong_class }).toEqual({
      n: rows,
      wrong_states: 0,
      wrong_km: 0,
      wrong_class: 0,
    });
  });

  test('hourly is what SQL makes of the input', async () => {
    const expected = `select origin, date_trunc('hour', date) as hour, count(*) as flights, avg(delay) as mean_delay,
      quantile_cont(delay, 0.95) as p95_delay, max(delay) as max_delay from input group by all`;
    expect(
      await one(`select count(*) as n, count(e.flights) as matched, count(*) filter (h.flights is distinct from e.flights
        or h.max_delay is distinct from e.max_delay or not abs(h.mean_delay - e.mean_delay) < 1e-9
        or not abs(h.p95_delay - e.p95_delay) < 1e-9) as wrong
      from hourly h full join (${expected}) e on h.origin = e.origin and h.hour = e.hour`),
    ).toEqual({
      ...(await one(`select count(*) as n, count(*) as matched from (${expected})`)),
      wrong: 0,
    });
  });

  test('daily is what SQL makes of the input', async () => {
    const expected = `select date::date as day, origin, count(*) as flights, avg(delay) as mean_delay,
      avg((delay >= 15)::int) as late_share from input group by all`;
    expect(
      await one(`select count(*) as n, count(e.flights) as matched, count(*) filter (d.flights is distinct from e.flights
        or not abs(d.mean_delay - e.mean_delay) < 1e-9 or not abs(d.late_share - e.late_share) < 1e-9) as wrong
      from daily d full join (${expected}) e on d.origin = e.origin and d.day = e.day`),
    ).toEqual({
      ...(await one(`select count(*) as n, count(*) as matched from (${expected})`)),
      wrong: 0,
    });
  });

  test('extreme has the flights delayed by four hours, in order', async () => {
    const numbered = `${flightColumns}, number`;
    const number = 'select *, row_number() over () as number from';
    const written = await fingerprint(numbered, `(${number} extreme)`);
    expect(written).toEqual(await fingerprint(numbered, `(${number} input where delay >= 240)`));
    expect(written.n).toBeGreaterThan(0);
  });

  test('scenarios have every flight three times, with delays of its origin and hour of day', async () => {
    expect(await one('select count(*) as n from scenarios')).toEqual({ n: rows * 3 });
    const replicates = 'date, origin, destination, replicate';
    expect(await fingerprint(replicates, 'scenarios')).toEqual(
      await fingerprint(replicates, '(select *, unnest([1, 2, 3])::int as replicate from input)'),
    );
    const ofHour = (table: string): string =>
      `select distinct origin, hour(date) as hour, delay from ${table}`;
    expect(await one(`select count(*) as n from (${ofHour('scenarios')} except ${ofHour('input')})`)).toEqual(
      { n: 0 },
    );
    // Three draws per flight from the same distribution: the means differ by chance alone.
    const { mean, deviation } = await one('select avg(delay) as mean, stddev(delay) as deviation from input');
    const drawn = await one('select avg(delay) as mean from scenarios');
    const standardError = Number(deviation) / Math.sqrt(rows * 3);
    expect(Math.abs(Number(drawn.mean) - Number(mean))).toBeLessThan(5 * standardError);
  });
});

describe('the demo as a program', () => {
  test('computes the same with and without threads', async () => {
    const [background, sync] = [join(scratch, 'background'), join(scratch, 'sync')];
    await runDemo(['--only', 'scenarios', '--rows', '20000', '--out', background]);
    await runDemo(['--only', 'scenarios', '--rows', '20000', '--out', sync, '--sync']);
    const columns = 'date, origin, destination, replicate, delay';
    const scenariosIn = (out: string): string => `read_parquet('${out}/scenarios/*.parquet')`;
    const drawn = await fingerprint(columns, scenariosIn(background));
    expect(drawn.n).toBe(60_000);
    expect(await fingerprint(columns, scenariosIn(sync))).toEqual(drawn);
  });

  test('replaces what an earlier run wrote, and repeats the input half a year later', async () => {
    const out = join(scratch, 'again');
    await runDemo(['--only', 'routes', '--rows', '5000', '--out', out]);
    await runDemo(['--only', 'routes', '--rows', '1000', '--repeat', '3', '--out', out]);
    await viewInput(1000);
    await viewRoutes(out);
    const shifted = '(select date + to_days(182 * unnest([0, 1, 2])::int) as date, delay, origin from input)';
    expect(await fingerprint('date, delay, origin', 'routes')).toEqual(
      await fingerprint('date, delay, origin', shifted),
    );
  });

  test('finishes on SIGINT, leaves its report, and exits with 130', async () => {
    const out = join(scratch, 'interrupted');
    expect(await interrupt(['--rows', '20000', '--out', out], 1)).toBe(130);
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'));
    expect(report.state).toBe('completed');
    await viewInput(20_000);
    await viewOutputs(out);
    expect(await fingerprint(flightColumns, 'routes')).toEqual(await fingerprint(flightColumns, 'input'));
  });

  test('leaves nothing on a second SIGINT, and exits with 130', async () => {
    const out = join(scratch, 'interrupted-twice');
    expect(await interrupt(['--out', out], 2)).toBe(130);
    expect(await readdir(out).catch(() => [])).toEqual([]);
  });

  test('says what is wrong with its arguments, and exits with 2', async () => {
    await expect(runDemo(['--row', '5'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'--row'"),
    });
  });

  test('explains itself', async () => {
    expect(await runDemo(['--help'])).toContain('--repeat <n>');
  });

  test('replaces the report and shows the table when one output fails, and says why once', async () => {
    const out = join(scratch, 'one-fails');
    const args = ['--only', 'daily,extreme', '--rows', '1000', '--out', out];
    await runDemo(args);
    // A directory that is not empty where one file should be: publishing cannot replace it.
    await rm(join(out, 'daily.csv.gz'));
    await mkdir(join(out, 'daily.csv.gz'));
    await writeFile(join(out, 'daily.csv.gz', 'foreign.txt'), 'not ours');
    const failed = await runDemo(args).then(
      () => undefined,
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    expect(failed).toMatchObject({ code: 1 });
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'));
    expect(report.state).toBe('failed');
    const outputs: { name: string; state: string; error?: { message: string } }[] = report.outputs;
    const states = outputs.map(({ name, state }) => `${name} ${state}`);
    expect(states.sort()).toEqual(['daily failed', 'extreme done']);
    expect(failed?.stdout).toMatch(/^daily +failed/m);
    expect(failed?.stdout).toContain(`report: ${join(out, 'report.json')}`);
    const reason = outputs.find(({ name }) => name === 'daily')?.error?.message ?? 'no reason';
    expect(`${failed?.stdout}${failed?.stderr}`.split(reason)).toHaveLength(2);
    expect(failed?.stderr).toContain(reason);
  });

  test('ends when its run cannot start, though it was to be inspected', async () => {
    const out = join(scratch, 'too-small');
    const args = ['--inspect', '--memory', '1KiB', '--rows', '10', '--out', out];
    await expect(runDemo(args, { timeoutMs: 30_000 })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('memory'),
    });
  });

  test('exits with 1 and says why when an output cannot be written', async () => {
    const out = join(demo, 'below-a-file');
    await expect(runDemo(['--only', 'daily', '--rows', '10', '--out', out])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(out),
    });
  });
});
