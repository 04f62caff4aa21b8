// Owns drawing from a set of weighted values in constant time. It never makes random numbers.

export interface AliasTable {
  /** The value at each of n equally likely places, and the one that the upper part of the place stands for. */
  readonly value: Int32Array;
  readonly alias: Int32Array;
  /** Where in its place the value ends and the alias begins, 0 to 1. */
  readonly split: Float64Array;
}

/**
 * Walker's alias method, built as by Vose ("A linear algorithm for generating random numbers with a given distribution", 1991).
 * @param values integers of 32 bits, at least one
 * @param weights as many numbers above 0
 */
export function aliasTable(values: readonly number[], weights: readonly number[]): AliasTable {
  const n = values.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (n === 0 || weights.length !== n || !(total > 0)) {
    throw new RangeError(
      `An alias table needs values with a weight each; got ${n} values, ${weights.length} weights.`,
    );
  }
  const value = Int32Array.from(values);
  const alias = Int32Array.from(values);
  // A place that no neighbour has to fill up stays whole.
  const split = new Float64Array(n).fill(1);
  const scaled = weights.map((weight) => (weight * n) / total);
  const small: number[] = [];
  const large: number[] = [];
  scaled.forEach((share, place) => void (share < 1 ? small : large).push(place));
  for (;;) {
    const under = small.pop();
    const over = large.pop();
    if (under === undefined || over === undefined) break;
    const share = scaled[under] ?? 0;
    split[under] = share;
    alias[under] = value[over] ?? 0;
    const left = (scaled[over] ?? 0) - (1 - share);
    scaled[over] = left;
    (left < 1 ? small : large).push(over);
  }
  return { value, alias, split };
}

/** @param uniform from 0 up to, but not including, 1 */
export function draw({ value, alias, split }: AliasTable, uniform: number): number {
  const scaled = uniform * value.length;
  const place = Math.floor(scaled);
  const from = scaled - place < (split[place] ?? 1) ? value : alias;
  return from[place] ?? 0;
}
