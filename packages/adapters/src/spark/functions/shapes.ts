// Owns the shapes that most of Spark's functions have, so that each can be declared in a line.
import { type Column, type ColumnOrName, call, named } from '../column/column.js';

/** A function of one column, which a text names. */
export type Of1<T> = (column: ColumnOrName) => Column<T>;
/** A function of two columns, which texts name. */
export type Of2<T> = (left: ColumnOrName, right: ColumnOrName) => Column<T>;
/** A function of any number of columns, which texts name. */
export type OfMany<T> = (...columns: ColumnOrName[]) => Column<T>;

/** A column of `T`, or the name of one, of which the caller may say `T`. */
export type ColumnOf<T> = Column<T> | string;
/**
 * A function whose results are of the type of its column. Of a column that is only named the caller says it:
 * `abs<bigint>('n')`.
 */
export type Like1 = <T = unknown>(column: ColumnOf<T>) => Column<T | null>;
/** Whole numbers of a column of `T`: bigints, of decimals (texts) decimals. */
export type WholeOf<T> = unknown extends T ? unknown : T extends string | null ? T : bigint;
/** The mean of a column of `T`: a double, of decimals (texts) a decimal. */
export type MeanOf<T> = unknown extends T ? unknown : T extends string | null ? T : number;

export const like1 =
  (name: string): Like1 =>
  (column) =>
    call(name, named(column));
export const of0 =
  <T>(name: string) =>
  (): Column<T> =>
    call(name);
export const of1 =
  <T>(name: string): Of1<T> =>
  (column) =>
    call(name, named(column));
export const of2 =
  <T>(name: string): Of2<T> =>
  (left, right) =>
    call(name, named(left), named(right));
export const ofMany =
  <T>(name: string): OfMany<T> =>
  (...columns) =>
    call(name, ...columns.map(named));
