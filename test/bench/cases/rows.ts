// Owns the case `rows`: row objects to a Parquet file, beside everything a user could pick instead.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowsOptions, RowsRound } from '../contenders/rows/contest.js';
import { flightChecks, flightFacts } from '../data/flight-checks.js';
import { allFlights, prepareFlights } from '../data/flights.js';
import { atLeast } from '../harness/bars.js';
import type { BenchCase, BenchContext, CaseResult } from '../harness/bench-case.js';
import { formatFigure } from '../harness/format.js';
import { type Lane, race } from '../harness/race.js';
import { type Facts, openReader, quoted, type Reader } from '../harness/read-back.js';
import { measuresOf, median, own, pairedRatio } from '../harness/statistics.js';
import { syncSeconds } from '../harness/sync-file.js';
import { measureConversions } from './conversions.js';
import { costsOf, ratesOf, syncsOf } from './costs.js';

interface RowsContender {
  readonly name: string;
  readonly module: string;
  /** Slow ones write a part of the rows. */
  readonly rows: { readonly full: number; readonly quick: number };
  /** Writes a folder of parts, not a file. */
  readonly parts?: boolean;
}

const everything = { full: allFlights, quick: 600_000 };
const pool = 'hand-rolled pool';
const lite = 'parquetjs-lite';
const baseline = 'the rows alone';
const contenders: readonly RowsContender[] = [
  { name: own, module: 'tailrace', rows: everything },
  { name: 'Tailrace, from chunks', module: 'tailrace-chunks', rows: everything },
  { name: 'nodejs-polars', module: 'polars', rows: everything },
  { name: 'DuckDB', module: 'duckdb', rows: everything },
  { name: pool, module: 'piscina', rows: everything, parts: true },
  { name: 'hyparquet-writer', module: 'hyparquet-writer', rows: { full: 1_000_000, quick: 300_000 } },
  { name: '@dsnp/parquetjs', module: 'dsnp-parquetjs', rows: { full: 300_000, quick: 100_000 } },
  { name: lite, module: 'parquetjs-lite', rows: { full: 100_000, quick: 50_000 } },
  { name: baseline, module: 'rows-alone', rows: everything },
];

export const rows: BenchCase = {
  name: 'rows',
  title: 'row objects to a Parquet file',
  about: `3,000,000 flights of 2001 (vega-datasets, \`flights-3m.parquet\`: a timestamp, two integers and two short strings) as
plain objects to snappy Parquet. The same generator makes the objects for all, in chunks, from columns held in memory; *the
rows alone* is what that costs, and it is part of everybody's time. Contenders have the settings that were fastest here:

- **Tailrace**: \`fromIterable\` to \`parquet\`, default options: a whole run in each round, from the plan to the
  file that is synced and committed. *From chunks* is the same with \`fromChunks\`, without an iterator per row.
- **nodejs-polars**: rows gathered into typed arrays and arrays of strings, one data frame, \`writeParquet\`; all threads.
- **DuckDB** (\`@duckdb/node-api\`): whole data chunks through the appender into a table in memory, then \`COPY\`; all threads.
- **hand-rolled pool**: piscina with as many threads as cores; chunks of rows are cloned to them, and each writes parts with
  apache-arrow and parquet-wasm. No sync, no commit, many files.
- **hyparquet-writer**: row groups of 131,072 rows gathered by hand.
- **@dsnp/parquetjs**, **parquetjs-lite**: row by row, row groups of 65,536 rows.

*Rows to columns* and *columns to rows* convert the synthetic table of eight columns (two integers, four doubles, two
strings; see \`columns\`; every column may be null, and two are in a row of twenty), without files: Tailrace with
\`toBatches\` and \`batch.toRows()\`, apache-arrow with its builders and its iterator.`,
  async run(context) {
    const reader = await openReader();
    try {
      return await runRows(context, reader);
    } finally {
      reader.close();
    }
  },
};

async function runRows(context: BenchContext, reader: Reader): Promise<CaseResult> {
  const { quick, folder, signal, progress } = context;
  const size = quick ? 'quick' : 'full';
  progress('preparing the flights');
  await prepareFlights(folder, everything[size]);
  const facts = new Map<number, Facts>();
  for (const { rows } of contenders) facts.set(rows[size], await flightFacts(reader, rows[size]));

  const writers = contenders.filter(({ name }) => name !== baseline);
  const syncs = new Map<string, number[]>(writers.map(({ name }) => [name, []]));
  let file = 0;
  const lanes = contenders.map(({ name, module, rows, parts = false }): Lane<RowsRound> => {
    const options: RowsOptions = { flights: folder, rows: rows[size] };
    return {
      name,
      module: new URL(`../contenders/rows/${module}.js`, import.meta.url),
      options,
      input() {
        file += 1;
        return { path: join(folder, `${module}-${file}${parts ? '' : '.parquet'}`) };
      },
      async after(_, { path }) {
        if (name === baseline) return;
        syncs.get(name)?.push(await syncSeconds(path));
        const from = `read_parquet(${quoted(parts ? `${path}/*.parquet` : path)})`;
        await reader.compare(name, from, flightChecks, facts.get(rows[size]) ?? {});
        await rm(path, { recursive: true });
      },
    };
  });
  const reports = await race(lanes, { rounds: quick ? 3 : 7, warmUps: 2, signal, progress });
  const conversions = await measureConversions(context);

  const rowsOf = (name: string): number => contenders.find((one) => one.name === name)?.rows[size] ?? 0;
  const rates = ratesOf(reports, rowsOf);
  const samples = [...rates, ...syncsOf({ syncs }), ...costsOf(reports, rowsOf)];
  const ours = rates.find(({ contender }) => contender === own)?.values ?? [];
  const ratioTo = (name: string): number =>
    pairedRatio(ours, rates.find(({ contender }) => contender === name)?.values ?? []);
  const rivals = contenders.filter(({ name }) => !name.startsWith(own) && name !== baseline);
  const bars = rivals.map(({ name }) => atLeast(`speed against ${name}`, wantedOf(name), ratioTo(name), 'x'));
  return {
    measures: [...measuresOf(samples), ...conversions.measures],
    bars: [...bars, ...conversions.bars],
    plots: [
      {
        kind: 'bars',
        title: `${formatFigure(everything[size])} flights as row objects to snappy Parquet`,
        unit: 'million rows per second; more is better',
        // Next to the baseline everybody's bar would be a dot.
        rows: rates
          .filter(({ contender }) => contender !== baseline)
          .map(({ contender, values }) => ({
            label: contender,
            value: median(values),
            own: contender.startsWith(own),
          })),
      },
      conversions.plot,
    ],
    notes: [
      ...contenders
        .filter(({ rows }) => rows.full < allFlights)
        .map(
          ({ name, rows }) =>
            `${name} writes ${formatFigure(rows[size])} of the rows, so that rounds stay short.`,
        ),
      'Strings of rows are the same objects again and again, as a program that looks airports up has them. Strings that were just decoded cost every contender more.',
    ],
  };
}

function wantedOf(name: string): number {
  if (name === lite) return 40;
  return name === pool ? 1.5 : 1;
}
