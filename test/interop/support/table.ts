// Owns what a test table is: columns of plain values, told apart from how they are laid out or written.
import { type DataType, describeType, type Schema } from '@tailrace/core/sink';

/**
 * The value that a file must hold, in the form in which readers are compared: int32 and days as numbers, int64 and
 * timestamps (in their own unit) as bigints, text as strings.
 */
export type CellValue = boolean | number | bigint | string | null;

export interface TableColumn {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly values: readonly CellValue[];
}

export interface Table {
  readonly rows: number;
  readonly columns: readonly TableColumn[];
}

/** A table and the batches in which it is written. */
export interface Case {
  readonly table: Table;
  /** Rows of each batch. */
  readonly cuts: readonly number[];
}

export function schemaOf(table: Table): Schema {
  return { fields: table.columns.map(({ name, type, nullable }) => ({ name, type, nullable })) };
}

/** `c0 int64?, name utf8` for messages. */
export function describeTable(table: Table): string {
  const columns = table.columns.map(
    ({ name, type, nullable }) => `${name} ${describeType(type)}${nullable ? '?' : ''}`,
  );
  return `${table.rows} rows of ${columns.join(', ')}`;
}

/** The table as Parquet stores it: seconds become milliseconds. */
export function stored(table: Table): Table {
  const columns = table.columns.map((column): TableColumn => {
    const { type, values } = column;
    if (type.kind !== 'timestamp' || type.unit !== 's') return column;
    return {
      ...column,
      type: { ...type, unit: 'ms' },
      values: values.map((value) => (typeof value === 'bigint' ? value * 1000n : value)),
    };
  });
  return { ...table, columns };
}
