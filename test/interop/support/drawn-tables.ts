// Owns what fast-check draws: recipes of tables of one kind or another.
import type { DataType } from '@tailrace/core/sink';
import type { ParquetCompression } from '@tailrace/writers/parquet';
import * as fc from 'fast-check';
import { type ColumnRecipe, type Nulls, patternsOf, type Recipe } from './recipe.js';

const types: readonly DataType[] = [
  { kind: 'bool' },
  { kind: 'int32' },
  { kind: 'int64', js: 'bigint' },
  { kind: 'float64' },
  { kind: 'date' },
  { kind: 'utf8' },
  { kind: 'dictionary' },
  ...(['s', 'ms', 'us', 'ns'] as const).flatMap((unit) =>
    ['UTC', null].map((timezone): DataType => ({ kind: 'timestamp', unit, timezone, js: 'bigint' })),
  ),
];
/** What a user may call a column, none of which a reader may confuse. */
const names = ['c', 'ünï-語', 'two words', 'quo"te', "it's", 'dot.ted', 'Select'];
/** The slowest to read come least often. */
const codecs: readonly ParquetCompression[] = [
  'none',
  'none',
  'snappy',
  'snappy',
  'zstd',
  'zstd',
  'gzip',
  'brotli',
];

/** @param patterns which patterns of a type are drawn */
function columnRecipes(
  chosen: readonly DataType[],
  patterns: (type: DataType) => readonly string[],
): fc.Arbitrary<Omit<ColumnRecipe, 'name'>> {
  // Eight of the types are timestamps, and much alike.
  return fc
    .oneof(
      ...chosen.map((type) => ({ arbitrary: fc.constant(type), weight: type.kind === 'timestamp' ? 1 : 3 })),
    )
    .chain((type) =>
      fc.record({
        type: fc.constant(type),
        nullable: fc.boolean(),
        nulls: fc.constantFrom<Nulls>('none', 'few', 'half', 'clusters', 'nearlyAll', 'all'),
        pattern: fc.constantFrom(...patterns(type)),
        seed: fc.integer(),
      }),
    );
}

function recipes(
  rows: fc.Arbitrary<number>,
  column: fc.Arbitrary<Omit<ColumnRecipe, 'name'>>,
  maxColumns: number,
  group: (rows: number) => fc.Arbitrary<number>,
): fc.Arbitrary<Recipe> {
  return rows.chain((count) =>
    fc.record({
      rows: fc.constant(count),
      columns: fc
        .tuple(fc.array(column, { minLength: 1, maxLength: maxColumns }), fc.constantFrom(...names))
        .map(([columns, name]) => columns.map((one, at) => ({ ...one, name: `${name}${at}` }))),
      batches: fc.oneof({ arbitrary: fc.constant(1), weight: 2 }, fc.integer({ min: 1, max: 6 })),
      seed: fc.integer(),
      compression: fc.constantFrom(...codecs),
      encodings: fc.constantFrom('adaptive' as const, 'basic' as const),
      rowGroupRows: group(count),
      maxBufferedBytes: fc.constantFrom(32 * 2 ** 20, 8 * 2 ** 20, 384 * 1024, 16 * 1024, 1),
      late: fc.boolean(),
    }),
  );
}

const usualPatterns = (type: DataType): string[] =>
  Object.keys(patternsOf(type)).filter((name) => name !== 'large');

/** None to some thousand rows, most of them few. */
function smallTables(column: fc.Arbitrary<Omit<ColumnRecipe, 'name'>>): fc.Arbitrary<Recipe> {
  return recipes(
    fc.oneof(
      { arbitrary: fc.integer({ min: 0, max: 3 }), weight: 2 },
      { arbitrary: fc.integer({ min: 4, max: 40 }), weight: 4 },
      { arbitrary: fc.integer({ min: 41, max: 300 }), weight: 4 },
      { arbitrary: fc.integer({ min: 301, max: 3000 }), weight: 1 },
    ),
    column,
    6,
    (rows) =>
      fc.oneof(fc.constant(131_072), fc.integer({ min: Math.max(1, rows >> 3), max: Math.max(1, rows + 1) })),
  );
}

