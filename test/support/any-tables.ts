// Owns random tables of every type of column: recipes that fast-check draws and shrinks, and the rows that follow from them.
import type { DataType, Field, TimeUnit } from '@tailrace/core';
import * as fc from 'fast-check';
import { cellOf, random } from './any-values.js';

export interface TableRecipe {
  readonly fields: readonly Field[];
  readonly rows: number;
  readonly seed: number;
  /** The rows are cut into so many runs. */
  readonly cuts: number;
}

const units = fc.constantFrom<TimeUnit>('s', 'ms', 'us', 'ns');
const integerForms = fc.constantFrom('bigint' as const, 'number' as const);

export const flatTypes: fc.Arbitrary<DataType> = fc.oneof(
  fc.constantFrom<DataType>(
    ...(
      [
        'bool',
        'int8',
        'int16',
        'int32',
        'uint8',
        'uint16',
        'uint32',
        'float16',
        'float32',
        'float64',
      ] as const
    ).map((kind) => ({ kind })),
    { kind: 'date' },
    { kind: 'utf8' },
    { kind: 'utf8' },
    { kind: 'utf8', large: true },
    { kind: 'binary' },
    { kind: 'binary', large: true },
  ),
  fc.record({ kind: fc.constantFrom('int64' as const, 'uint64' as const), js: integerForms }),
  fc
    .record({ precision: fc.integer({ min: 1, max: 38 }), share: fc.nat(38), js: fc.boolean() })
    .map(({ precision, share, js }) => ({
      ...{ kind: 'decimal' as const, bits: 128 as const, precision, scale: share % (precision + 1) },
      js: js ? ('string' as const) : ('bigint' as const),
    })),
  fc.record({
    kind: fc.constant('timestamp' as const),
    unit: units,
    timezone: fc.constantFrom(null, 'UTC', 'Europe/Zurich'),
    js: fc.constantFrom('date' as const, 'number' as const, 'bigint' as const),
  }),
  fc.record({ kind: fc.constant('time' as const), unit: units }),
  fc.record({ kind: fc.constant('duration' as const), unit: units, js: integerForms }),
  fc.record({ kind: fc.constant('fixed_binary' as const), width: fc.integer({ min: 1, max: 20 }) }),
);

const keyTypes = flatTypes.filter(
  ({ kind }) =>
    kind === 'bool' ||
    kind === 'utf8' ||
    kind === 'decimal' ||
    kind === 'time' ||
    /^u?int|duration/.test(kind),
);

/** Types with others within, `depth` levels of them at most. */
function nestedTypes(depth: number): fc.Arbitrary<DataType> {
  const item = fc.record({ type: anyTypes(depth - 1), nullable: fc.boolean() });
  const named = (name: string, { type, nullable }: Omit<Field, 'name'>): Field => ({ name, type, nullable });
  return fc.oneof(
    fc.record({ item, large: fc.boolean() }).map(
      ({ item: of, large }): DataType => ({
        ...{ kind: 'list', item: named('item', of) },
        ...(large ? { large } : {}),
      }),
    ),
    fc
      .record({ item, size: fc.integer({ min: 1, max: 3 }) })
      .map(({ item: of, size }): DataType => ({ kind: 'fixed_list', item: named('item', of), size })),
    fc
      .array(item, { minLength: 1, maxLength: 3 })
      .map((of): DataType => ({ kind: 'struct', fields: of.map((one, at) => named(nameOf(at), one)) })),
    fc.record({ key: keyTypes, value: item }).map(
      ({ key, value }): DataType => ({
        kind: 'map',
        key: { name: 'key', type: key, nullable: false },
        value: named('value', value),
      }),
    ),
  );
}

export function anyTypes(depth: number): fc.Arbitrary<DataType> {
  return depth === 0
    ? flatTypes
    : fc.oneof({ arbitrary: flatTypes, weight: 4 }, { arbitrary: nestedTypes(depth), weight: 1 });
}

const topLevel: fc.Arbitrary<DataType> = fc.constantFrom({ kind: 'dictionary' }, { kind: 'null' });

/** Names that need care, each another one whatever the case. */
const nameOf = (at: number): string =>
  `${['a', 'with space', 'ünï', '"q"', 'dot.ted', "it's", 'x,y'][at % 7]}${at}`;

/** @param types of columns; those that only columns of their own have are added unless `flat` */
export function anyTables(
  types: fc.Arbitrary<DataType> = fc.oneof(
    { arbitrary: anyTypes(3), weight: 8 },
    { arbitrary: topLevel, weight: 1 },
  ),
  maxRows = 60,
): fc.Arbitrary<TableRecipe> {
  return fc.record({
    fields: fc
      .array(fc.record({ type: types, nullable: fc.boolean() }), { minLength: 1, maxLength: 6 })
      .map((columns) =>
        columns.map(({ type, nullable }, at) => ({
          ...{ name: nameOf(at), type, nullable: nullable || type.kind === 'null' },
        })),
      ),
    rows: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 4, max: maxRows })),
    seed: fc.integer(),
    cuts: fc.integer({ min: 1, max: 4 }),
  });
}

/** The rows of a recipe, in the forms that its types name. */
export function rowsOf({ fields, rows, seed }: TableRecipe): Record<string, unknown>[] {
  const source = random(seed);
  return Array.from({ length: rows }, () =>
    Object.fromEntries(fields.map((field) => [field.name, cellOf(field, source)])),
  );
}

/** The rows of a recipe, cut into its runs, some of which may be empty. */
export function runsOf<T>(recipe: TableRecipe, rows: readonly T[]): (readonly T[])[] {
  const source = random(recipe.seed + 1);
  const borders = Array.from({ length: recipe.cuts - 1 }, () => source.below(rows.length + 1)).sort(
    (a, b) => a - b,
  );
  return [...borders, rows.length].map((border, at) => rows.slice(borders[at - 1] ?? 0, border));
}
