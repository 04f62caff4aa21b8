// Owns the conversions that belong to `rows`: rows to columns and back, without files.
import {
  type ConversionOptions,
  type ConversionRound,
  toColumns,
  toRows,
} from '../contenders/conversions/contest.js';
import { atLeast } from '../harness/bars.js';
import type { Bar, BenchContext, Measure, Plot } from '../harness/bench-case.js';
import { type Lane, race } from '../harness/race.js';
import { measuresOf, median, own, type Sample } from '../harness/statistics.js';

const contenders = [
  { name: own, module: 'tailrace', rows: 262_144, times: 8 },
  { name: 'apache-arrow', module: 'apache-arrow', rows: 131_072, times: 1 },
];
const wanted = { [toColumns]: 2.2, [toRows]: 1.3 };

export async function measureConversions({ quick, signal, progress }: BenchContext): Promise<{
  readonly measures: readonly Measure[];
  readonly bars: readonly Bar[];
  readonly plot: Plot;
}> {
  const lanes = contenders.map(({ name, module, rows, times }): Lane<ConversionRound> => {
    const options: ConversionOptions = { rows };
    return {
      name,
      module: new URL(`../contenders/conversions/${module}.js`, import.meta.url),
      options,
      input: () => ({ times: quick ? Math.ceil(times / 4) : times }),
    };
  });
  const reports = await race(lanes, { rounds: quick ? 3 : 7, signal, progress });
  const samples = [toColumns, toRows].flatMap((metric) =>
    Array.from(
      reports,
      ([contender, rounds]): Sample => ({
        contender,
        metric,
        unit: 'M rows/s',
        values: rounds.map(({ figures }) => figures[metric] ?? Number.NaN),
      }),
    ),
  );
  const ours = samples.filter(({ contender }) => contender === own);
  return {
    measures: measuresOf(samples),
    bars: Object.entries(wanted).map(([metric, least]) => {
      const values = ours.find((sample) => sample.metric === metric)?.values ?? [];
      return atLeast(metric, least, median(values), 'M rows/s');
    }),
    plot: {
      kind: 'bars',
      title: 'Rows to columns and back, eight columns, no files',
      unit: 'million rows per second; more is better',
      rows: samples.map(({ contender, metric, values }) => ({
        label: `${contender}, ${metric}`,
        value: median(values),
        own: contender === own,
      })),
    },
  };
}
