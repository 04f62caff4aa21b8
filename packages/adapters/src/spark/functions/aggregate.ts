// Owns Spark's functions of many rows.
import { type Column, type ColumnOrName, call, lit, named, of } from '../column/column.js';
import { type ColumnOf, type Like1, like1, type MeanOf, type Of1, type Of2, of1, of2 } from './shapes.js';

/** The smallest. */
export const min: Like1 = like1('min');
/** The greatest. */
export const max: Like1 = like1('max');
/** The standard deviation of a sample. */
export const stddev: Of1<number | null> = of1('stddev');
/** The standard deviation of all there is. */
export const stddevPop: Of1<number | null> = of1('stddev_pop');
/** The variance of a sample. */
export const variance: Of1<number | null> = of1('variance');
/** The variance of all there is. */
export const varPop: Of1<number | null> = of1('var_pop');
/** The skewness. */
export const skewness: Of1<number | null> = of1('skewness');
/** The kurtosis, 0 for the normal distribution. */
export const kurtosis: Of1<number | null> = of1('kurtosis');
/** The median. */
export const median: Of1<number | null> = of1('median');
/** The commonest value. */
export const mode: Like1 = like1('mode');
/** Everything multiplied. */
export const product: Of1<number | null> = of1('product');
/** All values as an array, in no certain order. */
export const collectList: Of1<unknown[]> = of1('collect_list');
/** Every value once, as an array in no certain order. */
export const collectSet: Of1<unknown[]> = of1('collect_set');
/** How many rows are true. */
export const countIf: Of1<bigint> = of1('count_if');
/** Whether all are true. */
export const boolAnd: Of1<boolean | null> = of1('bool_and');
/** Whether one is true. */
export const boolOr: Of1<boolean | null> = of1('bool_or');
/** The bits that all have. */
export const bitAnd: Like1 = like1('bit_and');
/** The bits that one has. */
export const bitOr: Like1 = like1('bit_or');
/** The bits that an odd number of them has. */
export const bitXor: Like1 = like1('bit_xor');
/** 1 where a column of a cube or rollup was left out of the grouping. */
export const grouping: Of1<number> = of1('grouping');
/** Pearson's correlation. */
export const corr: Of2<number | null> = of2('corr');
/** The covariance of all there is. */
export const covarPop: Of2<number | null> = of2('covar_pop');
/** The covariance of a sample. */
export const covarSamp: Of2<number | null> = of2('covar_samp');

/** The mean: a double, of decimals a decimal. */
export const avg = <T = unknown>(column: ColumnOf<T>): Column<MeanOf<T> | null> => call('avg', named(column));
/** The sum: of whole numbers a bigint, of decimals a decimal, else a double. `T` is that of the sum. */
export const sum = <T = unknown>(column: ColumnOrName): Column<T | null> => call('sum', named(column));
/** The sum of every value once. `T` is that of the sum. */
export const sumDistinct = <T = unknown>(column: ColumnOrName): Column<T | null> => distinct('sum', [column]);
/** The first column where the second is greatest. */
export const maxBy = <T = unknown>(column: ColumnOf<T>, by: ColumnOrName): Column<T | null> =>
  call('max_by', named(column), named(by));
/** The first column where the second is smallest. */
export const minBy = <T = unknown>(column: ColumnOf<T>, by: ColumnOrName): Column<T | null> =>
  call('min_by', named(column), named(by));
/** How many are not null; `*` counts rows. */
export const count = (column: ColumnOrName): Column<bigint> =>
  call('count', column === '*' ? lit(1) : named(column));
/** How many different ones there are, rows with a null left out. */
export const countDistinct = (...columns: ColumnOrName[]): Column<bigint> => distinct('count', columns);
/** About how many different ones there are. @param deviation allowed, relative; 0.05 by default */
export const approxCountDistinct = (column: ColumnOrName, deviation = 0.05): Column<bigint> =>
  call('approx_count_distinct', named(column), deviation);
/** The first value, of whichever row comes first. */
export const first = <T = unknown>(column: ColumnOf<T>, ignoreNulls = false): Column<T | null> =>
  call('first', named(column), ignoreNulls);
/** The last value, of whichever row comes last. */
export const last = <T = unknown>(column: ColumnOf<T>, ignoreNulls = false): Column<T | null> =>
  call('last', named(column), ignoreNulls);
/** The value below which such a share of all lies, about. @param accuracy 1 / accuracy is the error; 10,000 by default */
export const percentileApprox = <T = unknown>(
  column: ColumnOf<T>,
  share: number,
  accuracy = 10_000,
): Column<T | null> => call('percentile_approx', named(column), share, accuracy);
/** The value below which such a share of all lies, between two where none fits. */
export const percentile = (column: ColumnOrName, share: number): Column<number | null> =>
  call('percentile', named(column), share);
/** Texts joined, in no certain order. */
export const stringAgg = (column: ColumnOrName, delimiter = ''): Column<string | null> =>
  call('string_agg', named(column), delimiter);

function distinct<T>(functionName: string, columns: readonly ColumnOrName[]): Column<T> {
  const given = columns.map((column) => named(column).expression);
  return of({
    case: 'unresolvedFunction',
    value: { functionName, arguments: given, isDistinct: true },
  });
}
