// Owns one or more types of every kind of column, for the suite of formats: what each is asked to write or to refuse.
import type { DataType, Field, TimeUnit } from '../batch/schema.js';

/** The kind of a column's type: `int32`, `map`. */
export type Kind = DataType['kind'];

const units: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns'];
const named = (name: string, type: DataType, nullable = true): Field => ({ name, type, nullable });
const text: DataType = { kind: 'utf8' };

const deep: DataType = {
  kind: 'list',
  item: named('item', {
    kind: 'struct',
    fields: [
      named('size', { kind: 'uint16' }, false),
      named('tags', { kind: 'list', item: named('item', text) }),
    ],
  }),
};

/** A kind that is added to core does not compile until it is here. */
const types: Readonly<Record<Kind, readonly DataType[]>> = {
  bool: [{ kind: 'bool' }],
  int8: [{ kind: 'int8' }],
  int16: [{ kind: 'int16' }],
  int32: [{ kind: 'int32' }],
  int64: [
    { kind: 'int64', js: 'bigint' },
    { kind: 'int64', js: 'number' },
  ],
  uint8: [{ kind: 'uint8' }],
  uint16: [{ kind: 'uint16' }],
  uint32: [{ kind: 'uint32' }],
  uint64: [{ kind: 'uint64', js: 'bigint' }],
  float16: [{ kind: 'float16' }],
  float32: [{ kind: 'float32' }],
  float64: [{ kind: 'float64' }],
  decimal: [
    { kind: 'decimal', bits: 128, precision: 9, scale: 2, js: 'string' },
    { kind: 'decimal', bits: 128, precision: 38, scale: 0, js: 'bigint' },
    { kind: 'decimal', bits: 256, precision: 76, scale: 40, js: 'string' },
  ],
  timestamp: units.flatMap((unit) =>
    [null, 'UTC', 'Europe/Zurich'].map(
      (timezone): DataType => ({ kind: 'timestamp', unit, timezone, js: 'date' }),
    ),
  ),
  date: [{ kind: 'date' }],
  time: units.map((unit) => ({ kind: 'time', unit })),
  duration: units.map((unit) => ({ kind: 'duration', unit, js: 'bigint' })),
  utf8: [text, { kind: 'utf8', large: true }],
  binary: [{ kind: 'binary' }, { kind: 'binary', large: true }],
  fixed_binary: [{ kind: 'fixed_binary', width: 16 }],
  dictionary: [{ kind: 'dictionary' }],
  null: [{ kind: 'null' }],
  list: [
    { kind: 'list', item: named('item', { kind: 'int32' }, false) },
    { kind: 'list', item: named('item', text), large: true },
    deep,
  ],
  fixed_list: [{ kind: 'fixed_list', item: named('item', { kind: 'float32' }, false), size: 3 }],
  struct: [
    { kind: 'struct', fields: [named('a', { kind: 'int32' }, false), named('b', { kind: 'binary' })] },
  ],
  map: [{ kind: 'map', key: named('key', text, false), value: named('value', { kind: 'uint32' }) }],
};

/** Every kind of column that a schema may have. */
// The keys of the table above.
export const everyKind: readonly Kind[] = Object.keys(types) as Kind[];

/** The columns `tried` that a format is tried with for one kind: each type of it, with and without nulls. */
export function columnsOfKind(kind: Kind): readonly Field[] {
  return types[kind].flatMap((type) =>
    kind === 'null' ? [named('tried', type)] : [named('tried', type, false), named('tried', type, true)],
  );
}
