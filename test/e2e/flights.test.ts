// Runs the demo as a user does and compares what it wrote with the same computations in DuckDB's SQL over the input.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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

async function runDemo(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await run(process.execPath, [demo, ...args], {
    env: { ...process.env, ...env },
    maxBuffer: 1 << 24,
  });
  return stdout;
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

/** Views over the first `rows` flights of the input and over what the demo wrote to `out`. */
async function openViews(out: string, rows: number): Promise<void> {
  for (const [name, select] of Object.entries({
    input: `select date, delay, distance, origin, destination
      from read_parquet('${data}/flights-3m.parquet', file_row_number = true) where file_row_number < ${rows}`,
    airports: `select iata, state, latitude::double as lat, longitude::double as lon
      from read_csv('${data}/airports.csv', all_varchar = true)`,
    routes: `select * from read_parquet('${out}/routes/**/*.parquet', hive_partitioning = true,
      hive_types = {'origin_state': varchar})`,
    hourly: `select * from read_parquet('${out}/hourly/*.parquet')`,
    daily: `select * from read_csv('${out}/daily.csv.gz', header = true, columns = {'day': 'date', 'origin': 'varchar',
      'flights': 'bigint', 'mean_delay': 'double', 'late_share': 'double'})`,
    extreme: `select * from read_json('${out}/extreme.ndjson', format = 'newline_delimited', columns = {'date': 'timestamp',
      'delay': 'bigint', 'distance': 'bigint', 'origin': 'varchar', 'destination': 'varchar'})`,
    scenarios: `select * from read_parquet('${out}/scenarios/*.parquet')`,
  })) {
    await sql.run(`create or replace view ${name} as ${select}`);
  }
}

/** Rows that are in one of two queries and not, or not as often, in the other. */
async function difference(left: string, right: string): Promise<DuckDBValue | undefined> {
  const { n } = await one(`select (select count(*) from ((${left}) except all (${right})))
    + (select count(*) from ((${right}) except all (${left}))) as n`);
  return n;
}

const flightColumns = 'date, delay, distance, origin, destination';

describe.each([
  { rows: 200_000, TZ: 'America/New_York', timeoutMs: 60_000 },
  { rows: 3_000_000, TZ: 'UTC', timeoutMs: 180_000 },
])('the demo on $rows flights (TZ=$TZ)', ({ rows, TZ, timeoutMs }) => {
  let out: string;

  beforeAll(async () => {
    out = join(scratch, `of-${rows}`);
    await runDemo(['--rows', String(rows), '--out', out], { TZ });
    await openViews(out, rows);
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
    expect(
      await difference(`select ${flightColumns} from routes`, `select ${flightColumns} from input`),
    ).toBe(0);
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
    const number = 'row_number() over ()';
    expect(
      await difference(
        `select ${flightColumns}, ${number} from extreme`,
        `select ${flightColumns}, ${number} from input where delay >= 240`,
      ),
    ).toBe(0);
  });

  test('scenarios have every flight three times, with delays of its origin and hour of day', async () => {
    expect(await one('select count(*) as n from scenarios')).toEqual({ n: rows * 3 });
    expect(
      await difference(
        'select date, origin, destination, replicate from scenarios',
        'select date, origin, destination, unnest([1, 2, 3])::int as replicate from input',
      ),
    ).toBe(0);
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
  const summed = (out: string): string =>
    `select count(*) as n, sum(hash(date, origin, destination, replicate, delay)::hugeint)::varchar as hash, sum(delay)::bigint as delay
      from read_parquet('${out}/scenarios/*.parquet')`;

  test('computes the same with and without threads', async () => {
    const [background, sync] = [join(scratch, 'background'), join(scratch, 'sync')];
    await runDemo(['--only', 'scenarios', '--rows', '20000', '--out', background]);
    await runDemo(['--only', 'scenarios', '--rows', '20000', '--out', sync, '--sync']);
    expect(await one(summed(sync))).toEqual(await one(summed(background)));
  });

  test('replaces what an earlier run wrote, and repeats the input half a year later', async () => {
    const out = join(scratch, 'again');
    await runDemo(['--only', 'routes', '--rows', '5000', '--out', out]);
    await runDemo(['--only', 'routes', '--rows', '1000', '--repeat', '3', '--out', out]);
    await openViews(out, 1000);
    const copies = [0, 182, 364].map(
      (days) => `select date + interval ${days} day as date, delay, origin from input`,
    );
    expect(await difference('select date, delay, origin from routes', copies.join(' union all '))).toBe(0);
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

  test('exits with 1 and says why when an output cannot be written', async () => {
    const out = join(demo, 'below-a-file');
    await expect(runDemo(['--only', 'daily', '--rows', '10', '--out', out])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(out),
    });
  });
});
