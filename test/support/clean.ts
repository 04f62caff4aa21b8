// Owns what a test asks of a campaign's figure: everything tried, nothing wrong. It prints the row, to be read in the log.
import { expect } from 'vitest';
import { type Figure, tableRow } from '../campaign/figure.js';

/** Where the chances of the campaigns begin; a figure's row names it, and the same seed tries the same. */
export const seed: number = Number(process.env.TAILRACE_SEED ?? 20_010_103);

export function expectClean(figure: Figure, trials: number): void {
  process.stdout.write(`${tableRow(figure)}\n${JSON.stringify(figure.details)}, ${figure.seconds} s\n`);
  // As the message: a report of failures shows no more than its first lines.
  expect(figure.problems, figure.problems.slice(0, 5).join('\n')).toEqual([]);
  expect(figure.counts).toEqual({
    tried: trials,
    lost: 0,
    duplicated: 0,
    halfVisible: 0,
    altered: 0,
    hung: 0,
  });
}
