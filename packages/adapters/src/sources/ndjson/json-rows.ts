// Owns the check of JSON objects against a schema: exact values in the forms the schema names, or an error.
import { type DataType, describeType, type Field, type Schema, ValueError } from '@tailrace/core';
import { rowsFromColumns } from '../row-maker.js';
import { TextProblem, textParser } from '../text/text-values.js';

type Convert = (value: unknown) => unknown;

/** Makes a row of the schema's columns from a parsed line; throws VALUE_INVALID with line and column. */
export function jsonRowMaker(path: string, schema: Schema): (value: unknown, line: number) => object {
  const columns = schema.fields.map((field) => ({ field, convert: converter(field.type) }));
  const make = rowsFromColumns(schema.fields.map((field) => field.name));
  const slots: unknown[][] = columns.map(() => [undefined]);
  return (value, line) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ValueError(`'${path}', line ${line}: expected an object, got ${nameOf(value)}.`, {
        operation: 'read source',
        context: { path, line },
      });
    }
    for (const [index, { field, convert }] of columns.entries()) {
      const slot = slots[index];
      // JSON objects have own keys only; the index signature is theirs.
      const given = Object.hasOwn(value, field.name)
        ? (value as Record<string, unknown>)[field.name]
        : undefined;
      if (slot !== undefined) slot[0] = cell(path, line, field, convert, given);
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

function converter(type: DataType): Convert {
  const parse = textParser(type);
  switch (type.kind) {
    case 'bool':
      return (value) => (typeof value === 'boolean' ? value : refuse('is not true or false'));
    case 'int32':
      return (value) => (typeof value === 'number' ? parse(wholeText(value)) : refuse('is not a number'));
    case 'int64':
      return (value) => parse(typeof value === 'number' ? wholeText(value) : textOf(value));
    case 'float64':
      return (value) => (typeof value === 'number' ? finite(value) : parse(specialText(value)));
    case 'utf8':
    case 'dictionary':
    case 'date':
    case 'timestamp':
    case 'decimal':
      return (value) => parse(textOf(value));
    case 'int8':
    case 'int16':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return (value) => (typeof value === 'number' ? parse(wholeText(value)) : refuse('is not a number'));
    case 'uint64':
      return (value) => parse(typeof value === 'number' ? wholeText(value) : textOf(value));
    case 'float16':
    case 'float32':
      return (value) => (typeof value === 'number' ? finite(value) : parse(specialText(value)));
    default:
      // `textParser` has refused the others.
      return (value) => parse(textOf(value));
  }
}

function refuse(problem: string): never {
  throw new TextProblem(problem);
}

/** Beyond 2^53 JSON.parse may have rounded already, and nothing would show it. */
function wholeText(value: number): string {
  if (!Number.isInteger(value)) refuse('is not a whole number');
  if (!Number.isSafeInteger(value))
    refuse('is beyond 2^53, where JSON numbers lose digits; write it as a string');
  return String(value);
}

/** JSON.parse makes Infinity of numbers that are too large. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : refuse('is beyond the range of float64');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : refuse('is not a string');
}

const specialNumbers = new Set(['NaN', 'Infinity', '-Infinity']);

function specialText(value: unknown): string {
  return typeof value === 'string' && specialNumbers.has(value) ? value : refuse('is not a number');
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
