// Owns a checksum of rows, column by column, of their values alone: not of where batches are cut, nor of what lies in
// memory beside the values. Two streams of equal rows in one order have equal checksums.
import { crc32 } from 'node:zlib';
import type { BatchData, ColumnData, DictionaryData } from './batch-data.js';
import { innerFields, type Layout, layoutOf } from './layout.js';
import type { DataType } from './schema.js';

export interface RowChecksum {
  /** Taken so far. */
  readonly rows: number;
  /**
   * Takes rows `from` (inclusive) to `to` (exclusive) of a batch. All batches must have the same columns.
   * @throws nothing that a sound batch could cause
   */
  take(data: BatchData, from: number, to: number): void;
  /** Of each column, from the first row on: a CRC-32 as an unsigned number. Columns of another form do not compare. */
  columns(): readonly ColumnChecksum[];
}

export interface ColumnChecksum {
  /**
   * How values were read: the kind of the column's type. A column of text is held as a dictionary or not as its rows
   * suggest, and the same text gives another number then.
   */
  readonly form: DataType['kind'];
  readonly checksum: number;
}

/**
 * Running CRC-32s (zlib's) over values, lengths and the numbers of rows that are null: each is one stream, however the
 * rows were cut into batches, and its state is a number, so that a checksum so far costs nothing.
 */
export function createRowChecksum(): RowChecksum {
  let rows = 0;
  let columns: ColumnStreams[] = [];
  return {
    get rows() {
      return rows;
    },
    take(data, from, to) {
      if (columns.length === 0) {
        columns = data.schema.fields.map(({ type }) => streamsOf(type));
      }
      if (to <= from) return;
      for (const [index, column] of data.columns.entries()) {
        const streams = columns[index];
        if (streams !== undefined) takeColumn(streams, column, from, to);
      }
      rows += to - from;
    },
    columns: () => columns.map((streams) => ({ form: streams.type.kind, checksum: sumOf(streams) })),
  };
}

function sumOf({ nulls, values, text, inner }: ColumnStreams): number {
  return crc32(new Uint32Array([nulls, values, text, ...inner.map(sumOf)]));
}

interface ColumnStreams {
  readonly type: DataType;
  readonly layout: Layout;
  /** Of the columns within. */
  readonly inner: readonly ColumnStreams[];
  /** Taken so far. */
  rows: number;
  /** Numbers of the rows without a value. */
  nulls: number;
  /** Values of a fixed width; of text the lengths; 0 for null. */
  values: number;
  /** Bytes of text. */
  text: number;
}

function streamsOf(type: DataType): ColumnStreams {
  const layout = layoutOf(type);
  const inner = innerFields(layout).map((field) => streamsOf(field.type));
  return { type, layout, inner, rows: 0, nulls: 0, values: 0, text: 0 };
}

function takeColumn(streams: ColumnStreams, column: ColumnData, from: number, to: number): void {
  // What makes a row's number within the batch its number among all.
  const ahead = streams.rows - from;
  streams.rows += to - from;
  const nulls = nullRows(column, from, to);
  if (nulls.length > 0) {
    const numbers = new Float64Array(nulls.length);
    for (let at = 0; at < nulls.length; at += 1) numbers[at] = (nulls[at] ?? 0) + ahead;
    streams.nulls = crc32(numbers, streams.nulls);
  }
  if (streams.inner.length > 0) {
    takeInner(streams, column, from, to, nulls);
    return;
  }
  if (column.offsets !== null) {
    streams.values = crc32(lengths(column.offsets, from, to, nulls), streams.values);
    for (const piece of textPieces(column.values, column.offsets, from, to, nulls)) {
      streams.text = crc32(piece, streams.text);
    }
    return;
  }
  streams.values = crc32(fixedValues(streams.layout, column, from, to, nulls), streams.values);
}

/** The rows within those that are not null, and how many they are. */
function takeInner(
  streams: ColumnStreams,
  { offsets, children = [] }: ColumnData,
  from: number,
  to: number,
  nulls: Int32Array,
): void {
  const { layout, inner } = streams;
  if (offsets !== null) streams.values = crc32(lengths(offsets, from, to, nulls), streams.values);
  const size = layout.form === 'fixed list' ? layout.size : 1;
  const startOf = (row: number): number => (offsets === null ? row * size : (offsets[row] ?? 0));
  let first = from;
  for (const row of [...nulls, to]) {
    for (const [index, child] of children.entries()) {
      const of = inner[index];
      if (of !== undefined && row > first) takeColumn(of, child, startOf(first), startOf(row));
    }
    first = row + 1;
  }
}

