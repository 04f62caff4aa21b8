// Owns the decoding of columns of the types that are not the most usual ones: decimals, times, bytes, lists, structs, maps, by
// the readers that batches have.
import { type DataType, type Field, isTailraceError } from '@tailrace/core';
import { columnDataOf, columnReader, schemaWith } from '@tailrace/core/sink';
import * as arrow from 'apache-arrow';
import { type Convert, conversion, NotAsDeclared, readingType, withDurations } from './as-declared.js';
import { type Fill, nullError, type Position, valueError } from './position.js';

/** Reads one value of a batch; null for nulls. */
type Read = (row: number) => unknown;

/** @param found what the column was found to be in the file */
export function anyValues(field: Field, found: DataType): Fill {
  let known: arrow.Data | undefined;
  let read: Read = () => null;
  return (data, from, to, out, where) => {
    if (data !== known) {
      read = readerOf(field, found, data);
      known = data;
    }
    for (let row = from; row < to; row++) {
      const value = valueAt(read, field, row, where);
      if (value === null && !field.nullable) throw nullError(field, row, where);
      out[row - from] = value;
    }
  };
}

function valueAt(read: Read, field: Field, row: number, where: Position): unknown {
  try {
    return read(row);
  } catch (error) {
    if (error instanceof NotAsDeclared) throw valueError(field, row, where, `it is ${error.message}.`);
    if (!isTailraceError(error) || error.code !== 'VALUE_INVALID') throw error;
    throw valueError(field, row, where, error.message);
  }
}

function readerOf(field: Field, found: DataType, data: arrow.Data): Read {
  const [stored] = schemaWith(arrow, new arrow.Schema([new arrow.Field(field.name, data.type, true)])).fields;
  if (stored === undefined) return () => null;
  const type = withDurations(stored.type, found);
  const as: Field = { ...stored, type: readingType(field.type, type) };
  const read = columnReader(columnDataOf(as, data, data.length), as, data.length);
  const convert: Convert | undefined = conversion(field.type, type);
  if (convert === undefined) return read;
  return (row) => {
    const value = read(row);
    return value === null ? null : convert(value);
  };
}
