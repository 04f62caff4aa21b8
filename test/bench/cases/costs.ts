// Owns the figures every file-writing case reports of its contenders: speed, CPU time and memory.
import type { RoundReport } from '../harness/contender.js';
import { costMetrics } from '../harness/cost-metrics.js';
import type { Sample } from '../harness/statistics.js';

type Reports = ReadonlyMap<string, readonly RoundReport[]>;

/** Million rows per second, round by round. */
export function ratesOf(reports: Reports, rowsOf: (contender: string) => number, metric = 'speed'): Sample[] {
  return Array.from(reports, ([contender, rounds]) => ({
    contender,
    metric,
    unit: 'M rows/s',
    values: rounds.map(({ seconds }) => rowsOf(contender) / 1e6 / seconds),
  }));
}

/** CPU seconds per million rows, and the growth of the resident set in a round. */
export function costsOf(reports: Reports, rowsOf: (contender: string) => number, suffix = ''): Sample[] {
  return Array.from(reports).flatMap(([contender, rounds]) => [
    {
      contender,
      metric: `${costMetrics.cpu}${suffix}`,
      unit: 's per M rows',
      values: rounds.map(({ cpuSeconds }) => cpuSeconds / (rowsOf(contender) / 1e6)),
    },
    {
      contender,
      metric: `${costMetrics.growth}${suffix}`,
      unit: 'MiB',
      values: rounds.map(({ peakRssBytes, startRssBytes }) => (peakRssBytes - startRssBytes) / 2 ** 20),
    },
    {
      contender,
      metric: `${costMetrics.resident}${suffix}`,
      unit: 'MiB',
      values: rounds.map(({ peakRssBytes }) => peakRssBytes / 2 ** 20),
    },
  ]);
}

/** What syncing the files took afterwards, outside the clock: for those who sync themselves, next to nothing. */
export function syncsOf(
  { syncs }: { readonly syncs: ReadonlyMap<string, readonly number[]> },
  suffix = '',
): Sample[] {
  return Array.from(syncs, ([contender, values]) => ({
    contender,
    metric: `${costMetrics.sync}${suffix}`,
    unit: 's',
    values,
  }));
}
