// Owns the case `memory`: what is resident while more rows are written than memory holds.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  memoryFigures,
  residentAt,
  residentPoints,
  type StreamOptions,
  type StreamRound,
} from '../contenders/stream/contest.js';
import { readingChecks, readingFacts } from '../data/reading-checks.js';
import { atMost } from '../harness/bars.js';
import type { BenchCase, CaseResult } from '../harness/bench-case.js';
import type { RoundReport } from '../harness/contender.js';
import { formatFigure } from '../harness/format.js';
import { type Lane, race } from '../harness/race.js';
import { type Facts, openReader, quoted, type Reader } from '../harness/read-back.js';
import { measuresOf, median, own, type Sample } from '../harness/statistics.js';

interface MemoryContender {
  readonly name: string;
  readonly module: string;
  /** Slow ones write a part: as many as show whether memory grows. */
  readonly rows: { readonly full: number; readonly quick: number };
  readonly parts?: boolean;
}

const contenders: readonly MemoryContender[] = [
  { name: own, module: 'tailrace', rows: { full: 50_000_000, quick: 5_000_000 }, parts: true },
  { name: 'DuckDB, on disk', module: 'duckdb', rows: { full: 10_000_000, quick: 2_000_000 } },
  { name: 'hand-rolled pool', module: 'piscina', rows: { full: 10_000_000, quick: 1_500_000 }, parts: true },
  { name: 'nodejs-polars', module: 'polars', rows: { full: 10_000_000, quick: 1_500_000 } },
  { name: 'hyparquet-writer', module: 'hyparquet-writer', rows: { full: 3_000_000, quick: 600_000 } },
  { name: '@dsnp/parquetjs', module: 'dsnp-parquetjs', rows: { full: 600_000, quick: 100_000 } },
  { name: 'parquetjs-lite', module: 'parquetjs-lite', rows: { full: 300_000, quick: 50_000 } },
];

const budgetMib = 128;
/** What counts as no growth: noise of the allocator over half of a round. */
const flatMib = 16;

export const memory: BenchCase = {
  name: 'memory',
  title: 'more rows than memory holds',
  about: `50,000,000 rows of eight columns (see \`data/readings.ts\`), made on the fly, to snappy Parquet; slow
contenders write a part. Tailrace has a budget of ${budgetMib} MiB. The resident set of the whole process is sampled
every 50 ms by a thread of its own.

*Above warm* is against the resident set after a smaller set of rows was written once and garbage was collected: threads are
up, code is compiled. *Growth* is what a line fitted through the second half of the round rises; up to ${flatMib} MiB counts
as none. DuckDB keeps its table in a file, with \`memory_limit\` 128 MiB; nodejs-polars has no writer that takes rows as
they come: it needs the whole table.`,
  async run({ quick, folder, signal, progress }) {
    const size = quick ? 'quick' : 'full';
    const reader = await openReader();
    try {
      const lanes = contenders.map((contender) => laneOf(contender, size, folder, reader));
      const reports = await race(lanes, { rounds: quick ? 1 : 3, warmUps: 0, signal, progress });
      return resultOf(reports, size);
    } finally {
      reader.close();
    }
  },
};

function laneOf(
  { name, module, rows: sizes, parts = false }: MemoryContender,
  size: 'full' | 'quick',
  folder: string,
  reader: Reader,
): Lane<StreamRound> {
  const rows = sizes[size];
  const options: StreamOptions = { rows, observe: { what: 'memory', warmRows: Math.ceil(rows / 20) } };
  let facts: Facts | undefined;
  let number = 0;
  return {
    name,
    module: new URL(`../contenders/stream/${module}.js`, import.meta.url),
    options,
    input() {
      number += 1;
      return { path: join(folder, `${module}-${number}${parts ? '' : '.parquet'}`) };
    },
    async after(_, { path }) {
      facts ??= readingFacts(rows, 0);
      const from = `read_parquet(${quoted(parts ? `${path}/*.parquet` : path)})`;
      await reader.compare(name, from, readingChecks, facts);
      await rm(path, { recursive: true });
    },
  };
}

function resultOf(reports: ReadonlyMap<string, readonly RoundReport[]>, size: 'full' | 'quick'): CaseResult {
  const valuesOf = (contender: string, figure: string): number[] =>
    (reports.get(contender) ?? []).map(({ figures }) => figures[figure] ?? Number.NaN);
  const samples = Object.values(memoryFigures).flatMap((metric) =>
    contenders.map(
      ({ name }): Sample => ({ contender: name, metric, unit: 'MiB', values: valuesOf(name, metric) }),
    ),
  );
  const rates = contenders.map(
    ({ name, rows }): Sample => ({
      contender: name,
      metric: 'speed',
      unit: 'M rows/s',
      values: (reports.get(name) ?? []).map(({ seconds }) => rows[size] / 1e6 / seconds),
    }),
  );
  return {
    measures: measuresOf([...samples, ...rates]),
    bars: [
      atMost(
        'peak above the warmed process (budget + 256 MiB)',
        budgetMib + 256,
        median(valuesOf(own, memoryFigures.peak)),
        'MiB',
      ),
      atMost(
        `growth in the second half (zero, within ${flatMib} MiB)`,
        flatMib,
        median(valuesOf(own, memoryFigures.growth)),
        'MiB',
      ),
    ],
    plots: [
      {
        kind: 'lines',
        title: 'Resident set above that of the warmed process',
        x: { label: 'share of the rows written', log: false },
        y: { label: 'MiB', log: false },
        series: contenders.map(({ name }) => ({
          label: name,
          points: Array.from({ length: residentPoints }, (_, point) => [
            point / (residentPoints - 1),
            median(valuesOf(name, residentAt(point))),
          ]),
        })),
      },
    ],
    notes: contenders.map(({ name, rows }) => `${name} writes ${formatFigure(rows[size])} rows.`),
  };
}
