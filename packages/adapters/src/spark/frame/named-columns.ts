// Owns columns under names, and the rows that they make.
import { type Column, type ColumnOrName, named } from '../column/column.js';
import type { Alias, Expression } from '../protocol/expression.js';

/** New names, each with a column or the name of one. In the order of the object: names that are whole numbers come first. */
export type NamedColumns = Readonly<Record<string, Column | string>>;

/** The rows of such columns, over rows of type `R`. */
export type ColumnsOf<C extends NamedColumns, R = unknown> = {
  -readonly [K in keyof C]: C[K] extends Column<infer T> ? T : C[K] extends keyof R ? R[C[K]] : unknown;
};

export function aliasesOf(columns: NamedColumns): Alias[] {
  return Object.entries(columns).map(([name, column]) => ({ expr: named(column).expression, name: [name] }));
}

/** Columns as they are, and those of objects under their names. */
export function expressionsOf(columns: readonly (ColumnOrName | NamedColumns)[]): Expression[] {
  return columns.flatMap((column): Expression[] => {
    if (typeof column === 'string' || isColumn(column)) return [named(column).expression];
    return aliasesOf(column).map((value) => ({ exprType: { case: 'alias', value } }));
  });
}

function isColumn(column: Column | NamedColumns): column is Column {
  return typeof column.expression === 'object' && 'exprType' in column.expression;
}
