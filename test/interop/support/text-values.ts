// Owns the patterns of random text: lengths around every limit, all widths of UTF-8, and bounds that are hard to shorten.
import { changing, fewOf, inRuns, type Pattern, turning } from './number-values.js';
import type { Random } from './random.js';

const times = (rows: number, make: (row: number) => string): string[] =>
  Array.from({ length: rows }, (_, row) => make(row));

const ascii = (random: Random, length: number): string =>
  String.fromCharCode(...times(length, () => '').map(() => random.between(32, 126)));

/** One to four bytes each, with the highest of each width, beside what text tools trip over. */
const letters = [
  'a',
  '\u007f',
  'ä',
  '\u07ff',
  '語',
  '\uffff',
  '\ue000',
  '😀',
  '\u{10ffff}',
  '\u0301',
  '\0',
  '\n',
  '"',
  ' ',
];
const scattered = (random: Random, length: number): string =>
  times(length, () => random.pick(letters)).join('');

const few: Pattern<string> = (random, rows) =>
  fewOf(random, rows, random.between(1, 20), () => ascii(random, random.below(12)));
const unlike: Pattern<string> = (random, rows) =>
  times(rows, (row) => `${row}-${random.word().toString(36)}${random.word().toString(36)}`);

export const textPatterns: Record<string, Pattern<string>> = {
  few,
  unlike,
  constant: (random, rows) => fewOf(random, rows, 1, () => scattered(random, random.below(9))),
  hundreds: (random, rows) =>
    fewOf(random, rows, random.between(200, 2000), () => ascii(random, random.below(20))),
  empty: (random, rows) => times(rows, () => (random.chance(0.9) ? '' : 'x')),
  short: (random, rows) => times(rows, () => ascii(random, random.below(8))),
  scattered: (random, rows) => times(rows, () => scattered(random, random.below(12))),
  // Bounds are cut at 64 bytes: lengths on both sides of it, in every width.
  long: (random, rows) => times(rows, () => scattered(random, random.between(14, 90))),
  alike: (random, rows) => {
    const beginning = random.pick(['p'.repeat(70), 'é'.repeat(40), '語'.repeat(23), '\u{10ffff}'.repeat(20)]);
    return times(rows, () => beginning + ascii(random, random.below(4)));
  },
  highest: (random, rows) => times(rows, () => '\u{10ffff}'.repeat(random.below(40))),
  runs: (random, rows) => inRuns(random, rows, 50, () => scattered(random, random.below(9))),
  rising: (random, rows) => {
    let at = random.below(1000);
    return times(rows, () => {
      at += random.below(3);
      return `k${String(at).padStart(9, '0')}`;
    });
  },
  fewThenUnlike: changing(few, unlike),
  unlikeThenFew: changing(unlike, few),
  turning: turning(few, unlike),
};

/** Single values larger than a page; for few rows. */
export const largeText: Pattern<string> = (random, rows) =>
  times(rows, () =>
    random.chance(0.15)
      ? random.pick(['z', '語', '\u{10ffff}']).repeat(random.between(20_000, 500_000))
      : 'small',
  );
