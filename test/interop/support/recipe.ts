// Owns what fast-check draws: small recipes that are cheap to shrink, each of which expands to one table and one way to write it.
import type { DataType } from '@tailrace/core/sink';
import type { ParquetCompression } from '@tailrace/writers/parquet';
import * as fc from 'fast-check';
import type { WriteOptions } from './encode.js';
import { boolPatterns, doublePatterns, integerPatterns, type Pattern } from './number-values.js';
import { type Random, random } from './random.js';
import type { Case, CellValue, TableColumn } from './table.js';
import { largeText, textPatterns } from './text-values.js';

type Nulls = 'none' | 'few' | 'half' | 'clusters' | 'nearlyAll' | 'all';

export interface ColumnRecipe {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly nulls: Nulls;
  readonly pattern: string;
  readonly seed: number;
}

export interface Recipe extends WriteOptions {
  readonly rows: number;
  readonly columns: readonly ColumnRecipe[];
  /** The table is cut into so many batches, some of which may be empty. */
  readonly batches: number;
  readonly seed: number;
}

const integers32 = integerPatterns(32);
const integers64 = integerPatterns(64);
const texts: Record<string, Pattern<string>> = { ...textPatterns, large: largeText };

/** Timestamps that DuckDB can hold, which turns milliseconds into microseconds of 64 bits. */
const maxMilliseconds = 9_200_000_000_000_000n;
const maxSeconds = 9_200_000_000_000n;
const within = (limit: bigint, values: readonly bigint[]): bigint[] => values.map((value) => value % limit);

/** Patterns of a type and how their values are stored in cells. */
function patternsOf(type: DataType): Record<string, Pattern<Exclude<CellValue, null>>> {
  switch (type.kind) {
    case 'bool':
      return boolPatterns;
    case 'float64':
      return doublePatterns;
    case 'int32':
    case 'date':
      return mapped(integers32, (values) => values.map(Number));
    case 'int64':
      return integers64;
    case 'timestamp': {
      if (type.unit === 'ms') return mapped(integers64, (values) => within(maxMilliseconds, values));
      if (type.unit === 's') return mapped(integers64, (values) => within(maxSeconds, values));
      return integers64;
    }
    case 'utf8':
    case 'dictionary':
      return texts;
  }
}

function mapped<A, B>(
  patterns: Record<string, Pattern<A>>,
  change: (values: A[]) => B[],
): Record<string, Pattern<B>> {
  return Object.fromEntries(
    Object.entries(patterns).map(([name, make]): [string, Pattern<B>] => [
      name,
      (source, rows) => change(make(source, rows)),
    ]),
  );
}

/** True for each row that is null. */
function nullRows(kind: Nulls, source: Random, rows: number): boolean[] {
  const made: boolean[] = [];
  switch (kind) {
    case 'none':
    case 'all':
      return Array.from({ length: rows }, () => kind === 'all');
    case 'few':
    case 'half':
    case 'nearlyAll': {
      const share = { few: 0.02, half: 0.5, nearlyAll: 0.99 }[kind];
      return Array.from({ length: rows }, () => source.chance(share));
    }
    case 'clusters':
      while (made.length < rows) {
        const isNull = source.chance(0.5);
        const until = Math.min(rows, made.length + source.between(1, 70));
        while (made.length < until) made.push(isNull);
      }
      return made;
  }
}

function columnOf(recipe: ColumnRecipe, rows: number): TableColumn {
  const { name, type, nullable } = recipe;
  const source = random(recipe.seed);
  const pattern = patternsOf(type)[recipe.pattern];
  if (pattern === undefined) throw new Error(`${type.kind} has no pattern ${recipe.pattern}.`);
  const values: CellValue[] = pattern(source, rows);
  if (nullable) {
    nullRows(recipe.nulls, source, rows).forEach((isNull, row) => {
      if (isNull) values[row] = null;
    });
  }
  return { name, type, nullable, values };
}

export function expand(recipe: Recipe): Case {
  const { rows, batches } = recipe;
  const source = random(recipe.seed);
  const borders = Array.from({ length: batches - 1 }, () => source.between(0, rows)).sort((a, b) => a - b);
  const cuts = [...borders, rows].map((border, at) => border - (borders[at - 1] ?? 0));
  return { table: { rows, columns: recipe.columns.map((column) => columnOf(column, rows)) }, cuts };
}

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
