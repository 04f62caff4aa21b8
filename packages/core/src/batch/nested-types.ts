// Owns the constructors of nested columns: lists, structs and maps of other columns.
import type { Field } from './data-type.js';
import { ensure } from './flat-types.js';
import { isKey, keysAdvice } from './map-keys.js';
import { type ColumnType, column, type RowOfColumns } from './schema.js';

function within(name: string, { type, nullable }: ColumnType<unknown>): Field {
  ensure(
    type.kind !== 'dictionary',
    `The text of ${name}, within a nested column, is declared utf8(): dictionaries are columns of their own.`,
  );
  return { name, type, nullable };
}

/** Arrays of any length: `list(utf8())`, `list(nullable(int32()))`. */
export function list<T>(item: ColumnType<T>): ColumnType<T[]> {
  return column({ kind: 'list', item: within('item', item) });
}

/** Arrays that files are told to hold with 64-bit offsets. A batch holds less than 2^31 items of a column. */
export function largeList<T>(item: ColumnType<T>): ColumnType<T[]> {
  return column({ kind: 'list', item: within('item', item), large: true });
}

/**
 * Arrays of one length.
 * @param size from 1 to 1,048,576
 */
export function fixedSizeList<T>(item: ColumnType<T>, size: number): ColumnType<T[]> {
  ensure(
    Number.isInteger(size) && size >= 1 && size <= 1_048_576,
    `fixedSizeList: the size is a whole number from 1 to 1048576, not ${size}.`,
  );
  return column({ kind: 'fixed_list', item: within('item', item), size });
}

/** Objects with these properties: `struct({ x: float64(), y: nullable(float64()) })`. A property that is no field is refused. */
export function struct<const C extends Record<string, ColumnType<unknown>>>(
  columns: C,
): ColumnType<RowOfColumns<C>> {
  const fields = Object.entries(columns).map(([name, of]) => within(name, of));
  ensure(fields.length > 0, 'struct: it needs at least one field.');
  return column({ kind: 'struct', fields });
}

/**
 * Maps. Keys are never null, and of a type whose values a Map tells apart: bool, integers, decimals, times, durations, text.
 * @throws TailraceError SCHEMA_INVALID for keys of other types
 */
export function map<K, V>(key: ColumnType<K>, value: ColumnType<V>): ColumnType<Map<K, V>> {
  ensure(isKey(key.type) && !key.nullable, `map: ${keysAdvice}.`);
  return column({
    kind: 'map',
    key: within('key', key),
    value: within('value', value),
  });
}
