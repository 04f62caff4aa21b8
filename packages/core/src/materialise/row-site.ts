// Owns where in a stage a value came from, and the errors of values and rows that do not fit.
import type { Field } from '../batch/schema.js';
import { describeType } from '../batch/schema.js';
import { describeColumn, describeValue } from '../batch/value-error.js';
import { ValueError } from '../errors/named-errors.js';
import { isTailraceError, messageOf, TailraceError } from '../errors/tailrace-error.js';
import { about } from './bad-row.js';

const operation = 'materialise rows';

/** The row that is being taken. Mutable, so that nothing is allocated per row. */
export interface RowSite {
  readonly stage: string;
  /** 0-based number of the item in the stage's output, rejected ones included. */
  item: number;
  /** Within a nested column: the path to the value that is being taken, such as `tags[2].name`. */
  path?(name: string): string;
}

/** The name of a column, or its path within others. */
export function pathOf(site: RowSite, name: string): string {
  return site.path?.(name) ?? name;
}

/** The same row, seen from within a nested column. */
export function siteWithin(site: RowSite, path: (name: string) => string): RowSite {
  return {
    stage: site.stage,
    get item() {
      return site.item;
    },
    path,
  };
}

/** The error of a value that does not fit its column. */
export function misfit(site: RowSite, field: Field, value: unknown, expected: string): ValueError {
  const column = pathOf(site, field.name);
  const came = value === null || value === undefined ? `${value}` : describeValue(value);
  const advice =
    value === null || value === undefined
      ? 'Declare the column as nullable(...), or give it a value.'
      : 'Convert it in the stage, or declare another type for the column.';
  const error = new ValueError(
    `Stage "${site.stage}", row ${site.item}, ${describeColumn({ ...field, name: column })}: expected ` +
      `${expected}, but ${came} came. ${advice}`,
    {
      operation,
      context: {
        stage: site.stage,
        row: site.item,
        column,
        type: describeType(field.type),
        received: value === null ? 'null' : typeof value,
      },
    },
  );
  return about(error, value);
}

/** The error of a value whose type is not that of the column's earlier values. */
export function mixedTypes(
  site: RowSite,
  column: string,
  before: string,
  value: unknown,
  now: string,
): ValueError {
  const error = new ValueError(
    `Stage "${site.stage}", row ${site.item}, column ${JSON.stringify(column)}: ${describeValue(value)} (${now}) came, ` +
      `but earlier rows hold ${before}. A column has one type: convert the values in the stage, or declare the schema.`,
    { operation, context: { stage: site.stage, row: site.item, column, type: before, received: now } },
  );
  return about(error, value);
}

/** The error of a value that no column type takes. */
export function unsupported(site: RowSite, column: string, value: unknown): ValueError {
  const advice =
    typeof value === 'object'
      ? 'Columns of arrays, objects, Maps and bytes are not inferred: declare the schema of the stage, defineSchema({ ' +
        `${column}: list(...) }), or struct, map, binary; or turn the value into text with JSON.stringify.`
      : 'Inferred columns hold numbers, bigints, booleans, strings and Dates: convert the value in the stage.';
  const error = new ValueError(
    `Stage "${site.stage}", row ${site.item}, column ${JSON.stringify(column)}: ${describeValue(value)} came. ${advice}`,
    { operation, context: { stage: site.stage, row: site.item, column, received: typeof value } },
  );
  return about(error, value);
}

/** What was thrown while a row was read, in the family: a getter or a proxy of it throws whatever it likes. */
export function unreadableRow(site: RowSite, thrown: unknown): TailraceError {
  if (isTailraceError(thrown)) return thrown;
  return new ValueError(
    `Stage "${site.stage}", row ${site.item} could not be read (${messageOf(thrown)}). ` +
      'A getter or a proxy of the row may have thrown: map each item to an object of plain values first.',
    { operation, context: { stage: site.stage, row: site.item }, cause: thrown },
  );
}

/** The error of an item that is no row. */
export function notARow(site: RowSite, item: unknown): TailraceError {
  const error = new TailraceError(
    `Stage "${site.stage}", row ${site.item}: rows are objects with one property per column, but ${describeValue(item)} ` +
      'came. Map each item to such an object first: map((value) => ({ value })).',
    { code: 'SCHEMA_INVALID', operation, context: { stage: site.stage, row: site.item } },
  );
  return about(error, item);
}

/** The error of a property that is no column of the schema. */
export function extraColumn(site: RowSite, column: string, known: readonly string[]): TailraceError {
  const columns = known.map((name) => JSON.stringify(name)).join(', ');
  return new TailraceError(
    `Stage "${site.stage}", row ${site.item}: the property ${JSON.stringify(column)} is no column of its schema, which has ` +
      `${columns}. Declare the schema with that column, or leave the property out of the rows.`,
    { code: 'SCHEMA_INVALID', operation, context: { stage: site.stage, row: site.item, column } },
  );
}

/** The error of a row without a column that it must have. */
export function missingColumn(site: RowSite, column: string): ValueError {
  return new ValueError(
    `Stage "${site.stage}", row ${site.item}: it has no ${JSON.stringify(column)}, and missingColumns is ` +
      `'error'. Give the row the column, with null where there is no value, or let missing columns be null.`,
    { operation, context: { stage: site.stage, row: site.item, column } },
  );
}

/** The error of columns whose type nothing in the sample tells. */
export function untypedColumns(stage: string, columns: readonly string[], rows: number): TailraceError {
  const names = columns.map((name) => JSON.stringify(name)).join(', ');
  return new TailraceError(
    `Stage "${stage}": no type can be inferred for ${columns.length === 1 ? 'column' : 'columns'} ${names}, which held only ` +
      `null in the first ${rows} rows. Declare the schema of the stage: defineSchema({ ... }).`,
    { code: 'SCHEMA_INVALID', operation: 'infer schema', context: { stage, column: columns[0], rows } },
  );
}

/** The error of rows from which no column at all can be inferred. */
export function noColumns(stage: string, rows: number): TailraceError {
  return new TailraceError(
    `Stage "${stage}": no type can be inferred for any column, as the first ${rows} rows have no properties. Declare the ` +
      'schema of the stage: defineSchema({ ... }).',
    { code: 'SCHEMA_INVALID', operation: 'infer schema', context: { stage, rows } },
  );
}
