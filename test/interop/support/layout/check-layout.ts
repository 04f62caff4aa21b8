// Owns the check of everything in a file that readers may rely on without decoding values: counts, sizes, bounds, page indexes.
import type { CellValue, Table, TableColumn } from '../table.js';
import { compareBounds, problemWithBounds, type Range, rangeOf } from './bounds.js';
import { type Bounds, type Chunk, type ColumnIndex, type FileLayout, layoutOf } from './file-layout.js';

/** The first problem in words, or undefined. */
export function layoutProblem(file: Buffer, table: Table): string | undefined {
  try {
    checkLayout(layoutOf(file), table);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function fail(where: string, problem: string): never {
  throw new Error(`${where}: ${problem}`);
}

function same(where: string, what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) fail(where, `${what} is ${String(found)}, not ${String(wanted)}`);
}

function checkLayout(layout: FileLayout, { rows, columns }: Table): void {
  same('footer', 'the number of rows', layout.rows, rows);
  same(
    'footer',
    'the number of columns with an order',
    layout.ordered.filter(Boolean).length,
    columns.length,
  );
  let from = 0;
  for (const [at, group] of layout.rowGroups.entries()) {
    const where = `row group ${at}`;
    if (group.rows === 0 && rows > 0) fail(where, 'has no rows');
    same(where, 'the number of chunks', group.chunks.length, columns.length);
    const sum = (bytes: (chunk: Chunk) => number): number =>
      group.chunks.reduce((total, chunk) => total + bytes(chunk), 0);
    same(
      where,
      'total_byte_size',
      group.uncompressedBytes,
      sum((chunk) => chunk.uncompressedBytes),
    );
    if (group.compressedBytes !== undefined) {
      same(
        where,
        'total_compressed_size',
        group.compressedBytes,
        sum((chunk) => chunk.compressedBytes),
      );
    }
    for (const [index, column] of columns.entries()) {
      const chunk = group.chunks[index];
      if (chunk !== undefined) checkChunk(`${where}, ${column.name}`, chunk, column, from, group.rows);
    }
    from += group.rows;
  }
  same('footer', 'the sum of the row groups', from, rows);
}

function checkChunk(where: string, chunk: Chunk, column: TableColumn, from: number, rows: number): void {
  const { pages } = chunk;
  const dataPages = pages.filter(({ kind }) => kind === 'data');
  same(where, 'the path', chunk.path, column.name);
  same(where, 'num_values', chunk.values, rows);
  same(
    where,
    'the sum of its pages',
    dataPages.reduce((sum, page) => sum + page.values, 0),
    rows,
  );
  same(
    where,
    'total_uncompressed_size',
    chunk.uncompressedBytes,
    pages.reduce((sum, page) => sum + page.headerBytes + page.uncompressedBytes, 0),
  );
  const [first] = dataPages;
  if (first !== undefined) same(where, 'data_page_offset', chunk.dataOffset, first.offset);
  const dictionaries = pages.filter(({ kind }) => kind === 'dictionary');
  same(where, 'dictionary_page_offset', chunk.dictionaryOffset, dictionaries[0]?.offset);
  if (dictionaries.length > 1 || (dictionaries.length === 1 && pages[0]?.kind !== 'dictionary')) {
    fail(where, 'a dictionary comes late or twice');
  }
  for (const { encoding, levels } of pages) {
    // A required column has no levels, whatever their encoding is called.
    for (const used of [encoding, column.nullable ? levels : undefined]) {
      if (used !== undefined && !chunk.encodings.includes(used))
        fail(where, `encoding ${used} is not listed`);
    }
  }
  checkStatistics(where, chunk.statistics, column, rangeOf(column.type, column.values, from, from + rows));
  checkPages(where, chunk, column, from, rows);
}

function checkStatistics(where: string, bounds: Bounds | undefined, column: TableColumn, range: Range): void {
  if (bounds === undefined) {
    if (range.counted > 0) fail(where, 'there are no statistics');
    return;
  }
  if (bounds.nullCount !== undefined || column.nullable)
    same(where, 'null_count', bounds.nullCount, range.nulls);
  const { min, max } = bounds;
  if (min === undefined || max === undefined) {
    // Text of the highest letters has no shorter upper bound, and may have none at all.
    const isText = column.type.kind === 'utf8' || column.type.kind === 'dictionary';
    if (range.counted > 0 && !isText) fail(where, 'the statistics have no bounds');
    return;
  }
  const exact = { min: bounds.isMinExact, max: bounds.isMaxExact };
  const problem = problemWithBounds(column.type, range, min, max, exact);
  if (problem !== undefined) fail(where, problem);
}

function checkPages(where: string, chunk: Chunk, column: TableColumn, from: number, rows: number): void {
  const dataPages = chunk.pages.filter(({ kind }) => kind === 'data');
  let row = from;
  const ranges = dataPages.map((page) => {
    const range = rangeOf(column.type, column.values, row, row + page.values);
    if (page.statistics !== undefined)
      checkStatistics(`${where}, row ${row}`, page.statistics, column, range);
    row += page.values;
    return range;
  });
  const { locations, columnIndex } = chunk;
  if (rows === 0) return;
  if (locations === undefined) fail(where, 'there is no offset index');
  same(where, 'the length of the offset index', locations.length, dataPages.length);
  let firstRow = 0;
  for (const [at, page] of dataPages.entries()) {
    const place = `${where}, page ${at}`;
    same(place, 'the offset', locations[at]?.offset, page.offset);
    same(place, 'the size', locations[at]?.bytes, page.headerBytes + page.compressedBytes);
    same(place, 'the first row', locations[at]?.firstRow, firstRow);
    firstRow += page.values;
  }
  if (columnIndex !== undefined) checkColumnIndex(where, columnIndex, column, ranges);
  else if (!mayLackColumnIndex(ranges, column.values)) fail(where, 'there is no column index');
}

/** A page of nothing but NaN has no bounds, so the chunk can have no column index. */
function mayLackColumnIndex(ranges: readonly Range[], values: readonly CellValue[]): boolean {
  return ranges.some(({ counted, hasNaN }) => counted === 0 && hasNaN) || values.some(isUnboundedText);
}

/** Text that cannot be shortened upwards to 64 bytes: they are the last letter, and more comes after them. */
const isUnboundedText = (value: CellValue): boolean =>
  typeof value === 'string' && /^\u{10ffff}{16}./su.test(value);

function checkColumnIndex(
  where: string,
  index: ColumnIndex,
  column: TableColumn,
  ranges: readonly Range[],
): void {
  const { nullPages, mins, maxs, nullCounts, order } = index;
  for (const [what, list] of Object.entries({ nullPages, mins, maxs, nullCounts: nullCounts ?? ranges })) {
    same(where, `the length of ${what} in the column index`, list.length, ranges.length);
  }
  let before: { min: Uint8Array; max: Uint8Array } | undefined;
  for (const [at, range] of ranges.entries()) {
    const place = `${where}, page ${at} in the column index`;
    const isEmpty = range.counted === 0 && !range.hasNaN;
    same(place, 'null_pages', nullPages[at], isEmpty);
    if (nullCounts !== undefined) same(place, 'null_counts', nullCounts[at], range.nulls);
    if (isEmpty) continue;
    const [min, max] = [mins[at], maxs[at]];
    if (min === undefined || max === undefined) fail(place, 'there are no bounds');
    const problem = problemWithBounds(column.type, range, min, max, undefined);
    if (problem !== undefined) fail(place, problem);
    if (before !== undefined && order !== 0) {
      const steps = [
        compareBounds(column.type, before.min, min),
        compareBounds(column.type, before.max, max),
      ];
      if (steps.some((step) => (order === 1 ? step > 0 : step < 0)))
        fail(place, `is out of order (${order})`);
    }
    before = { min, max };
  }
}
