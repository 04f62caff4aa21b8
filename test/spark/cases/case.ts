// Owns what a case is: the same plan, in TypeScript and in Python.
import type { Column, ColumnOrName, DataFrame, SparkSession } from '@tailrace/adapters/spark';
import type { TableName } from './tables.js';

export type Tables = { readonly [T in TableName]: DataFrame } & { readonly spark: SparkSession };

export interface Case {
  /** In Python, with `F`, `W`, `spark` and the tables in reach. */
  readonly python: string;
  readonly ours: (tables: Tables) => DataFrame<object>;
}

export const same = (python: string, ours: Case['ours']): Case => ({ python, ours });

type Unary = (column: ColumnOrName) => Column;

/** Functions of one column of a table: names of Python's, and ours. */
export function unary(table: TableName, column: string, functions: Readonly<Record<string, Unary>>): Case[] {
  return Object.entries(functions).map(([name, ours]) =>
    same(`${table}.select('i', F.${name}('${column}').alias('v'))`, (tables) =>
      tables[table].select('i', ours(column).as('v')),
    ),
  );
}

/** Expressions over a table: what Python writes, and our column. */
export function columns(table: TableName, pairs: readonly (readonly [string, () => Column])[]): Case[] {
  return pairs.map(([python, ours]) =>
    same(`${table}.select('i', (${python}).alias('v'))`, (tables) =>
      tables[table].select('i', ours().as('v')),
    ),
  );
}
