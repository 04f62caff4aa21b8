// Owns the case `loop`: how long a service on the main thread is kept waiting while rows are written.
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientRound, clientFigures } from '../contenders/stream/client.js';
import { loopFigures, type StreamOptions, type StreamRound } from '../contenders/stream/contest.js';
import { readingChecks, readingFacts } from '../data/reading-checks.js';
import { atMost } from '../harness/bars.js';
import type { BenchCase, BenchContext, CaseResult } from '../harness/bench-case.js';
import type { RoundReport } from '../harness/contender.js';
import { formatFigure } from '../harness/format.js';
import { type Entry, interleave } from '../harness/interleave.js';
import { type Facts, openReader, quoted, type Reader } from '../harness/read-back.js';
import { type RunningContender, startContender } from '../harness/start-contender.js';
import { measuresOf, median, own, type Sample } from '../harness/statistics.js';

interface LoopContender {
  readonly name: string;
  readonly module: string;
  readonly rows: { readonly full: number; readonly quick: number };
  readonly groupRows?: number;
  /** Writes a folder of parts, not a file. */
  readonly parts?: boolean;
  /** It encodes in JavaScript or in a blocking call, on the thread that calls it. */
  readonly onCaller?: boolean;
}

const everything = { full: 3_000_000, quick: 600_000 };
const contenders: readonly LoopContender[] = [
  { name: own, module: 'tailrace', rows: everything, parts: true },
  { name: 'DuckDB', module: 'duckdb', rows: everything },
  { name: 'hand-rolled pool', module: 'piscina', rows: everything, parts: true },
  { name: 'nodejs-polars', module: 'polars', rows: everything, onCaller: true },
  {
    name: 'hyparquet-writer',
    module: 'hyparquet-writer',
    rows: { full: 1_000_000, quick: 262_144 },
    onCaller: true,
  },
  {
    name: 'hyparquet-writer, row groups of 8,192',
    module: 'hyparquet-writer',
    rows: { full: 1_000_000, quick: 262_144 },
    groupRows: 8_192,
    onCaller: true,
  },
  {
    name: '@dsnp/parquetjs',
    module: 'dsnp-parquetjs',
    rows: { full: 200_000, quick: 60_000 },
    onCaller: true,
  },
  {
    name: 'parquetjs-lite',
    module: 'parquetjs-lite',
    rows: { full: 100_000, quick: 30_000 },
    onCaller: true,
  },
];
const perSecond = 200;

export const loop: BenchCase = {
  name: 'loop',
  title: 'what a service on the main thread feels',
  about: `An HTTP server on the main thread answers ${perSecond} requests per second of a client in another process, while
the same thread makes rows of eight columns (see \`data/readings.ts\`) and writes them to snappy Parquet: 3,000,000, and
fewer with the slow ones. All get chunks of 1,024 rows, and all but Tailrace, which does so itself, give the event loop a
turn every 5 ms between chunks.

*Delay* is that of the event loop (\`monitorEventLoopDelay\`, a sample every millisecond: an idle loop shows about 1 ms).
*Latency* is what the client sees, from the moment when a request was due: one that is kept waiting is not left out of the
count. hyparquet-writer is there twice, with row groups of the size that all others write and with small ones; parquetjs has
its own size of 4,096 rows. DuckDB (appender, \`COPY\`) and the hand-rolled pool (piscina, apache-arrow, parquet-wasm)
encode in threads of their own, the rest on the thread that serves.`,
  async run(context) {
    const reader = await openReader();
    const running: RunningContender<never>[] = [];
    try {
      return await runLoop(context, reader, running);
    } finally {
      await Promise.allSettled(running.map((contender) => contender.end()));
      reader.close();
    }
  },
};

