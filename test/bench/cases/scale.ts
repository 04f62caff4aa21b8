// Owns the case `scale`: how time and memory grow with rows, outputs, partitions, queued writes and stages.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dimension, type Point, partitionRows, stageRows } from '../contenders/scale/contest.js';
import { atMost } from '../harness/bars.js';
import type { Bar, BenchCase, BenchContext, CaseResult, LinePlot } from '../harness/bench-case.js';
import type { RoundReport } from '../harness/contender.js';
import { formatFigure } from '../harness/format.js';
import { type Entry, interleave } from '../harness/interleave.js';
import { openReader, quoted, type Reader } from '../harness/read-back.js';
import { type RunningContender, startContender } from '../harness/start-contender.js';
import { growthExponent, measuresOf, median, own, type Sample } from '../harness/statistics.js';

interface Series {
  readonly dimension: Dimension;
  readonly sizes: { readonly full: readonly number[]; readonly quick: readonly number[] };
}

const million = 1_000_000;
const series: readonly Series[] = [
  {
    dimension: 'rows',
    sizes: {
      full: [1, 2, 4, 8, 16, 32].map((millions) => millions * million),
      quick: [0.25, 0.5, 1].map((millions) => millions * million),
    },
  },
  { dimension: 'outputs', sizes: { full: [1, 10, 100, 200, 500, 1_000], quick: [1, 10, 20, 40] } },
  { dimension: 'partitions', sizes: { full: [1, 10, 100, 500, 1_000, 2_000], quick: [1, 20, 40, 80] } },
  {
    dimension: 'queued outputs',
    sizes: { full: [1, 100, 1_000, 10_000, 30_000, 100_000], quick: [1, 100, 200, 400] },
  },
  {
    dimension: 'queued writes',
    sizes: { full: [1, 100, 1_000, 10_000, 30_000, 100_000], quick: [1, 100, 200, 400] },
  },
  { dimension: 'stages', sizes: { full: [1, 5, 10, 20, 35, 50], quick: [1, 5, 10, 20] } },
];

/** Sizes whose rounds take minutes are measured once. */
const once = 30_000;
const budgetMib = 256;

export const scale: BenchCase = {
  name: 'scale',
  title: 'how time and memory grow',
  about: `One thing grows at a time, with rows of three columns: **rows** of one Parquet output; **outputs** of one
stage (a CSV file of 1,000 rows each); **partitions** of one output (${partitionRows} rows and one CSV file each);
**queued outputs**: datasets of 100 rows, submitted at once to a pool whose sink only counts; **queued writes**: writes
of 100 rows that one output is cut into, with the same sink; **stages** one after another, for
${formatFigure(stageRows)} rows. The budget is ${budgetMib} MiB, and 1,280 MiB where outputs grow, as a run sets aside
what each may need; what is used is measured.

*Exponent*: b of time ~ size^b over the larger half of the sizes, as the median of the slopes between
all pairs of points. 1 is linear.`,
  async run(context) {
    const reader = await openReader();
    const running: RunningContender<Point>[] = [];
    try {
      return await runScale(context, reader, running);
    } finally {
      await Promise.allSettled(running.map((contender) => contender.end()));
      reader.close();
    }
  },
};

type Reports = ReadonlyMap<string, readonly RoundReport[]>;

async function runScale(
  context: BenchContext,
  reader: Reader,
  running: RunningContender<Point>[],
): Promise<CaseResult> {
  const { quick, folder, signal, progress } = context;
  const results = new Map<Dimension, Reports>();
  for (const { dimension, sizes } of series) {
    // A process for each dimension: what one leaves on the heap is not the next one's.
    const contender = await startContender<undefined, Point>(
      new URL('../contenders/scale/process.js', import.meta.url),
      undefined,
      { signal },
    );
    running.push(contender);
    const entryOf = (size: number): Entry<Point> => {
      const point: Point = { dimension, size, folder: join(folder, 'point') };
      return {
        name: String(size),
        contender,
        input: () => point,
        async after() {
          await verify(reader, point);
          await rm(point.folder, { recursive: true, force: true });
        },
      };
    };
    const chosen = sizes[quick ? 'quick' : 'full'];
    const isLong = (size: number): boolean => dimension.startsWith('queued') && size >= once;
    const options = { signal, progress: (line: string) => progress(`${dimension}, ${line}`) };
    const many = await interleave(chosen.filter((size) => !isLong(size)).map(entryOf), {
      ...options,
      rounds: quick ? 2 : 5,
      warmUps: 1,
    });
    const single = await interleave(chosen.filter(isLong).map(entryOf), {
      ...options,
      rounds: 1,
      warmUps: 0,
    });
    results.set(dimension, new Map([...many, ...single]));
    await contender.end();
  }
  return resultOf(results);
}

/** What reached files, by DuckDB; the sink that counts is checked by the pool itself: rows sent are rows prepared. */
async function verify(reader: Reader, { dimension, size, folder }: Point): Promise<void> {
  const rows = { rows: 'count(*)' };
  if (dimension === 'rows') {
    await reader.compare(dimension, `read_parquet(${quoted(`${folder}/rows/*.parquet`)})`, rows, {
      rows: String(size),
    });
  } else if (dimension === 'partitions') {
    const from = `read_csv(${quoted(`${folder}/partitions/*/*.csv`)}, hive_partitioning = true)`;
    const checks = { ...rows, partitions: 'count(DISTINCT region)' };
    await reader.compare(dimension, from, checks, {
      rows: String(size * partitionRows),
      partitions: String(size),
    });
  } else if (dimension === 'outputs') {
    const from = `read_csv(${quoted(`${folder}/*.csv`)})`;
    await reader.compare(dimension, from, rows, { rows: String(size * 1_000) });
  }
}

function resultOf(results: ReadonlyMap<Dimension, Reports>): CaseResult {
  const samples: Sample[] = [];
  const bars: Bar[] = [];
  const plots: LinePlot[] = [];
  for (const [dimension, reports] of results) {
    const points = Array.from(reports, ([size, rounds]) => ({
      size: Number(size),
      seconds: rounds.map(({ seconds }) => seconds),
      growthMib: rounds.map(({ peakRssBytes, startRssBytes }) => (peakRssBytes - startRssBytes) / 2 ** 20),
    })).sort((a, b) => a.size - b.size);
    for (const { size, seconds, growthMib } of points) {
      const metric = `${formatFigure(size)} ${dimension}`;
      samples.push({ contender: own, metric, unit: 's', values: seconds });
      samples.push({ contender: own, metric: `${metric}, memory`, unit: 'MiB', values: growthMib });
    }
    const times = points.map(({ size, seconds }) => [size, median(seconds)] as const);
    const exponent = growthExponent(times.slice(Math.floor(times.length / 2)));
    samples.push({ contender: own, metric: `exponent, ${dimension}`, unit: '', values: [exponent] });
    bars.push(atMost(`exponent of time with ${dimension}`, 1.05, exponent, ''));
    const largest = points.at(-1);
    bars.push(
      atMost(
        `memory of ${formatFigure(largest?.size ?? 0)} ${dimension} (budget + 256 MiB)`,
        budgetMib + 256,
        median(largest?.growthMib ?? []),
        'MiB',
      ),
    );
    plots.push({
      kind: 'lines',
      title: `Time by ${dimension}`,
      x: { label: dimension, log: true },
      y: { label: 'seconds', log: true },
      series: [{ label: own, points: times }],
    });
  }
  return {
    measures: measuresOf(samples),
    bars,
    plots,
    notes: [`Queues of ${formatFigure(once)} and more are measured once: a round takes a minute or more.`],
  };
}