const noRows = new Int32Array();

function nullRows({ nullCount, validity }: ColumnData, from: number, to: number): Int32Array {
  if (nullCount === 0 || validity === null) return noRows;
  const rows = new Int32Array(Math.min(nullCount, to - from));
  let found = 0;
  for (let row = from; row < to; row += 1) {
    if ((((validity[row >> 3] ?? 0) >> (row & 7)) & 1) !== 0) continue;
    rows[found] = row;
    found += 1;
  }
  return rows.subarray(0, found);
}

function lengths(offsets: Int32Array, from: number, to: number, nulls: Int32Array): Int32Array {
  const found = new Int32Array(to - from);
  let start = offsets[from] ?? 0;
  for (let at = 0; at < found.length; at += 1) {
    const end = offsets[from + at + 1] ?? start;
    found[at] = end - start;
    start = end;
  }
  for (const row of nulls) found[row - from] = 0;
  return found;
}

/** The bytes of rows that are not null, in order. */
function textPieces(
  values: ColumnData['values'],
  offsets: Int32Array,
  from: number,
  to: number,
  nulls: Int32Array,
): ColumnData['values'][] {
  const pieces: ColumnData['values'][] = [];
  let start = offsets[from] ?? 0;
  for (const row of nulls) {
    const [end = start, next = end] = [offsets[row], offsets[row + 1]];
    // Our own builders leave nothing under a null: then all is one piece.
    if (next === end) continue;
    if (end > start) pieces.push(values.subarray(start, end));
    start = next;
  }
  const end = offsets[to] ?? start;
  if (end > start) pieces.push(values.subarray(start, end));
  return pieces;
}

function fixedValues(
  layout: Layout,
  { values, dictionary }: ColumnData,
  from: number,
  to: number,
  nulls: Int32Array,
): ColumnData['values'] {
  if (layout.form === 'nothing') return values;
  if (layout.form === 'bits') return zeroed(bytesOfBits(values, from, to), from, nulls);
  if (dictionary !== null) return zeroed(hashesOf(dictionary, values, from, to), from, nulls);
  const perRow = layout.form === 'fixed' ? layout.perRow : 1;
  const part = values.subarray(from * perRow, to * perRow);
  // What lies in the batch is not ours to change.
  const own = nulls.length === 0 ? part : zeroed(part.slice(), from, nulls, perRow);
  return own instanceof Float64Array || own instanceof Float32Array ? oneNaN(own) : own;
}

/** @param values changed in place where rows are null */
function zeroed<T extends ColumnData['values']>(values: T, from: number, nulls: Int32Array, perRow = 1): T {
  const isWide = values instanceof BigInt64Array || values instanceof BigUint64Array;
  for (const row of nulls) {
    for (let at = (row - from) * perRow; at < (row - from + 1) * perRow; at += 1)
      values[at] = isWide ? 0n : 0;
  }
  return values;
}

function bytesOfBits(bits: ColumnData['values'], from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  for (let at = 0; at < bytes.length; at += 1) {
    const row = from + at;
    bytes[at] = (Number(bits[row >> 3] ?? 0) >> (row & 7)) & 1;
  }
  return bytes;
}

/** NaN has many forms in memory, and compiled code may give another one than interpreted code. */
function oneNaN<T extends Float32Array | Float64Array>(values: T): T {
  let own: T | undefined;
  for (let at = 0; at < values.length; at += 1) {
    if (!Number.isNaN(values[at])) continue;
    own ??= values.slice() as T; // of the same class
    own[at] = Number.NaN;
  }
  return own ?? values;
}

/** Codes mean something else in every batch: each row counts as the hash of its string. */
function hashesOf(
  dictionary: DictionaryData,
  codes: ColumnData['values'],
  from: number,
  to: number,
): Int32Array {
  const entries = new Int32Array(dictionary.length);
  for (let entry = 0; entry < entries.length; entry += 1) {
    entries[entry] = fnv1a(
      dictionary.values,
      dictionary.offsets[entry] ?? 0,
      dictionary.offsets[entry + 1] ?? 0,
    );
  }
  const hashes = new Int32Array(to - from);
  for (let at = 0; at < hashes.length; at += 1) hashes[at] = entries[Number(codes[from + at])] ?? 0;
  return hashes;
}

/** FNV-1a (Fowler, Noll, Vo; 32 bits): a call into zlib costs more than hashing a string as short as those of dictionaries. */
function fnv1a(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash;
}
