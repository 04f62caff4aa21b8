// Owns the case `columns`: Arrow batches in memory to a closed Parquet file, encoders side by side.
import type { TableForm } from '../contenders/table/contest.js';
import { eventFacts } from '../data/event-checks.js';
import { eventColumns } from '../data/synthetic.js';
import { atLeast, atMost } from '../harness/bars.js';
import type { Bar, BenchCase, BenchContext, CaseResult, Plot } from '../harness/bench-case.js';
import { formatFigure } from '../harness/format.js';
import { openReader, type Reader } from '../harness/read-back.js';
import { measuresOf, median, own, pairedRatio, type Sample } from '../harness/statistics.js';
import { costsOf, ratesOf, syncsOf } from './costs.js';
import { raceTables, type TableContender, type TableReports } from './table-race.js';

const wasm = 'parquet-wasm, adaptive';
const duckdb = 'DuckDB COPY';
const duckdbV2 = 'DuckDB COPY, V2';
const polars = 'polars, write step';
const contenders: readonly TableContender[] = [
  { name: own, module: 'tailrace' },
  { name: "Tailrace, engine 'parquet-wasm'", module: 'tailrace', options: { engine: 'parquet-wasm' } },
  { name: wasm, module: 'parquet-wasm' },
  { name: duckdb, module: 'duckdb' },
  { name: duckdbV2, module: 'duckdb', options: { parquetVersion: 'V2' } },
  { name: polars, module: 'polars', env: { POLARS_MAX_THREADS: '1' } },
];
const wanted = { [wasm]: 1.8, [duckdb]: 1, [duckdbV2]: 1, [polars]: 0.7 };

export const columns: BenchCase = {
  name: 'columns',
  title: 'Arrow batches in memory to a Parquet file',
  about: `2,000,000 rows of eight columns, made by a generator with a fixed seed: an integer that counts up, a timestamp that
rises by random steps, two random doubles of 16 or 17 digits, a price in cents, a rate of 40 different values, a string of
100,000 and one of 12 different values. 65,536 rows per batch. Everybody has the data in columns of its own before the
clock starts, and one thread to write with:

- **Tailrace**: a dataset in shared memory, \`pool.submit\` to \`parquet\` with default options but the codec, one worker
  thread that is already there; synced and committed.
- **parquet-wasm, adaptive**: the library alone, batches streamed one by one, row groups of 131,072 rows, dictionaries off
  for columns with more than 25 % different values in the first batch, integers among those as differences.
- **DuckDB COPY**: a table in memory, \`threads = 1\`; *V2* with \`PARQUET_VERSION V2\`, which allows it more encodings.
- **polars, write step**: a data frame loaded from the same Arrow bytes, \`writeParquet\`, \`POLARS_MAX_THREADS=1\`.`,
  async run(context) {
    const reader = await openReader();
    try {
      return await runColumns(context, reader);
    } finally {
      reader.close();
    }
  },
};

async function runColumns(context: BenchContext, reader: Reader): Promise<CaseResult> {
  const rows = context.quick ? 524_288 : 2_000_000;
  context.progress('computing what must be true of the table');
  const facts = eventFacts(eventColumns(rows));
  const samples: Sample[] = [];
  const bars: Bar[] = [];
  const plots: Plot[] = [];
  for (const compression of ['snappy', 'zstd'] as const) {
    const form: TableForm = { kind: 'parquet', compression };
    const rounds = context.quick ? 3 : 7;
    const result = await raceTables(context, reader, { rows, rounds, form, contenders, facts });
    const rates = ratesOf(result.reports, () => rows, `speed, ${compression}`);
    const sizes = sizesOf(result, compression);
    samples.push(...rates, ...sizes, ...syncsOf(result, `, ${compression}`));
    samples.push(...costsOf(result.reports, () => rows, `, ${compression}`));
    bars.push(...barsOf(rates, sizes, compression));
    plots.push({
      kind: 'bars',
      title: `${formatFigure(rows)} rows of eight columns to Parquet, ${compression}, one thread`,
      unit: 'million rows per second; more is better',
      rows: rates.map(({ contender, values }) => ({
        label: contender,
        value: median(values),
        own: contender.startsWith(own),
      })),
    });
  }
  return { measures: measuresOf(samples), bars, plots, notes: [] };
}

function sizesOf({ fileBytes }: TableReports, compression: string): Sample[] {
  return Array.from(fileBytes, ([contender, bytes]) => ({
    contender,
    metric: `file, ${compression}`,
    unit: 'MB',
    values: [bytes / 1e6],
  }));
}

function barsOf(rates: readonly Sample[], sizes: readonly Sample[], compression: string): Bar[] {
  const valuesOf = (name: string): readonly number[] =>
    rates.find(({ contender }) => contender === name)?.values ?? [];
  const speeds = Object.entries(wanted).map(([name, least]) =>
    atLeast(`${compression}: speed against ${name}`, least, pairedRatio(valuesOf(own), valuesOf(name)), 'x'),
  );
  const megabytes = (sample: Sample | undefined): number => sample?.values[0] ?? Number.NaN;
  const ours = megabytes(sizes.find(({ contender }) => contender === own));
  const others = sizes.filter(({ contender }) => !contender.startsWith(own)).map(megabytes);
  return [
    ...speeds,
    atMost(`${compression}: file against the smallest`, 1.05, ours / Math.min(...others), 'x'),
  ];
}
