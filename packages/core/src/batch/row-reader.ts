// Owns the way from a batch back to rows: plain objects with one property per column, in the order of the schema.
import { TailraceError } from '../errors/tailrace-error.js';
import type { BatchData } from './batch-data.js';
import { type ColumnReader, columnReader } from './column-reader.js';
import { mayGenerateCode } from './generated-code.js';
import type { Schema } from './schema.js';

/** Makes row number `row` of a batch, anew at each call. */
export type RowMaker<R> = (row: number) => R;
type RowMakerFactory = (readers: readonly ColumnReader[]) => RowMaker<unknown>;

/** By the content of the schema: batches that crossed threads each bring a copy of their own. */
const factories = new Map<string, RowMakerFactory>();
const maxFactories = 256;

/**
 * Rows of a batch by number. Reading throws a ValueError where a stored value has no exact JavaScript form.
 * The columns must stay alive while it is used.
 * @param generated whether a function is generated for the schema (about twice as fast), where the host allows that
 */
export function rowMaker<R>(data: BatchData, generated: boolean = mayGenerateCode()): RowMaker<R> {
  const { schema, columns, rows } = data;
  const names = schema.fields.map((field) => field.name);
  const factory = generated ? generatedFor(schema, names) : assemble(names);
  const readers = schema.fields.map((field, at) => {
    const column = columns[at];
    if (column === undefined) throw noBuffers(field.name);
    return columnReader(column, field, rows);
  });
  // The row type is the caller's: it stands for the schema of the batch.
  return factory(readers) as RowMaker<R>;
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

function generatedFor(schema: Schema, names: readonly string[]): RowMakerFactory {
  const key = JSON.stringify(schema.fields);
  let factory = factories.get(key);
  if (factory === undefined) {
    if (factories.size >= maxFactories) factories.clear();
    factory = generate(names);
    factories.set(key, factory);
  }
  return factory;
}

/**
 * One object literal per schema, so that all rows share a shape. Names enter the code only as JSON strings, and as
 * computed keys, because `"__proto__": x` would set the prototype.
 */
function generate(names: readonly string[]): RowMakerFactory {
  const list = names.map((_, at) => `r${at}`).join(', ');
  const pairs = names.map((name, at) => {
    const key = name === '__proto__' ? `[${JSON.stringify(name)}]` : JSON.stringify(name);
    return `${key}: r${at}(row)`;
  });
  const body = `const [${list}] = readers; return (row) => ({ ${pairs.join(', ')} });`;
  // The generated function has this type by construction.
  return new Function('readers', body) as RowMakerFactory;
}

/** The same where code generation is barred. */
function assemble(names: readonly string[]): RowMakerFactory {
  return (readers) => (row) => {
    const made: Record<string, unknown> = {};
    for (let at = 0; at < names.length; at++) {
      const name = names[at] as string;
      const value = readers[at]?.(row);
      if (name === '__proto__') {
        Object.defineProperty(made, name, { value, enumerable: true, writable: true, configurable: true });
      } else {
        made[name] = value;
      }
    }
    return made;
  };
}
