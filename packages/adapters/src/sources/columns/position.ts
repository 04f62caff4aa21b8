// Owns where values of a file stand, and the errors that name it.
import { describeType, type Field, ValueError } from '@tailrace/core';
import type { Data } from 'apache-arrow';

/** Where a value stands, for messages. */
export interface Position {
  readonly path: string;
  /** Row of the file at which the data begins, from 0. */
  readonly firstRow: number;
}

/** Writes values `from..to` of the data to `out[0..]`. */
export type Fill = (data: Data, from: number, to: number, out: unknown[], where: Position) => void;

export function valueError(field: Field, row: number, where: Position, problem: string): ValueError {
  const at = where.firstRow + row;
  return new ValueError(
    `'${where.path}', row ${at}, column '${field.name}' (${describeType(field.type)}): ${problem}`,
    {
      operation: 'read source',
      context: { path: where.path, row: at, column: field.name },
    },
  );
}

export function nullError(field: Field, row: number, where: Position): ValueError {
  const problem = 'it is null, but the column is declared without nulls. Declare it nullable(...).';
  return valueError(field, row, where, problem);
}
