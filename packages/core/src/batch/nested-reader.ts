// Owns the reading of nested values: arrays, objects and Maps made of what the columns within hold.
import type { ColumnData } from './batch-data.js';
import type { DataType } from './data-type.js';
import { innerColumns } from './layout.js';
import type { Field } from './schema.js';
import { unreadable } from './value-error.js';

/** Reads one value of a column; null for nulls. */
export type ColumnReader = (row: number) => unknown;

type MakeReader = (column: ColumnData, field: Field, rows: number) => ColumnReader;
type Nested = DataType & { readonly kind: 'list' | 'fixed_list' | 'struct' | 'map' };

/** @param make makes the readers of the columns within */
export function nestedReader(
  type: Nested,
  column: ColumnData,
  field: Field,
  rows: number,
  make: MakeReader,
): ColumnReader {
  const inner = innerColumns(type, column, rows);
  const readers = inner.map((one) => make(one.column, within(field, one.field, type), one.rows));
  const [items = nothing] = readers;
  if (type.kind === 'struct') return objectReader(type.fields, readers);
  if (type.kind === 'fixed_list') return (row) => arrayOf(items, row * type.size, (row + 1) * type.size);
  const offsets = column.offsets as Int32Array; // lists and maps have offsets
  if (type.kind === 'map') return mapReader(offsets, items, field);
  return (row) => arrayOf(items, offsets[row] as number, offsets[row + 1] as number);
}

const nothing: ColumnReader = () => null;

/** The field of a column within, named by its path for messages. */
function within(parent: Field, { name, type, nullable }: Field, { kind }: Nested): Field {
  return { name: kind === 'struct' ? `${parent.name}.${name}` : `${parent.name}[]`, type, nullable };
}

function arrayOf(items: ColumnReader, from: number, to: number): unknown[] {
  const made = new Array<unknown>(to - from);
  for (let at = from; at < to; at++) made[at - from] = items(at);
  return made;
}

/** Makes an object of what each column has for a row, in the order of the fields. */
export function objectReader(fields: readonly Field[], readers: readonly ColumnReader[]): ColumnReader {
  const names = fields.map(({ name }) => name);
  return (row) => {
    const made: Record<string, unknown> = {};
    for (let at = 0; at < names.length; at++) {
      const name = names[at] as string;
      const value = readers[at]?.(row);
      // An assignment would set the prototype.
      if (name === '__proto__') {
        Object.defineProperty(made, name, { value, enumerable: true, writable: true, configurable: true });
      } else {
        made[name] = value;
      }
    }
    return made;
  };
}

function mapReader(offsets: Int32Array, entries: ColumnReader, field: Field): ColumnReader {
  return (row) => {
    const from = offsets[row] as number;
    const to = offsets[row + 1] as number;
    const made = new Map<unknown, unknown>();
    for (let at = from; at < to; at++) {
      // Entries are structs of these two.
      const { key, value } = entries(at) as { readonly key: unknown; readonly value: unknown };
      made.set(key, value);
    }
    if (made.size === to - from) return made;
    throw unreadable(
      field,
      row,
      'two entries of the map have the same key, and a Map keeps only one of them',
      'Declare the column as a list of structs, or repair the data where it comes from.',
    );
  };
}
