// Owns the three tables of the simulation, as plans of Spark: random walks of prices, their changes, and what each step is like.
import { type Column, col, type DataFrame, type SparkSession, window } from '@tailrace/adapters/spark';
import { avg, exp, lag, randn, stddev, sum } from '@tailrace/adapters/spark/functions';

export interface Size {
  readonly paths: number;
  readonly steps: number;
  readonly seed: number;
}

export interface Price {
  path: bigint;
  step: bigint;
  price: number;
}
export type Change = Price & { change: number | null };
export interface Step {
  step: bigint;
  mean: number | null;
  spread: number | null;
}

const volatility = 0.01;
const alongPath = window.partitionBy('path').orderBy('step');

/** Every path begins at 100 and takes a random step in every row. */
export function prices(spark: SparkSession, { paths, steps, seed }: Size): DataFrame<Price> {
  const id = col<bigint>('id');
  return spark
    .range(0, paths * steps)
    .select({ path: id.mod(BigInt(paths)), step: wholePart(id, paths), shock: randn(seed).times(volatility) })
    .withColumn('price', exp(sum('shock').over(alongPath.rowsBetween('unbounded', 'current'))).times(100))
    .select({ path: 'path', step: 'step', price: col<number>('price') });
}

export function changes(from: DataFrame<Price>): DataFrame<Change> {
  const before = lag<number>('price').over(alongPath);
  return from.withColumn('change', col<number | null>('price').dividedBy(before).minus(1));
}

export function summary(from: DataFrame<Change>): DataFrame<Step> {
  return from.groupBy('step').agg({ mean: avg<number>('change'), spread: stddev('change') });
}

function wholePart(column: Column<bigint>, divisor: number): Column<bigint> {
  return column.minus(column.mod(divisor)).dividedBy(divisor).cast<bigint>('bigint');
}
