// Owns the case `text`: the same table to CSV and NDJSON, plain and compressed.
import type { TableForm } from '../contenders/table/contest.js';
import { eventFacts } from '../data/event-checks.js';
import { eventColumns } from '../data/synthetic.js';
import { atLeast } from '../harness/bars.js';
import type { Bar, BenchCase, BenchContext, CaseResult, Plot } from '../harness/bench-case.js';
import { openReader, type Reader } from '../harness/read-back.js';
import { measuresOf, median, own, pairedRatio, type Sample } from '../harness/statistics.js';
import { costsOf, ratesOf, syncsOf } from './costs.js';
import { raceTables, type TableContender } from './table-race.js';

const duckdb = 'DuckDB';
const polars = 'nodejs-polars';
const contenders: readonly TableContender[] = [
  { name: own, module: 'tailrace' },
  { name: duckdb, module: 'duckdb' },
  { name: polars, module: 'polars', env: { POLARS_MAX_THREADS: '1' } },
];

interface TextForm {
  readonly label: string;
  readonly form: Exclude<TableForm, { kind: 'parquet' }>;
  /** Whom Tailrace must not be slower than. */
  readonly rivals: readonly string[];
}

const forms: readonly TextForm[] = [
  { label: 'CSV', form: { kind: 'csv', gzip: false }, rivals: [polars, duckdb] },
  { label: 'CSV, gzip', form: { kind: 'csv', gzip: true }, rivals: [] },
  { label: 'NDJSON', form: { kind: 'ndjson', gzip: false }, rivals: [duckdb] },
  { label: 'NDJSON, gzip', form: { kind: 'ndjson', gzip: true }, rivals: [] },
];

export const text: BenchCase = {
  name: 'text',
  title: 'Arrow batches in memory to CSV and NDJSON',
  about: `524,288 rows of the table of \`columns\`, in which two of four doubles need 16 or 17 digits, to text files, and half
as many with gzip. Set up as in \`columns\`: everybody has its columns in memory, DuckDB and polars have one thread each,
Tailrace has one worker thread and syncs and commits. Levels of gzip are everybody's own default; the size of the file shows
what they do. Files are read back with their types given, down to the last bit of the doubles.`,
  async run(context) {
    const reader = await openReader();
    try {
      return await runText(context, reader);
    } finally {
      reader.close();
    }
  },
};

async function runText(context: BenchContext, reader: Reader): Promise<CaseResult> {
  const samples: Sample[] = [];
  const bars: Bar[] = [];
  const plots: Plot[] = [];
  for (const { label, form, rivals } of forms) {
    // Compressing takes several times as long as writing text.
    const rows = (form.gzip ? 65_536 : 131_072) * (context.quick ? 1 : 4);
    const rounds = context.quick ? 3 : form.gzip ? 5 : 9;
    const facts = eventFacts(eventColumns(rows));
    const result = await raceTables(context, reader, { rows, rounds, form, contenders, facts });
    const rates = ratesOf(result.reports, () => rows, `speed, ${label}`);
    samples.push(
      ...rates,
      ...syncsOf(result, `, ${label}`),
      ...costsOf(result.reports, () => rows, `, ${label}`),
    );
    for (const [contender, bytes] of result.fileBytes) {
      samples.push({ contender, metric: `file, ${label}`, unit: 'MB', values: [bytes / 1e6] });
    }
    const valuesOf = (name: string): readonly number[] =>
      rates.find(({ contender }) => contender === name)?.values ?? [];
    for (const rival of rivals) {
      bars.push(
        atLeast(`${label}: speed against ${rival}`, 1, pairedRatio(valuesOf(own), valuesOf(rival)), 'x'),
      );
    }
    plots.push({
      kind: 'bars',
      title: `To ${label}, one thread`,
      unit: 'million rows per second; more is better',
      rows: rates.map(({ contender, values }) => ({
        label: contender,
        value: median(values),
        own: contender === own,
      })),
    });
  }
  return {
    measures: measuresOf(samples),
    bars,
    plots,
    notes: [
      'With gzip, Tailrace’s worker thread encodes while a thread of Node’s own compresses: its CPU time is more than its time.',
    ],
  };
}
