// Owns the continuous quantile of a small set of numbers. It never keeps them.

/**
 * The value below which a share `p` of the values lies, interpolated linearly between the two nearest: Hyndman and Fan's
 * type 7, SQL's `percentile_cont`, DuckDB's `quantile_cont`.
 * @param values at least one number, none NaN; sorted in place
 * @param p from 0 to 1
 */
export function quantile(values: number[], p: number): number {
  sortAscending(values);
  const position = (values.length - 1) * p;
  const below = Math.floor(position);
  const low = values[below];
  if (low === undefined)
    throw new RangeError('The quantile of no values does not exist; leave empty groups out.');
  const high = values[below + 1] ?? low;
  return low + (high - low) * (position - below);
}

/** Most groups have under ten values, for which a sort with a comparison function costs several times as much. */
const insertionLimit = 32;

function sortAscending(values: number[]): void {
  if (values.length > insertionLimit) {
    values.sort((a, b) => a - b);
    return;
  }
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i] as number; // i lies within the array, here and below
    let j = i - 1;
    while (j >= 0 && (values[j] as number) > value) {
      values[j + 1] = values[j] as number;
      j -= 1;
    }
    values[j + 1] = value;
  }
}
