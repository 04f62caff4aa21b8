// Range filters that skip row groups and pages by their bounds: right to the row, and proved to skip, as what must be skipped
// is destroyed beforehand.
import { rm, writeFile } from 'node:fs/promises';
import type { ParquetEngine } from '@tailrace/writers/parquet';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutPages, withoutRowGroups } from './support/damage.js';
import { keyTables, pagedTables, pageRows } from './support/drawn-tables.js';
import { encode } from './support/encode.js';
import { engines } from './support/engines.js';
import {
  type FilteringReader,
  filteringReaders,
  isKey,
  type Key,
  type KeyRange,
  pageFilter,
} from './support/filters.js';
import { compareWithBound } from './support/layout/bounds.js';
import { type FileLayout, layoutOf } from './support/layout/file-layout.js';
import { type Random, random } from './support/random.js';
import { duckdbReader } from './support/readers/duckdb.js';
import { hyparquetReader } from './support/readers/hyparquet.js';
import { polarsReader } from './support/readers/polars.js';
import type { WrittenFile } from './support/readers/reader.js';
import { expand, type Recipe } from './support/recipe.js';
import { scratchFile } from './support/scratch.js';
import { type Case, type CellValue, describeTable, stored, type TableColumn } from './support/table.js';

const seed = Number(process.env.TAILRACE_FUZZ_SEED ?? 20_261_125);

/** The rows and their numbers. */
function numbered(recipe: Recipe): Case {
  const { table, cuts } = expand(recipe);
  const row: TableColumn = {
    name: 'row',
    type: { kind: 'int32' },
    nullable: false,
    values: Array.from({ length: table.rows }, (_, at) => at),
  };
  return { table: { ...table, columns: [row, ...table.columns] }, cuts };
}

function before(a: Key, b: Key): boolean {
  return typeof a === 'string' && typeof b === 'string'
    ? Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
    : a < b;
}

/** Two values of the column, near each other more often than not. Never '', by which DuckDB skips nothing. */
function rangeIn(values: readonly CellValue[], source: Random): KeyRange | undefined {
  const keys = values
    .filter(isKey)
    .filter((value) => value !== '')
    .sort((a, b) => Number(before(b, a)) - Number(before(a, b)));
  if (keys.length === 0) return undefined;
  const at = source.below(keys.length);
  const reach = source.chance(0.7) ? Math.ceil(keys.length / 20) : keys.length;
  const [low, high] = [keys[at], keys[Math.min(keys.length - 1, at + source.below(reach))]];
  return low === undefined || high === undefined ? undefined : { low, high };
}

function matching(values: readonly CellValue[], { low, high }: KeyRange): number[] {
  return values.flatMap((value, row) =>
    isKey(value) && !before(value, low) && !before(high, value) ? [row] : [],
  );
}

async function onDisk<T>(bytes: Buffer, use: (file: WrittenFile) => Promise<T>): Promise<T> {
  const path = scratchFile('parquet');
  await writeFile(path, bytes);
  try {
    return await use({ bytes, path });
  } finally {
    await rm(path);
  }
}

/**
 * Readers shorten, pad and drop bounds of other text in ways of their own: with such, filters must be
 * right, and need not skip.
 */
const isTame = (value: CellValue): boolean => typeof value !== 'string' || /^[ -~]*$/.test(value);

const isFiniteDouble = (bytes: Uint8Array): boolean => Number.isFinite(Buffer.from(bytes).readDoubleLE());

/** Row groups whose bounds leave no room for the range, as far as the reader trusts them. */
function groupsApart(
  layout: FileLayout,
  { name, type, values }: TableColumn,
  { low, high }: KeyRange,
  trust: ReturnType<FilteringReader['trust']>,
): Set<number> {
  const apart = new Set<number>();
  if (!values.every(isTame)) return apart;
  for (const [at, { chunks }] of layout.rowGroups.entries()) {
    const statistics = chunks.find(({ path }) => path === name)?.statistics;
    const { min, max } = statistics ?? {};
    if (min === undefined || max === undefined || max.length < 2) continue;
    const isShortened = statistics?.isMinExact === false || statistics?.isMaxExact === false;
    if (isShortened && !trust.shortened) continue;
    const isBounded = type.kind !== 'float64' || [min, max].every(isFiniteDouble);
    if (!isBounded && !trust.infinite) continue;
    const isBeneath = trust.max && compareWithBound(type, low, max, trust.textBytes) > 0;
    const isAbove = trust.min && compareWithBound(type, high, min, trust.textBytes) < 0;
    if (isBeneath || isAbove) apart.add(at);
  }
  return apart;
}

