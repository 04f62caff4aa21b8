// Owns the job of the comparison, as plain data: a simulation, its transformation, an aggregation. Both programs build the same plans
// of it, the one in Python from its JSON.

export interface Job {
  /** Rows of the simulation, and how many partitions they are made in. */
  readonly rows: number;
  readonly partitions: number;
  /** Expressions in SQL, one step of `selectExpr` after the other. */
  readonly simulation: readonly (readonly string[])[];
  readonly transformation: readonly string[];
  readonly groupBy: string;
  readonly aggregates: readonly string[];
  /** What the program looks at of each table before it goes on. */
  readonly look: Readonly<Record<TableName, readonly string[]>>;
  readonly partitionBy: Readonly<Record<TableName, readonly string[]>>;
}

export type TableName = 'simulation' | 'transformation' | 'aggregation';
export const tableNames: readonly TableName[] = ['simulation', 'transformation', 'aggregation'];

const alongPath = '(PARTITION BY path ORDER BY step)';

/** Random walks of prices on `paths` paths, their changes, and what each step is like. */
export function jobOf(paths: number, steps: number): Job {
  return {
    rows: paths * steps,
    partitions: 8,
    simulation: [
      [`id % ${paths} AS path`, `id div ${paths} AS step`, 'randn(7) * 0.01 AS shock'],
      ['path', 'step', 'path % 4 AS shard', `100 * exp(sum(shock) OVER ${alongPath}) AS price`],
    ],
    transformation: ['*', `price / lag(price) OVER ${alongPath} - 1 AS change`],
    groupBy: 'step',
    aggregates: ['count(*) AS paths', 'avg(change) AS mean', 'stddev(change) AS spread'],
    look: {
      simulation: ['count(*) AS rows', 'max(price) AS value'],
      transformation: ['count(*) AS rows', 'max(change) AS value'],
      aggregation: ['count(*) AS rows', 'max(spread) AS value'],
    },
    partitionBy: { simulation: ['shard'], transformation: ['shard'], aggregation: [] },
  };
}

/**
 * The three rows of the article's table, and one more: its second row asks a held table for one row, which fills some of its
 * partitions; `held in full` counts it, which fills all of them.
 */
export const ways = [
  'synchronous',
  'background, held by take(1)',
  'background, held in full',
  'background, not held',
] as const;
export type Way = (typeof ways)[number];
