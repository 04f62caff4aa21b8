// Owns the types that the type matrix is tried with, some of each kind, and rows of their values. Not part of the package.
import type { DataType, Field, Schema, TimeUnit } from '@tailrace/core/sink';
import { edgeValues, sampleRows } from '@tailrace/core/testing';
import type { Kind } from '../types/mapping.js';

const units: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns'];
const item = (type: DataType, nullable = true): Field => ({ name: 'item', type, nullable });
const named = (name: string, type: DataType, nullable = true): Field => ({ name, type, nullable });

const deep: DataType = {
  kind: 'list',
  item: item({
    kind: 'struct',
    fields: [
      named('at', { kind: 'timestamp', unit: 's', timezone: null, js: 'bigint' }),
      named('tags', { kind: 'list', item: item({ kind: 'utf8' }) }, false),
      named('sizes', { kind: 'fixed_list', item: item({ kind: 'uint16' }, false), size: 2 }),
      named('money', { kind: 'decimal', bits: 128, precision: 12, scale: 2, js: 'string' }),
    ],
  }),
};

/** Some of every kind, so that no cell of the matrix is left out. */
const samples: Readonly<Record<Kind, readonly DataType[]>> = {
  bool: [{ kind: 'bool' }],
  int8: [{ kind: 'int8' }],
  int16: [{ kind: 'int16' }],
  int32: [{ kind: 'int32' }],
  int64: [{ kind: 'int64', js: 'bigint' }],
  uint8: [{ kind: 'uint8' }],
  uint16: [{ kind: 'uint16' }],
  uint32: [{ kind: 'uint32' }],
  uint64: [{ kind: 'uint64', js: 'bigint' }],
  float16: [{ kind: 'float16' }],
  float32: [{ kind: 'float32' }],
  float64: [{ kind: 'float64' }],
  decimal: (
    [
      [128, 5, 2],
      [128, 9, 0],
      [128, 18, 18],
      [128, 38, 10],
      [256, 38, 3],
      [256, 76, 40],
    ] as const
  ).map(([bits, precision, scale]) => ({ kind: 'decimal', bits, precision, scale, js: 'string' })),
  timestamp: units.flatMap((unit) =>
    [null, 'UTC', 'Europe/Zurich'].map((timezone) => ({
      kind: 'timestamp',
      unit,
      timezone,
      js: 'bigint' as const,
    })),
  ),
  date: [{ kind: 'date' }],
  time: units.map((unit) => ({ kind: 'time', unit })),
  duration: units.map((unit) => ({ kind: 'duration', unit, js: 'bigint' })),
  utf8: [{ kind: 'utf8' }, { kind: 'utf8', large: true }],
  binary: [{ kind: 'binary' }, { kind: 'binary', large: true }],
  fixed_binary: [
    { kind: 'fixed_binary', width: 1 },
    { kind: 'fixed_binary', width: 16 },
  ],
  dictionary: [{ kind: 'dictionary' }],
  null: [{ kind: 'null' }],
  list: [
    { kind: 'list', item: item({ kind: 'int32' }, false) },
    { kind: 'list', item: item({ kind: 'utf8' }), large: true },
    {
      kind: 'list',
      item: item({ kind: 'list', item: item({ kind: 'list', item: item({ kind: 'int8' }) }) }),
    },
    deep,
  ],
  fixed_list: [
    { kind: 'fixed_list', item: item({ kind: 'float32' }, false), size: 3 },
    { kind: 'fixed_list', item: item({ kind: 'int64', js: 'bigint' }), size: 1 },
  ],
  struct: [
    {
      kind: 'struct',
      fields: [named('a', { kind: 'int32' }, false), named('b', { kind: 'binary' }), named('c', deep)],
    },
  ],
  map: [
    { kind: 'map', key: named('key', { kind: 'utf8' }, false), value: named('value', { kind: 'uint32' }) },
    { kind: 'map', key: named('key', { kind: 'int32' }, false), value: named('value', deep, false) },
  ],
};

export const sampleTypes: readonly DataType[] = Object.values(samples).flat();

/** Values that the readers of the matrix cannot hold, though the files are right. */
function isReadable(type: DataType, value: unknown): boolean {
  // Its binding for Node takes it for a byte order mark and drops it.
  if (value === '\ufeff') return false;
  // DuckDB keeps points in time as microseconds of 64 bits, or nanoseconds.
  if (type.kind === 'timestamp' && typeof value === 'bigint') {
    const perSecond = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n }[type.unit];
    // With a zone as microseconds always.
    if (type.unit === 'ns' && type.timezone !== null && value % 1_000n !== 0n) return false;
    const seconds = value / perSecond;
    return seconds < 9_000_000_000n && seconds > -9_000_000_000n;
  }
  if (type.kind === 'duration' && type.unit === 's' && typeof value === 'bigint')
    return value < 2n ** 50n && value > -(2n ** 50n);
  return true;
}

/** The schema of one column `c`, and rows of ordinary values and of those at the edges. */
export function rowsOfType(
  type: DataType,
  nullable: boolean,
): { readonly schema: Schema<object>; readonly rows: readonly Record<string, unknown>[] } {
  const field: Field = { name: 'c', type, nullable: nullable || type.kind === 'null' };
  const schema: Schema<object> = { fields: [field] };
  const edges = edgeValues(field)
    .filter((value) => isReadable(type, value) && !(typeof value === 'string' && value.length > 1_000))
    .map((c) => ({ c }));
  return { schema, rows: [...sampleRows(schema, 6), ...edges, ...sampleRows(schema, 3, 6)] };
}
