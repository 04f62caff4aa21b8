// Owns recipes: small data, cheap to shrink, each of which expands to one table and one way to write it.
import type { DataType } from '@tailrace/core/sink';
import type { WriteOptions } from './encode.js';
import { boolPatterns, doublePatterns, integerPatterns, type Pattern } from './number-values.js';
import { type Random, random } from './random.js';
import type { Case, CellValue, TableColumn } from './table.js';
import { largeText, textPatterns } from './text-values.js';

export type Nulls = 'none' | 'few' | 'half' | 'clusters' | 'nearlyAll' | 'all';

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
  /** All of one size; otherwise of any. */
  readonly isEven?: true;
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
export function patternsOf(type: DataType): Record<string, Pattern<Exclude<CellValue, null>>> {
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
    default:
      throw new RangeError(`no recipe for ${type.kind}`);
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
  const borders = Array.from({ length: batches - 1 }, (_, at) =>
    recipe.isEven === true ? Math.floor((rows * (at + 1)) / batches) : source.between(0, rows),
  ).sort((a, b) => a - b);
  const cuts = [...borders, rows].map((border, at) => border - (borders[at - 1] ?? 0));
  return { table: { rows, columns: recipe.columns.map((column) => columnOf(column, rows)) }, cuts };
}
