// Owns what the times of `pattern` are told as: shares, savings, efficiencies, and the bars over them.
import { atLeast } from '../../harness/bars.js';
import type { Bar } from '../../harness/bench-case.js';
import { median, own, type Sample } from '../../harness/statistics.js';
import { efficiencyOf, perRound, type Reports, savedOf } from './shares.js';

/** Names of those who take part, beside Tailrace with as many workers as it chooses. */
export const inline = 'inline';
export const one = 'background, 1 worker';
export const two = 'background, 2 workers';
export const run = 'pipeline run, threads included';
export const recomputed = 'background, recomputed';
export const computing = 'computing alone';
export const writing = 'writing alone';
export const writingByTwo = 'writing alone, 2 workers';
export const apart = 'two processes';
export const apartByTwo = 'two processes, 2 writers';

export const shareOf = (reports: Reports): number[] =>
  perRound(reports, [computing, writing], (compute = 0, write = 0) => write / (compute + write));

export const idealSaved = (reports: Reports): number[] =>
  perRound(reports, [inline, computing, writing], (whole, compute = 0, write = 0) =>
    savedOf(whole, Math.max(compute, (compute + write) / 2)),
  );

export function samplesOf(share: number, reports: Reports): Sample[] {
  const at = `at ${share}`;
  const samples: Sample[] = [
    { contender: 'the job', metric: `share of writing ${at}`, unit: 'W / (C + W)', values: shareOf(reports) },
    { contender: 'ideal', metric: `saved ${at}`, unit: '%', values: idealSaved(reports) },
  ];
  for (const [contender, rounds] of reports) {
    samples.push({
      contender,
      metric: `time ${at}`,
      unit: 's',
      values: rounds.map(({ seconds }) => seconds),
    });
    if ([computing, writing, writingByTwo, inline].includes(contender)) continue;
    const saved = perRound(reports, [inline, contender], savedOf);
    const efficiency = perRound(reports, [inline, contender, computing, writing], efficiencyOf);
    samples.push({ contender, metric: `saved ${at}`, unit: '%', values: saved });
    samples.push({ contender, metric: `efficiency ${at}`, unit: 'of ideal', values: efficiency });
  }
  return samples;
}

export function barsOf(byShare: ReadonlyMap<number, Reports>): Bar[] {
  const at = (share: number, bars: (reports: Reports) => Bar[]): Bar[] => {
    const reports = byShare.get(share);
    return reports === undefined ? [] : bars(reports);
  };
  const efficiency = (reports: Reports, name: string): number =>
    median(perRound(reports, [inline, name, computing, writing], efficiencyOf));
  const saved = (reports: Reports, name = own): number => median(perRound(reports, [inline, name], savedOf));
  const all = [...byShare.values()];
  const againstFixed = all.map((reports) =>
    median(perRound(reports, [one, two, own], (a = 0, b = 0, ours = 0) => Math.min(a, b) / ours)),
  );
  const slower = all.map((reports) => -saved(reports, recomputed));
  return [
    ...at(0.3, (reports) => [
      atLeast('share 0.3, 1 worker: overlap efficiency', 0.9, efficiency(reports, one), ''),
    ]),
    ...at(0.4, (reports) => [atLeast('share 0.4: saved', 28.4, saved(reports), '%')]),
    ...at(0.5, (reports) => [
      atLeast('share 0.5, automatic workers: overlap efficiency', 0.85, efficiency(reports, own), ''),
    ]),
    ...at(0.7, (reports) => [
      atLeast('share 0.7, automatic workers: overlap efficiency', 0.85, efficiency(reports, own), ''),
      atLeast('share 0.7, automatic workers: saved', 40, saved(reports), '%'),
    ]),
    atLeast(
      'automatic against the better fixed count, least of all shares',
      0.95,
      Math.min(...againstFixed),
      'x',
    ),
    atLeast('recomputed: slower than inline, least of all shares', 0, Math.min(...slower), '%'),
  ];
}