async function runLoop(
  context: BenchContext,
  reader: Reader,
  running: RunningContender<never>[],
): Promise<CaseResult> {
  const { quick, folder, signal, progress } = context;
  const size = quick ? 'quick' : 'full';
  const client = await startContender<undefined, ClientRound>(
    new URL('../contenders/stream/client.js', import.meta.url),
    undefined,
    { signal },
  );
  running.push(client);
  const facts = new Map<number, Facts>();
  const factsOf = (rows: number): Facts => {
    const known = facts.get(rows) ?? readingFacts(rows, 0);
    facts.set(rows, known);
    return known;
  };

  let number = 0;
  const entries: Entry<StreamRound>[] = [];
  for (const { name, module, rows: sizes, groupRows, parts = false } of contenders) {
    const rows = sizes[size];
    // Paths of sockets are short: not in the folder.
    const socket = join(tmpdir(), `bench-${process.pid}-${entries.length}.sock`);
    const options: StreamOptions = {
      rows,
      observe: { what: 'loop', socket },
      ...(groupRows === undefined ? {} : { groupRows }),
    };
    progress(`starting ${name}`);
    const url = new URL(`../contenders/stream/${module}.js`, import.meta.url);
    const contender = await startContender<StreamOptions, StreamRound>(url, options, { signal });
    running.push(contender);
    entries.push({
      name,
      contender: {
        async round(input) {
          const [report, seen] = await Promise.all([
            contender.round(input),
            client.round({ socket, perSecond }),
          ]);
          return seenBy(report, seen);
        },
      },
      input() {
        number += 1;
        return { path: join(folder, `${module}-${number}${parts ? '' : '.parquet'}`) };
      },
      async after(_, { path }) {
        const from = `read_parquet(${quoted(parts ? `${path}/*.parquet` : path)})`;
        await reader.compare(name, from, readingChecks, factsOf(rows));
        await rm(path, { recursive: true });
      },
    });
  }
  const reports = await interleave(entries, { rounds: quick ? 2 : 5, warmUps: 1, signal, progress });
  return resultOf(reports, size);
}

/** The client's figures beside the contender's; to the contender the client is not one of the others. */
function seenBy(report: RoundReport, seen: RoundReport): RoundReport {
  return {
    ...report,
    othersSeconds: Math.max(0, report.othersSeconds - seen.cpuSeconds),
    figures: { ...report.figures, ...seen.figures },
  };
}

function resultOf(reports: ReadonlyMap<string, readonly RoundReport[]>, size: 'full' | 'quick'): CaseResult {
  const valuesOf = (contender: string, figure: string): number[] =>
    (reports.get(contender) ?? []).map(({ figures }) => figures[figure] ?? Number.NaN);
  const metrics = [
    ...Object.values(loopFigures),
    clientFigures.p50,
    clientFigures.p99,
    clientFigures.max,
  ] as const;
  const samples = metrics.flatMap((metric) =>
    contenders.map(
      ({ name }): Sample => ({ contender: name, metric, unit: 'ms', values: valuesOf(name, metric) }),
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
  const p99 = (name: string): number => median(valuesOf(name, loopFigures.p99));
  const ours = p99(own);
  const best = Math.min(
    ...contenders.filter(({ onCaller }) => onCaller === true).map(({ name }) => p99(name)),
  );
  return {
    measures: measuresOf([...samples, ...rates]),
    bars: [
      atMost('p99 of the delay of the event loop', 15, ours, 'ms'),
      atMost('the same against the best that encodes on the thread that serves', 0.2, ours / best, 'x'),
    ],
    plots: [
      {
        kind: 'bars',
        title: 'p99 of the latency that the client sees',
        unit: 'ms; less is better',
        rows: contenders.map(({ name }) => ({
          label: name,
          value: median(valuesOf(name, clientFigures.p99)),
          own: name === own,
        })),
      },
    ],
    notes: contenders
      .filter(({ rows }) => rows.full < everything.full)
      .map(({ name, rows }) => `${name} writes ${formatFigure(rows[size])} rows.`),
  };
}
