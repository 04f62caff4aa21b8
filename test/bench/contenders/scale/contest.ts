// Owns what the process of `scale` is asked for.

export type Dimension =
  /** Rows of one output. */
  | 'rows'
  /** Outputs of one stage of 1,000 rows. */
  | 'outputs'
  /** Partitions of one output, 400 rows each. */
  | 'partitions'
  /** Datasets submitted at once to a pool whose sink only counts. */
  | 'queued outputs'
  /** Writes of 100 rows that one output is cut into; the sink only counts. */
  | 'queued writes'
  /** Stages one after another. */
  | 'stages';

export interface Point {
  readonly dimension: Dimension;
  readonly size: number;
  readonly folder: string;
}

export const stageRows = 500_000;
export const outputRows = 1_000;
export const partitionRows = 400;
export const writeRows = 100;
