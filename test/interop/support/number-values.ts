// Owns the patterns of random numbers: those that encodings, statistics and readers treat differently.
import type { Random } from './random.js';

/** Fills `rows` values that follow one pattern. */
export type Pattern<T> = (random: Random, rows: number) => T[];

const times = <T>(rows: number, make: (row: number) => T): T[] =>
  Array.from({ length: rows }, (_, row) => make(row));

/** Each value one of `count`, drawn anew. */
export function fewOf<T>(random: Random, rows: number, count: number, make: () => T): T[] {
  const entries = times(count, make);
  return times(rows, () => random.pick(entries));
}

/** Values that come in runs. */
export function inRuns<T>(random: Random, rows: number, longest: number, make: () => T): T[] {
  const made: T[] = [];
  while (made.length < rows) {
    const value = make();
    for (let left = random.between(1, longest); left > 0 && made.length < rows; left--) made.push(value);
  }
  return made;
}

/** One pattern up to a row somewhere in the middle, another one from there on. */
export function changing<T>(first: Pattern<T>, second: Pattern<T>): Pattern<T> {
  return (random, rows) => {
    const cut = random.between(0, rows);
    return [...first(random, cut), ...second(random, rows - cut)];
  };
}

/** The same, an eighth of the way through. */
export function turning<T>(first: Pattern<T>, second: Pattern<T>): Pattern<T> {
  return (random, rows) => {
    const cut = rows >> 3;
    return [...first(random, cut), ...second(random, rows - cut)];
  };
}

/** Integers of so many bits. A walk that leaves the range comes in again at its other end. */
export function integerPatterns(bits: 32 | 64): Record<string, Pattern<bigint>> {
  const top = 2n ** BigInt(bits - 1) - 1n;
  const bottom = -top - 1n;
  const wrap = (value: bigint): bigint => BigInt.asIntN(bits, value);
  const any = (random: Random) => (): bigint => (bits === 32 ? BigInt(random.word()) : random.long());
  const edges = [bottom, bottom + 1n, -(2n ** 31n), -129n, -1n, 0n, 1n, 255n, 2n ** 31n - 1n, top - 1n, top];
  const few: Pattern<bigint> = (random, rows) => fewOf(random, rows, random.between(2, 20), any(random));
  const full: Pattern<bigint> = (random, rows) => times(rows, any(random));
  return {
    constant: (random, rows) => fewOf(random, rows, 1, any(random)),
    few,
    hundreds: (random, rows) => fewOf(random, rows, random.between(200, 2000), any(random)),
    full,
    small: (random, rows) => times(rows, () => BigInt(random.between(-500, 500))),
    sequence: (random, rows) => {
      const start = any(random)();
      const step = BigInt(random.between(-3, 1000));
      return times(rows, (row) => wrap(start + step * BigInt(row)));
    },
    walk: (random, rows) => {
      let value = any(random)();
      const reach = random.pick([1, 40, 70_000]);
      return times(rows, () => (value = wrap(value + BigInt(random.between(-reach, reach)))));
    },
    rising: (random, rows) => {
      let value = bits === 32 ? BigInt(random.between(-1e9, 0)) : BigInt(random.between(0, 2e9)) * 1_000_000n;
      const reach = random.pick([0, 1, 100, 1000]);
      return times(rows, () => (value += BigInt(random.below(reach + 1))));
    },
    edges: (random, rows) => times(rows, () => random.pick(edges)),
    seesaw: (_, rows) => times(rows, (row) => (row % 2 === 0 ? bottom : top)),
    runs: (random, rows) => inRuns(random, rows, random.pick([3, 9, 200]), any(random)),
    highBits: (random, rows) =>
      times(rows, () => wrap(BigInt(random.between(-40_000, 40_000)) << BigInt(bits / 2))),
    fewThenAny: changing(few, full),
    anyThenFew: changing(full, few),
    turning: turning(few, full),
  };
}

const specials = [
  Number.NaN,
  0,
  -0,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.EPSILON,
  2 ** 53,
  1.5,
];

/** Any bits at all; the many forms of NaN are one value to JavaScript. */
function anyDouble(random: Random): number {
  const words = new Int32Array([random.word(), random.word()]);
  return new Float64Array(words.buffer)[0] ?? 0;
}

const fewDoubles: Pattern<number> = (random, rows) =>
  fewOf(random, rows, random.between(1, 20), () => anyDouble(random));
const fractions: Pattern<number> = (random, rows) => times(rows, () => (random.fraction() - 0.3) * 1000);
const oneOf =
  (list: readonly number[]): Pattern<number> =>
  (random, rows) =>
    times(rows, () => random.pick(list));

export const doublePatterns: Record<string, Pattern<number>> = {
  few: fewDoubles,
  fractions,
  bits: (random, rows) => times(rows, () => anyDouble(random)),
  cents: (random, rows) => times(rows, () => random.between(-5000, 5000) / 100),
  sequence: (random, rows) => {
    const start = random.between(-1000, 1000);
    return times(rows, (row) => start + row * 0.25);
  },
  specials: oneOf(specials),
  zeros: oneOf([0, -0]),
  zerosBesideOthers: (random, rows) => {
    const sign = random.pick([1, -1]);
    return times(rows, () => random.pick([0, -0, sign * random.fraction()]));
  },
  noNumbers: oneOf([Number.NaN]),
  mostlyNoNumbers: (random, rows) =>
    inRuns(random, rows, 60, () => (random.chance(0.7) ? Number.NaN : random.fraction())),
  fewThenFractions: changing(fewDoubles, fractions),
  turning: turning(fewDoubles, fractions),
};

export const boolPatterns: Record<string, Pattern<boolean>> = {
  constant: (random, rows) => fewOf(random, rows, 1, () => random.chance(0.5)),
  coin: (random, rows) => times(rows, () => random.chance(0.5)),
  seesaw: (_, rows) => times(rows, (row) => row % 2 === 0),
  runs: (random, rows) => inRuns(random, rows, 100, () => random.chance(0.5)),
};
