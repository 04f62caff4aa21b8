// Owns the shapes that most of Spark's functions have, so that each can be declared in a line.
import { type Column, type ColumnOrName, call, named } from '../column/column.js';

/** A function of one column, which a text names. */
export type Of1<T> = (column: ColumnOrName) => Column<T>;
/** A function of two columns, which texts name. */
export type Of2<T> = (left: ColumnOrName, right: ColumnOrName) => Column<T>;
/** A function of any number of columns, which texts name. */
export type OfMany<T> = (...columns: ColumnOrName[]) => Column<T>;

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
