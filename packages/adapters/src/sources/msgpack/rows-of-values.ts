// Owns how the values of a MessagePack file become rows: a map is one, a batch of columns is many.
import type { Field, Schema } from '@tailrace/core';
import { describeType, ValueError } from '@tailrace/core';
import { contentError } from '../file-error.js';
import { rowsFromColumns } from '../row-maker.js';
import { TextProblem } from '../text/text-problem.js';
import { keyText } from './decode.js';
import { columnConverter, objectOf, plainValue } from './msgpack-values.js';

export function damaged(path: string, byte: number, problem: string, cause?: unknown): Error {
  return contentError(
    path,
    `is damaged or no MessagePack: the value at byte ${byte} ${problem}. Where it is larger than that, raise maxBatchBytes; else write or fetch it again.`,
    { byte },
    cause,
  );
}

/** The names of the columns when the value is what `layout: 'columns'` begins with. */
export function columnsOfHeader(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null || !('tailrace' in value) || !('columns' in value))
    return undefined;
  const { tailrace, columns } = value;
  if (tailrace !== 1 || !Array.isArray(columns)) return undefined;
  const names = columns.map((column: unknown) =>
    typeof column === 'object' && column !== null && 'name' in column ? column.name : undefined,
  );
  return names.every((name) => typeof name === 'string') ? names : undefined;
}

/** The rows of a value. */
export type Taker = (value: unknown, byte: number) => Iterable<object>;

interface Column {
  readonly field: Pick<Field, 'name'> & Partial<Field>;
  readonly key: string;
  readonly convert: (value: unknown) => unknown;
}

const declared = ({ fields }: Schema): Column[] =>
  fields.map((field) => ({ field, key: keyText(field.name), convert: columnConverter(field) }));

function cell(path: string, row: number, { field, convert }: Column, value: unknown): unknown {
  try {
    return convert(value);
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    const type = field.type === undefined ? '' : ` (${describeType(field.type)})`;
    const shown =
      typeof value === 'string' || typeof value === 'number'
        ? JSON.stringify(value).slice(0, 80)
        : 'the value';
    throw new ValueError(`'${path}', row ${row}, column '${field.name}'${type}: ${shown} ${error.message}.`, {
      operation: 'read source',
      context: { path, row, column: field.name },
    });
  }
}

function mapIn(path: string, byte: number, value: unknown): Readonly<Record<string, unknown>> {
  try {
    return objectOf(value);
  } catch (error) {
    if (error instanceof TextProblem) throw damaged(path, byte, `${error.message}, and so no row`);
    throw error;
  }
}

export function rowTaker(path: string, schema: Schema | undefined): Taker {
  let row = -1;
  if (schema === undefined) {
    return (value, byte) => {
      row += 1;
      mapIn(path, byte, value);
      const made = cell(path, row, { field: { name: '' }, key: '', convert: plainValue }, value);
      if (made instanceof Map) throw damaged(path, byte, 'has a key that is no string, and so no columns');
      return [made as object]; // what `plainValue` makes of a map
    };
  }
  const columns = declared(schema);
  const make = rowsFromColumns(columns.map(({ field }) => field.name));
  return (value, byte) => {
    row += 1;
    const given = mapIn(path, byte, value);
    return make(
      columns.map((column) => [cell(path, row, column, given[column.key])]),
      1,
    );
  };
}

export function columnTaker(path: string, names: readonly string[], schema: Schema | undefined): Taker {
  const columns =
    schema === undefined
      ? names.map((name): Column => ({ field: { name }, key: keyText(name), convert: plainValue }))
      : declared(schema);
  const make = rowsFromColumns(columns.map(({ field }) => field.name));
  let row = 0;
  return (value, byte) => {
    const given = mapIn(path, byte, value);
    const count = rowsOfBatch(path, byte, given, names);
    const arrays = columns.map((column) => {
      const items = given[column.key];
      // A column that the file does not have has a null in every row, which its type allows or not.
      if (!Array.isArray(items))
        return Array.from({ length: count }, (_, at) => cell(path, row + at, column, undefined));
      return items.map((item, at) => cell(path, row + at, column, item));
    });
    row += count;
    return make(arrays, count);
  };
}

/** All columns of the head, those too that nobody asks for, are arrays of one length, and there are no others. */
function rowsOfBatch(
  path: string,
  byte: number,
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
): number {
  let first: { readonly name: string; readonly rows: number } | undefined;
  for (const name of names) {
    const items = given[keyText(name)];
    if (!Array.isArray(items)) {
      const what = items === undefined ? 'nothing' : 'no array';
      throw damaged(
        path,
        byte,
        `is a batch with ${what} for the column '${name}', which the head of the file names`,
      );
    }
    first ??= { name, rows: items.length };
    if (items.length !== first.rows) {
      const rows = `${items.length} values for the column '${name}' and ${first.rows} for '${first.name}'`;
      throw damaged(path, byte, `is a batch with ${rows}`);
    }
  }
  if (Object.keys(given).length !== names.length)
    throw damaged(path, byte, 'is a batch with columns that the head of the file does not name');
  return first?.rows ?? 0;
}
