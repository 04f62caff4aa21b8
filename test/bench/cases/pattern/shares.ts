// Owns the arithmetic of `pattern`: what work gives a share of writing, and what the times of a round mean.
import type { RoundReport } from '../../harness/contender.js';
import { median } from '../../harness/statistics.js';

/** Processors that a job can use: the bars are stated for two. */
export const processors = 2;

export interface Calibration {
  /** Seconds of computing with `work` steps per row, by work. */
  readonly compute: readonly (readonly [work: number, seconds: number])[];
  readonly writeSeconds: number;
}

/** The work per row that makes writing the share `share` of computing and writing; not below 0. */
export function workFor(share: number, { compute, writeSeconds }: Calibration): number {
  const [[lessWork, less] = [0, 0], [moreWork, more] = [1, 1]] = compute;
  const wanted = (writeSeconds * (1 - share)) / share;
  return Math.max(0, Math.round(lessWork + ((wanted - less) * (moreWork - lessWork)) / (more - less)));
}

export type Reports = ReadonlyMap<string, readonly RoundReport[]>;

export const medianSeconds = (reports: Reports, name: string): number =>
  median((reports.get(name) ?? []).map(({ seconds }) => seconds));

/** Something of the times of each round; the rounds pair, so that a machine that changes its speed changes all of them. */
export function perRound(
  reports: Reports,
  names: readonly string[],
  of: (...seconds: readonly number[]) => number,
): number[] {
  const columns = names.map((name) => reports.get(name) ?? []);
  return (columns[0] ?? []).map((_, round) =>
    of(...columns.map((rounds) => rounds[round]?.seconds ?? Number.NaN)),
  );
}

/** Percent of the time of `inline` that was saved. */
export const savedOf = (inline = Number.NaN, seconds = Number.NaN): number => (1 - seconds / inline) * 100;

/** What was saved of what a perfect schedule on two processors would save: 1 is all of it. */
export function efficiencyOf(inline: number, seconds: number, compute: number, write: number): number {
  const ideal = Math.max(compute, (compute + write) / processors);
  return (inline - seconds) / (inline - ideal);
}
