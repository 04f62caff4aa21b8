// Owns what contenders of the conversions in `rows` are given and answer.

export interface ConversionOptions {
  /** Rows that are held in memory. */
  readonly rows: number;
}

export interface ConversionRound {
  /** How often all rows are converted. */
  readonly times: number;
}

/** Figures of a round. */
export const toColumns = 'rows to columns';
export const toRows = 'columns to rows';

/** Keeps the last rows alive, so that no compiler can leave out making them. */
export function lastRows(): { keep(row: unknown): void } {
  const kept = new Array<unknown>(1_024);
  let at = 0;
  return {
    keep(row) {
      kept[at & 1_023] = row;
      at += 1;
    },
  };
}
