// Owns Spark's functions that take a function of the items of an array or map.
import { type Column, type ColumnOrName, call, named, type Operand, of, operand } from '../column/column.js';

let lambdas = 0;

/** A function of TypeScript as one of Spark: it is called once, with a column that stands for its argument. */
function lambda(name: string, body: (item: Column) => Operand): Column {
  return lambda2(name, undefined, (item) => body(item));
}

function lambda2(
  first: string,
  second: string | undefined,
  body: (first: Column, second: Column) => Operand,
): Column {
  // Names must not meet those of a function around this one.
  lambdas += 1;
  const variable = (name: string) => ({ nameParts: [`${name}_${lambdas}`] });
  const column = (value: ReturnType<typeof variable>): Column =>
    of({ case: 'unresolvedNamedLambdaVariable', value });
  const one = variable(first);
  const two = second === undefined ? undefined : variable(second);
  return of({
    case: 'lambdaFunction',
    value: {
      function: operand(body(column(one), column(two ?? one))),
      arguments: two === undefined ? [one] : [one, two],
    },
  });
}

/** Every item of an array changed. @example transform('prices', (price) => price.times(1.2)) */
export const transform = (
  column: ColumnOrName,
  change: (item: Column) => Operand,
): Column<unknown[] | null> => call('transform', named(column), lambda('x', change));
/** The items of an array that fulfil a condition. */
export const filter = (column: ColumnOrName, keep: (item: Column) => Operand): Column<unknown[] | null> =>
  call('filter', named(column), lambda('x', keep));
/** Whether one item fulfils a condition. */
export const exists = (column: ColumnOrName, test: (item: Column) => Operand): Column<boolean | null> =>
  call('exists', named(column), lambda('x', test));
/** Whether all items fulfil a condition. */
export const forall = (column: ColumnOrName, test: (item: Column) => Operand): Column<boolean | null> =>
  call('forall', named(column), lambda('x', test));
/** The items of an array taken into one value, the first one after another. */
export const aggregate = (
  column: ColumnOrName,
  start: Operand,
  merge: (sum: Column, item: Column) => Operand,
): Column => call('aggregate', named(column), start, lambda2('acc', 'x', merge));
/** The values of a map changed. */
export const transformValues = (
  column: ColumnOrName,
  change: (key: Column, value: Column) => Operand,
): Column => call('transform_values', named(column), lambda2('k', 'v', change));
/** The entries of a map that fulfil a condition. */
export const mapFilter = (column: ColumnOrName, keep: (key: Column, value: Column) => Operand): Column =>
  call('map_filter', named(column), lambda2('k', 'v', keep));
