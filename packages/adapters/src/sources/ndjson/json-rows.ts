// Owns the check of JSON objects against a schema: exact values in the forms the schema names, or an error.
import { describeType, type Field, type Schema, ValueError } from '@tailrace/core';
import { rowsFromColumns } from '../row-maker.js';
import type { BytesAs } from '../text/text-bytes.js';
import { TextProblem } from '../text/text-problem.js';
import { type Convert, isObject, jsonConverter, memberOf } from './json-values.js';

/** Makes a row of the schema's columns from a parsed line; throws VALUE_INVALID with line and column. */
export function jsonRowMaker(
  path: string,
  schema: Schema,
  bytesAs: BytesAs,
): (value: unknown, line: number) => object {
  const columns = schema.fields.map((field) => ({ field, convert: jsonConverter(field.type, bytesAs) }));
  const make = rowsFromColumns(schema.fields.map((field) => field.name));
  const slots: unknown[][] = columns.map(() => [undefined]);
  return (value, line) => {
    if (!isObject(value)) {
      throw new ValueError(`'${path}', line ${line}: expected an object, got ${nameOf(value)}.`, {
        operation: 'read source',
        context: { path, line },
      });
    }
    for (const [index, { field, convert }] of columns.entries()) {
      const slot = slots[index];
      if (slot !== undefined) slot[0] = cell(path, line, field, convert, memberOf(value, field.name));
    }
    return make(slots, 1)[0] ?? {};
  };
}

function cell(path: string, line: number, field: Field, convert: Convert, given: unknown): unknown {
  if (given === null || given === undefined) {
    if (field.nullable) return null;
    const problem = given === null ? 'is null' : 'is missing';
    throw problemAt(path, line, field, `the value ${problem}, but the column is declared without nulls`);
  }
  try {
    return convert(given);
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    throw problemAt(path, line, field, `${JSON.stringify(given).slice(0, 80)} ${error.message}`);
  }
}

function problemAt(path: string, line: number, field: Field, problem: string): ValueError {
  return new ValueError(
    `'${path}', line ${line}, column '${field.name}' (${describeType(field.type)}): ${problem}.`,
    {
      operation: 'read source',
      context: { path, line, column: field.name },
    },
  );
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