async function prune(engine: ParquetEngine, recipe: Recipe, skipped: Map<string, number>): Promise<void> {
  const one = numbered(recipe);
  const key = stored(one.table).columns.find(({ name }) => name === 'key');
  const range = key === undefined ? undefined : rangeIn(key.values, random(recipe.seed));
  if (key === undefined || range === undefined) return;
  const bytes = await encode(engine, one, recipe);
  const layout = layoutOf(bytes);
  const wanted = matching(key.values, range);
  for (const reader of filteringReaders) {
    if (!reader.canFilter(key.type, key.values)) continue;
    const apart = groupsApart(layout, key, range, reader.trust(key.type));
    const found = await onDisk(withoutRowGroups(bytes, layout, apart), (file) =>
      rowsOrError(reader, file, key, range),
    );
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      throw new Error(
        `${reader.name} finds ${JSON.stringify(found).slice(0, 200)} instead of ${JSON.stringify(wanted).slice(0, 200)} ` +
          `from ${String(range.low)} to ${String(range.high)}, row groups ${[...apart].join()} being destroyed`,
      );
    }
    skipped.set(reader.name, (skipped.get(reader.name) ?? 0) + apart.size);
  }
}

async function rowsOrError(
  reader: FilteringReader,
  file: WrittenFile,
  { type }: TableColumn,
  range: KeyRange,
): Promise<number[] | string> {
  try {
    return await reader.rowsWithin(file, type, range);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe.each(engines)('$engine', ({ engine, share }) => {
  test('filters find the rows of a range and read no row group outside of it', {
    timeout: 300_000,
  }, async () => {
    const skipped = new Map<string, number>();
    const runs = Math.ceil(1200 * share);
    const property = fc.asyncProperty(keyTables, (recipe) => prune(engine, recipe, skipped));
    const outcome = await fc.check(property, { seed, numRuns: runs });
    if (outcome.failed) {
      const recipe = outcome.counterexample?.[0];
      const what = recipe === undefined ? '' : describeTable(numbered(recipe).table);
      throw new Error(
        `${what}: ${String(outcome.errorInstance)}\n${JSON.stringify(recipe)}\nseed ${outcome.seed}`,
      );
    }
    for (const { name } of filteringReaders) expect(skipped.get(name), name).toBeGreaterThan(runs / 4);
  });

  test('a destroyed row group is met by whoever reads it', async () => {
    const recipe = fc.sample(keyTables, { seed, numRuns: 1 })[0];
    if (recipe === undefined) throw new Error('fast-check gives no sample.');
    const { table, cuts } = numbered(recipe);
    const bytes = await encode(engine, { table, cuts }, recipe);
    const wanted = stored(table);
    await onDisk(withoutRowGroups(bytes, layoutOf(bytes), new Set([1])), async (file) => {
      for (const reader of [duckdbReader, polarsReader, hyparquetReader]) {
        await expect((async () => reader.read(file, wanted))(), reader.name).rejects.toThrow();
      }
    });
  });
});

// parquet-wasm makes no pages so small.
test('tailrace: filters of hyparquet read no page outside of the range, by the page index', {
  timeout: 120_000,
}, async () => {
  let skipped = 0;
  for (const recipe of fc.sample(pagedTables, { seed, numRuns: 60 })) {
    const { table } = numbered(recipe);
    const key = stored(table).columns.find(({ name }) => name === 'key');
    const range = key === undefined ? undefined : rangeIn(key.values, random(recipe.seed));
    if (key === undefined || range === undefined || !pageFilter.canFilter(key.type, key.values)) continue;
    const cuts = Array.from({ length: table.rows / pageRows }, () => pageRows);
    const bytes = await encode('tailrace', { table, cuts }, recipe);
    const layout = layoutOf(bytes);
    if (hasEmptyPage(layout)) continue;
    const wanted = matching(key.values, range);
    // What the page index cannot rule out is read, and so is what lies between: no two ranges of rows share a page.
    const needed = pagesNeeded(layout, key, range);
    const { copy, pages } = withoutPages(bytes, layout, (from, to) =>
      needed.some((page) => page.from < to && page.to > from),
    );
    skipped += pages;
    const found = await onDisk(copy, (file) => rowsOrError(pageFilter, file, key, range));
    expect(found, `${describeTable(table)} ${JSON.stringify(recipe)}`).toEqual(wanted);
  }
  expect(skipped).toBeGreaterThan(300);
});

function hasEmptyPage(layout: FileLayout): boolean {
  return layout.rowGroups.some(({ chunks }) =>
    chunks.some(({ columnIndex }) => columnIndex?.nullPages.includes(true)),
  );
}

interface PageRows {
  readonly from: number;
  readonly to: number;
}

/** Rows of the pages of the key whose bounds leave room for the range. */
function pagesNeeded(layout: FileLayout, { name, type }: TableColumn, { low, high }: KeyRange): PageRows[] {
  const needed: PageRows[] = [];
  let row = 0;
  for (const { chunks } of layout.rowGroups) {
    const chunk = chunks.find(({ path }) => path === name);
    const index = chunk?.columnIndex;
    const pages = chunk?.pages.filter(({ kind }) => kind === 'data') ?? [];
    for (const [at, { values }] of pages.entries()) {
      const [min, max] = [index?.mins[at], index?.maxs[at]];
      const isApart =
        min !== undefined &&
        max !== undefined &&
        (compareWithBound(type, low, max, Number.POSITIVE_INFINITY) > 0 ||
          compareWithBound(type, high, min, Number.POSITIVE_INFINITY) < 0);
      if (!isApart) needed.push({ from: row, to: row + values });
      row += values;
    }
  }
  return needed;
}
