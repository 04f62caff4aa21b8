// Owns the way from a batch back to rows: plain objects with one property per column, in the order of the schema.
import { TailraceError } from '../errors/tailrace-error.js';
import type { BatchData, ColumnData } from './batch-data.js';
import { type ColumnReader, columnReader } from './column-reader.js';
import { mayGenerateCode } from './generated-code.js';
import { objectReader } from './nested-reader.js';
import { readable, readPath } from './read-path.js';
import type { Field, Schema } from './schema.js';

/** Makes row number `row` of a batch, anew at each call. */
export type RowMaker<R> = (row: number) => R;
type RowMakerFactory = (
  readers: readonly ColumnReader[],
  columns: readonly ReadColumn[],
) => RowMaker<unknown>;

/** What generated code reads of a column by itself. */
interface ReadColumn {
  readonly values: ColumnData['values'];
  /** Null when no row is null. */
  readonly validity: Uint8Array | null;
}

/** By the content of the schema: batches that crossed threads each bring a copy of their own. */
const factories = new Map<string, RowMakerFactory>();
const maxFactories = 256;

/**
 * Rows of a batch by number. Reading throws a ValueError where a stored value has no exact JavaScript form.
 * The columns must stay alive while it is used.
 * @param generated whether a function is generated for the schema (several times as fast), where the host allows that
 */
export function rowMaker<R>(data: BatchData, generated: boolean = mayGenerateCode()): RowMaker<R> {
  const { schema, columns, rows } = data;
  const factory = generated ? generatedFor(schema) : assemble(schema);
  const readers: ColumnReader[] = [];
  const read: ReadColumn[] = [];
  for (const [at, field] of schema.fields.entries()) {
    const column = columns[at];
    if (column === undefined) throw noBuffers(field.name);
    readers.push(columnReader(column, field, rows));
    const validity = column.nullCount === 0 ? null : column.validity;
    read.push({ values: readable(column, field.type), validity });
  }
  // The row type is the caller's: it stands for the schema of the batch.
  return factory(readers, read) as RowMaker<R>;
}

function noBuffers(column: string): TailraceError {
  return new TailraceError(
    `The batch has no buffers for column "${column}": its data does not belong to its schema.`,
    {
      code: 'SCHEMA_INVALID',
      operation: 'read rows',
      context: { column },
    },
  );
}

/**
 * Rows of a batch in order. May be iterated several times.
 * @param ensureAlive called before each row; throws once the columns must not be read any more
 */
export function rowReader<R>(data: BatchData, ensureAlive: () => void = () => undefined): Iterable<R> {
  return {
    [Symbol.iterator](): Iterator<R> {
      ensureAlive();
      const make = rowMaker<R>(data);
      const { rows } = data;
      let row = 0;
      return {
        next(): IteratorResult<R> {
          if (row >= rows) return { done: true, value: undefined };
          // The batch may have been released since the last row, and its memory may hold other rows by now.
          ensureAlive();
          return { done: false, value: make(row++) };
        },
      };
    },
  };
}

function generatedFor(schema: Schema): RowMakerFactory {
  const key = JSON.stringify(schema.fields);
  let factory = factories.get(key);
  if (factory === undefined) {
    if (factories.size >= maxFactories) factories.clear();
    factory = generate(schema.fields);
    factories.set(key, factory);
  }
  return factory;
}

/**
 * One object literal per schema, so that all rows share a shape. Names enter the code only as JSON strings, and as
 * computed keys, because `"__proto__": x` would set the prototype.
 */
function generate(fields: readonly Field[]): RowMakerFactory {
  const columns = fields.map(
    (_, at) => `r${at} = readers[${at}], { values: v${at}, validity: b${at} } = columns[${at}]`,
  );
  const pairs = fields.map(({ name, type }, at) => {
    const key = name === '__proto__' ? `[${JSON.stringify(name)}]` : JSON.stringify(name);
    return `${key}: b${at} !== null && ((b${at}[row >> 3] >> (row & 7)) & 1) === 0 ? null : ${readPath(type, at)}`;
  });
  const body = `
    'use strict';
    ${columns.map((column) => `const ${column};`).join('\n')}
    return (row) => {
      let t = 0;
      return { ${pairs.join(', ')} };
    };`;
  // The generated function has this type by construction.
  return new Function('readers', 'columns', body) as RowMakerFactory;
}

/** The same where code generation is barred. */
const assemble =
  ({ fields }: Schema): RowMakerFactory =>
  (readers) =>
    objectReader(fields, readers);
