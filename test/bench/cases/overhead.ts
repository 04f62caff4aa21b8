// Owns the case `overhead`: what Tailrace costs where it has little to do, and per row, batch, write and output.
import { inspections, mainThread, type Task } from '../contenders/overhead/contest.js';
import { atMost } from '../harness/bars.js';
import type { BenchCase, BenchContext, CaseResult } from '../harness/bench-case.js';
import type { RoundReport } from '../harness/contender.js';
import { type Entry, interleave } from '../harness/interleave.js';
import { type RunningContender, startContender } from '../harness/start-contender.js';
import { measuresOf, median, own, type Sample } from '../harness/statistics.js';

const rxjs = 'RxJS alone';
const written = 'Tailrace, all rows to a null sink';
const inspected = 'the same with an inspector';
const plain = 'rows, RxJS alone';
const whole = 'rows, one write';
const manyBatches = 'rows, many batches';
const manyWrites = 'rows, many writes';
const submissions = 'submitted outputs';

export const overhead: BenchCase = {
  name: 'overhead',
  title: 'what the framework itself costs',
  about: `**A compute-bound pipeline**: a source of numbers, a stage of about 4 us per row, and a mean by region, 24
rows that go to a CSV file. RxJS alone does the same with \`from\`, \`map\` and \`reduce\` and writes with
\`writeFile\`, without sync or commit. CPU time of the whole process, all threads, in pairs. *With an inspector*: the
same pipeline with all its rows also going to a sink that only counts them, with and without an \`inspect\` that counts
events, those of actors in workers included.

**Costs on the main thread**, from the processor time of that thread alone (Linux, schedstat), for rows of eight columns that cost
next to nothing, written to the sink that only counts them. Per row: against the same rows in RxJS alone, counted; columns
are made of them, with checks. Per batch: batches of 1,024 rows against batches of 65,536. Per write: writes of one such
small batch against one write. Per output: \`pool.submit\` of a dataset of 100 rows, from the call to its report.`,
  async run(context) {
    const contender = await startContender<undefined, Task>(
      new URL('../contenders/overhead/process.js', import.meta.url),
      undefined,
      { signal: context.signal },
    );
    try {
      return await runOverhead(context, contender);
    } finally {
      await contender.end();
    }
  },
};

type Reports = ReadonlyMap<string, readonly RoundReport[]>;

async function runOverhead(
  { quick, folder, signal, progress }: BenchContext,
  contender: RunningContender<Task>,
): Promise<CaseResult> {
  const entry = (name: string, task: Task): Entry<Task> => ({ name, contender, input: () => task });
  const rounds = quick ? 5 : 15;

  const bound = { rows: quick ? 50_000 : 500_000, work: 2_600, folder };
  const compute = await interleave(
    [entry(rxjs, { kind: 'rxjs', ...bound }), entry(own, { kind: 'tailrace', ...bound })],
    { rounds, warmUps: 2, signal, progress },
  );
  const inspection = await interleave(
    [
      entry(written, { kind: 'written', ...bound, inspected: false }),
      entry(inspected, { kind: 'written', ...bound, inspected: true }),
    ],
    { rounds, warmUps: 2, signal, progress },
  );

  const rows = quick ? 262_144 : 1_048_576;
  const [small, large] = [1_024, 65_536];
  const outputs = quick ? 300 : 2_000;
  const costs = await interleave(
    [
      entry(plain, { kind: 'plain rows', rows }),
      entry(whole, { kind: 'rows', rows, batchRows: large, writeRows: rows }),
      entry(manyBatches, { kind: 'rows', rows, batchRows: small, writeRows: rows }),
      entry(manyWrites, { kind: 'rows', rows, batchRows: small, writeRows: small }),
      entry(submissions, { kind: 'submissions', outputs }),
    ],
    { rounds: quick ? 3 : 7, warmUps: 2, signal, progress },
  );

  const batches = rows / small - rows / large;
  const writes = rows / small - 1;
  const perRow = differences(costs, whole, plain, (ms) => (ms * 1e6) / rows);
  const perBatch = differences(costs, manyBatches, whole, (ms) => (ms * 1e3) / batches);
  const perWrite = differences(costs, manyWrites, manyBatches, (ms) => ms / writes);
  const perOutput = mainMs(costs, submissions).map((ms) => ms / outputs);
  const onCompute = percents(compute, own, rxjs);
  const onInspection = percents(inspection, inspected, written);
  const samples: Sample[] = [
    ...[...compute, ...inspection].map(
      ([contenderName, reports]): Sample => ({
        contender: contenderName,
        metric: 'CPU time of the process',
        unit: 's',
        values: reports.map(({ cpuSeconds }) => cpuSeconds),
      }),
    ),
    { contender: own, metric: 'more CPU than RxJS alone', unit: '%', values: onCompute },
    { contender: inspected, metric: 'more CPU with an inspector', unit: '%', values: onInspection },
    {
      contender: inspected,
      metric: 'inspection events',
      unit: 'per run',
      values: (inspection.get(inspected) ?? []).map(({ figures }) => figures[inspections] ?? Number.NaN),
    },
    { contender: own, metric: 'main thread per row', unit: 'ns', values: perRow },
    { contender: own, metric: 'main thread per batch', unit: 'us', values: perBatch },
    { contender: own, metric: 'main thread per write', unit: 'ms', values: perWrite },
    { contender: own, metric: 'main thread per submitted output', unit: 'ms', values: perOutput },
  ];
  return {
    measures: measuresOf(samples),
    bars: [
      atMost('more CPU than RxJS alone on a compute-bound pipeline', 2, median(onCompute), '%'),
      atMost('main thread per batch', 50, median(perBatch), 'us'),
      atMost('main thread per write', 1, median(perWrite), 'ms'),
      atMost('main thread per submitted output', 1, median(perOutput), 'ms'),
      atMost('more CPU with an inspector', 5, median(onInspection), '%'),
    ],
    plots: [
      {
        kind: 'bars',
        title: 'CPU time of a compute-bound pipeline',
        unit: 'seconds; less is better',
        rows: [...compute, ...inspection].map(([label, reports]) => ({
          label,
          value: median(reports.map(({ cpuSeconds }) => cpuSeconds)),
          own: label === own,
        })),
      },
    ],
    notes: [
      'A batch of 1,024 rows costs what a batch of any size costs besides its rows: memory, messages, references.',
    ],
  };
}

const mainMs = (reports: Reports, name: string): number[] =>
  (reports.get(name) ?? []).map(({ figures }) => figures[mainThread] ?? Number.NaN);

/** What `more` takes beyond `less` on the main thread, by round. */
function differences(reports: Reports, more: string, less: string, scaled: (ms: number) => number): number[] {
  const base = mainMs(reports, less);
  return mainMs(reports, more).map((ms, round) => scaled(ms - (base[round] ?? Number.NaN)));
}

function percents(reports: Reports, more: string, less: string): number[] {
  const base = reports.get(less) ?? [];
  return (reports.get(more) ?? []).map(
    ({ cpuSeconds }, round) => (cpuSeconds / (base[round]?.cpuSeconds ?? Number.NaN) - 1) * 100,
  );
}
