// Owns Spark's functions of columns of any type: choices, conditions, SQL and whatever has no function here.
import { randomInt } from 'node:crypto';
import { Column, call, type Operand, of, operand } from '../column/column.js';
import { drawing } from '../column/drawing.js';
import { type Of1, type Of2, type OfMany, of0, of1, of2, ofMany } from './shapes.js';

/** The first of the columns that is not null. */
export const coalesce: OfMany<unknown> = ofMany('coalesce');
/** Whether it is null. */
export const isNull: Of1<boolean> = of1('isNull');
/** Whether it is not null. */
export const isNotNull: Of1<boolean> = of1('isNotNull');
/** The first, or the second where that is null. */
export const ifnull: Of2<unknown> = of2('ifnull');
/** The first, or null where both are equal. */
export const nullif: Of2<unknown> = of2('nullif');
/** The type as SQL writes it. */
export const typeOf: Of1<string> = of1('typeof');
/** A number of each row, growing but not without gaps. */
export const monotonicallyIncreasingId: () => Column<bigint> = of0('monotonically_increasing_id');
/** The number of the partition in which the row is. */
export const sparkPartitionId: () => Column<number> = of0('spark_partition_id');
/** The file that the row was read from. */
export const inputFileName: () => Column<string> = of0('input_file_name');

/** A column of branches: values for the first condition that is true. Null where none is, unless `otherwise` says. */
export class CaseColumn<out T = unknown> extends Column<T | null> {
  readonly #branches: readonly Operand[];

  constructor(branches: readonly Operand[]) {
    super(call('when', ...branches).expression);
    this.#branches = branches;
  }

  when<U>(condition: Column<boolean | null>, value: Operand<U>): CaseColumn<T | U> {
    return new CaseColumn([...this.#branches, condition, value]);
  }

  otherwise<U>(value: Operand<U>): Column<T | U> {
    return call('when', ...this.#branches, value);
  }
}

/** @example when(col('age').lt(18), 'young').otherwise('grown') */
export const when = <T>(condition: Column<boolean | null>, value: Operand<T>): CaseColumn<T> =>
  new CaseColumn([condition, value]);
/** The first where all are, the second where the condition is not. */
export const iff = (condition: Column<boolean | null>, then: Operand, otherwise: Operand): Column =>
  call('if', condition, then, otherwise);
/** An expression in Spark's SQL. */
export const expr = <T = unknown>(expression: string): Column<T> =>
  of({ case: 'expressionString', value: { expression } });
/**
 * A function by its name, one of the server's own or one that was registered there. A text is a value. `rand`, `random`, `randn`, `uuid`
 * and `shuffle` without a seed are given one here, so that whoever reads the plan reads the same rows.
 */
export const callFunction = <T = unknown>(functionName: string, ...args: Operand[]): Column<T> => {
  const name = functionName.toLowerCase();
  // Not as the call of any function: servers before 4.1 know seeds of some of them in this form alone.
  if (drawing.get(name) === args.length) return call(name, ...args, BigInt(randomInt(2 ** 47)));
  return of({ case: 'callFunction', value: { functionName, arguments: args.map(operand) } });
};