const isText = ({ kind }: DataType): boolean => kind === 'utf8' || kind === 'dictionary';

export const numberTables: fc.Arbitrary<Recipe> = smallTables(
  columnRecipes(
    types.filter((type) => !isText(type)),
    usualPatterns,
  ),
);
export const textTables: fc.Arbitrary<Recipe> = smallTables(
  fc.oneof(columnRecipes(types.filter(isText), usualPatterns), columnRecipes(types, usualPatterns)),
);

/** Few rows, some of their texts larger than a page. */
export const wideTables: fc.Arbitrary<Recipe> = recipes(
  fc.integer({ min: 1, max: 40 }),
  fc.oneof(columnRecipes(types, usualPatterns), {
    arbitrary: columnRecipes(types.filter(isText), () => ['large']),
    weight: 2,
  }),
  3,
  (rows) => fc.integer({ min: 1, max: rows * 2 }),
);

/** So many rows that pages and row groups end for their own reasons and dictionaries grow too large. */
export const longTables: fc.Arbitrary<Recipe> = recipes(
  fc.integer({ min: 8_000, max: 130_000 }),
  columnRecipes(types, (type) => usualPatterns(type).filter((name) => name !== 'long' && name !== 'highest')),
  4,
  (rows) =>
    fc.oneof(
      { arbitrary: fc.constant(131_072), weight: 3 },
      { arbitrary: fc.integer({ min: 5000, max: rows }), weight: 1 },
    ),
);

/** The first batch asks for a dictionary, for which those after it hold too many values. */
export const turningTables: fc.Arbitrary<Recipe> = recipes(
  fc.integer({ min: 90_000, max: 131_072 }),
  columnRecipes(
    types.filter(({ kind }) => kind !== 'bool'),
    () => ['turning'],
  ),
  2,
  () => fc.constant(131_072),
).map((recipe) => ({ ...recipe, batches: 8, isEven: true, maxBufferedBytes: 32 * 2 ** 20 }));

/** Few rows of many columns, some under long names. */
export const broadTables: fc.Arbitrary<Recipe> = recipes(
  fc.integer({ min: 0, max: 20 }),
  columnRecipes(types, usualPatterns),
  200,
  (rows) => fc.integer({ min: 1, max: rows + 1 }),
).map((recipe) => ({
  ...recipe,
  columns: recipe.columns.map((column, at) =>
    at % 9 === 4 ? { ...column, name: column.name.repeat(30) } : column,
  ),
}));

/** One column `key`, to be filtered by ranges. */
function keyRecipes(patterns: (type: DataType) => readonly string[]): fc.Arbitrary<Recipe> {
  return fc
    .record({
      rows: fc.integer({ min: 100, max: 3000 }),
      column: columnRecipes(
        types.filter(({ kind }) => kind !== 'bool'),
        patterns,
      ),
      batches: fc.integer({ min: 1, max: 5 }),
      seed: fc.integer(),
      compression: fc.constantFrom(...codecs),
      encodings: fc.constantFrom('adaptive' as const, 'basic' as const),
      groups: fc.integer({ min: 3, max: 20 }),
    })
    .map(({ column, groups, ...rest }) => ({
      ...rest,
      columns: [{ ...column, name: 'key' }],
      rowGroupRows: Math.ceil(rest.rows / groups),
      maxBufferedBytes: 32 * 2 ** 20,
      late: false,
    }));
}

/** In many row groups. */
export const keyTables: fc.Arbitrary<Recipe> = keyRecipes(usualPatterns);

/** Rows of a batch, enough for it to become a page by itself. */
export const pageRows = 4096;

/** In many pages of few row groups, and in an order that sets pages apart. */
export const pagedTables: fc.Arbitrary<Recipe> = keyRecipes((type) =>
  isText(type)
    ? ['rising']
    : type.kind === 'float64'
      ? ['sequence', 'specials']
      : ['rising', 'sequence', 'walk'],
).map((recipe) => ({ ...recipe, rows: pageRows * 12, rowGroupRows: pageRows * 6, batches: 1 }));
