// Owns the proof that rows come in the order that a file says it has: readers skip and merge by it, so a false one loses rows.
import {
  type BatchData,
  type ColumnData,
  type DataType,
  describeType,
  type Schema,
  ValueError,
} from '@tailrace/core/sink';
import { refusedColumn } from '../types/refused-column.js';
import { hasNulls } from './encode/coder.js';
import type { SortingColumn } from './encode/file-metadata.js';

/** One column of the order that rows have. */
export interface ParquetSorting {
  readonly column: string;
  /** Default false. */
  readonly descending?: boolean | undefined;
  /** Default false: nulls come last, whatever the direction. */
  readonly nullsFirst?: boolean | undefined;
}

export interface SortGuard {
  /** Throws VALUE_INVALID at the first row that comes before the one ahead of it, in this batch or the last. */
  check(data: BatchData): void;
  /** For the footer. */
  readonly columns: readonly SortingColumn[];
}

type Value = number | bigint | Buffer;
type Key = readonly (Value | null)[];

/** Throws SCHEMA_INVALID for columns that the schema has not, or whose values have no order. */
export function checkSorting(schema: Schema, sorting: readonly ParquetSorting[] = []): void {
  for (const { column } of sorting) {
    const field = schema.fields.find(({ name }) => name === column);
    if (field === undefined) {
      const known = schema.fields.map(({ name }) => name).join(', ');
      throw refusedColumn(
        column,
        `sortedBy names "${column}"; the stage has the columns ${known}. Correct the name.`,
      );
    }
    if (!hasOrder(field.type)) {
      throw refusedColumn(
        column,
        `sortedBy names "${column}", which is ${describeType(field.type)}: the order of such values cannot be ` +
          'verified. Leave it out.',
      );
    }
  }
}

/** @param schema of the stored columns, among which are those of `sorting` */
export function sortGuard(schema: Schema, sorting: readonly ParquetSorting[]): SortGuard {
  const columns = sorting.map(({ column, descending = false, nullsFirst = false }) => ({
    column: schema.fields.findIndex(({ name }) => name === column),
    descending,
    nullsFirst,
  }));
  let rows = 0;
  let last: Key | undefined;

  const fail = (row: number, why: string): ValueError =>
    new ValueError(
      `The output is declared as sortedBy ${describe(sorting)}, and row ${rows + row} of the file ${why}. Sort ` +
        'the stage, or leave out sortedBy.',
      { operation: 'verify order', context: { rowInBatch: row } },
    );

  return {
    columns,
    check(data) {
      const readers = columns.map(({ column }) => readerOf(data.columns[column]));
      for (let row = 0; row < data.rows; row++) {
        const key = readers.map((read) => read(row));
        if (key.some((value) => Number.isNaN(value)))
          throw fail(row, 'holds NaN, which has no place in an order');
        if (last !== undefined && compareKeys(last, key, columns) > 0)
          throw fail(row, 'comes before the one ahead of it');
        last = key;
      }
      rows += data.rows;
      // Text is a view on the batch until here.
      last = last?.map((value) => (Buffer.isBuffer(value) ? Buffer.from(value) : value));
    },
  };
}

function describe(sorting: readonly ParquetSorting[]): string {
  return sorting
    .map(({ column, descending }) => `"${column}"${descending === true ? ' descending' : ''}`)
    .join(', ');
}

function compareKeys(a: Key, b: Key, columns: readonly SortingColumn[]): number {
  for (const [at, { descending, nullsFirst }] of columns.entries()) {
    const before = a[at] ?? null;
    const after = b[at] ?? null;
    if (before === null || after === null) {
      if (before === after) continue;
      return (before === null) === nullsFirst ? -1 : 1;
    }
    const order = compareValues(before, after);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

function compareValues(a: Value, b: Value): number {
  // Text as unsigned bytes, which is the order that the format gives it.
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return Buffer.compare(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function readerOf(column: ColumnData | undefined): (row: number) => Value | null {
  if (column === undefined) return () => null; // one per field of the schema
  const { values } = column;
  const read = valueReader(column);
  if (!hasNulls(column)) return read;
  const { validity } = column;
  // One bit per row: in range.
  return (row) => ((((validity[row >> 3] as number) >> (row & 7)) & 1) === 0 ? null : read(row));

  function valueReader({ offsets, dictionary }: ColumnData): (row: number) => Value {
    if (dictionary !== null) {
      const entry = textReader(dictionary.values, dictionary.offsets);
      return (row) => entry(values[row] as number); // the buffer of every dictionary column
    }
    if (offsets !== null) return textReader(values as Uint8Array, offsets as Int32Array); // the buffers of text
    if (values instanceof Uint8Array) return (row) => ((values[row >> 3] as number) >> (row & 7)) & 1; // bits of bool
    return (row) => values[row] as number | bigint; // one per row
  }
}

function textReader(bytes: Uint8Array, offsets: Int32Array): (at: number) => Buffer {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (at) => all.subarray(offsets[at], offsets[at + 1]);
}

/** Whether values are ordered as `readerOf` reads them: as Parquet orders the type. */
function hasOrder(type: DataType): boolean {
  switch (type.kind) {
    case 'bool':
    case 'int32':
    case 'int64':
    case 'float64':
    case 'timestamp':
    case 'date':
    case 'utf8':
    case 'dictionary':
      return true;
    case 'int8':
    case 'int16':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
    case 'float16':
    case 'float32':
    case 'decimal':
    case 'time':
    case 'duration':
    case 'binary':
    case 'fixed_binary':
    case 'null':
    case 'list':
    case 'fixed_list':
    case 'struct':
    case 'map':
      return false;
  }
}
