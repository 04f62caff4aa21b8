// Owns small batches made from rows by plain loops, for tests and conformance suites. Pipelines build theirs in
// materialise/, many times faster and charged to a budget.
import { type Batch, type ColumnData, createBatch, type DictionaryData } from './batch.js';
import { fixedValuesOf, nestedParts } from './cells-of-rows.js';
import type { Field, Schema, TimeUnit } from './schema.js';

type Cell = unknown;

const ticksPerSecond: Readonly<Record<TimeUnit, bigint>> = {
  s: 1n,
  ms: 1_000n,
  us: 1_000_000n,
  ns: 1_000_000_000n,
};
const dayMs = 86_400_000;

/**
 * A batch of shared memory holding these rows.
 * @param schema of the columns; values come in the forms that it names, times also as bigint, number (in the column's
 *   unit, dates in days) or Date
 * @throws TypeError for null in a column that takes none
 */
export function batchOfRows<R extends object>(schema: Schema<R>, rows: readonly R[]): Batch<R> {
  const columns = schema.fields.map((field) => {
    // The schema's fields are the keys of its row type.
    const cells = rows.map((row) => (row as Readonly<Record<string, Cell>>)[field.name] ?? null);
    return columnOf(field, cells);
  });
  const bytes = columns.reduce((total, column) => total + heldBytes(column), 0);
  return createBatch<R>({ schema, rows: rows.length, bytes, columns }, () => undefined);
}

function columnOf(field: Field, cells: readonly Cell[]): ColumnData {
  const nullCount = cells.filter((cell) => cell === null).length;
  if (nullCount > 0 && !field.nullable) throw new TypeError(`column "${field.name}" takes no null`);
  const validity = nullCount === 0 ? null : bitsOf(cells.map((cell) => cell !== null));
  const plain = { nullCount, validity, offsets: null, dictionary: null };
  const { type } = field;
  switch (type.kind) {
    case 'bool':
      return { ...plain, values: bitsOf(cells.map((cell) => cell === true)) };
    case 'int64':
      return { ...plain, values: int64s(cells.map((cell) => BigInt((cell ?? 0) as number | bigint))) };
    case 'timestamp':
      return { ...plain, values: int64s(cells.map((cell) => ticksOf(cell, type.unit))) };
    case 'date':
      return {
        ...plain,
        values: int32s(
          cells.map((cell) => (cell instanceof Date ? cell.getTime() / dayMs : Number(cell ?? 0))),
        ),
      };
    case 'utf8':
      return { ...plain, ...stringsOf(cells.map((cell) => String(cell ?? ''))) };
    case 'dictionary': {
      const distinct = [...new Set(cells.filter((cell) => cell !== null).map(String))];
      const { values, offsets } = stringsOf(distinct);
      const dictionary: DictionaryData = { length: distinct.length, values, offsets };
      return {
        ...plain,
        values: int32s(cells.map((cell) => (cell === null ? 0 : distinct.indexOf(String(cell))))),
        dictionary,
      };
    }
    case 'binary':
      return { ...plain, ...bytesOf(cells.map((cell) => (cell ?? new Uint8Array(0)) as Uint8Array)) };
    case 'null':
      return { ...plain, values: new Uint8Array(0) };
    case 'list':
    case 'map':
    case 'fixed_list':
    case 'struct':
      return { ...plain, values: new Uint8Array(0), ...nestedParts(field, cells, columnOf) };
    default:
      return { ...plain, values: fixedValuesOf(type, cells) };
  }
}

function ticksOf(cell: Cell, unit: TimeUnit): bigint {
  // As a double far times in fine units would be rounded.
  if (cell instanceof Date) return (BigInt(cell.getTime()) * ticksPerSecond[unit]) / 1_000n;
  return BigInt((cell ?? 0) as number | bigint);
}

function bitsOf(flags: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array(new SharedArrayBuffer(Math.ceil(flags.length / 8)));
  flags.forEach((flag, at) => {
    if (flag) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  });
  return bits;
}

function int32s(values: readonly number[]): Int32Array {
  const array = new Int32Array(new SharedArrayBuffer(values.length * 4));
  array.set(values);
  return array;
}

function int64s(values: readonly bigint[]): BigInt64Array {
  const array = new BigInt64Array(new SharedArrayBuffer(values.length * 8));
  array.set(values);
  return array;
}

function stringsOf(texts: readonly string[]): { values: Uint8Array; offsets: Int32Array } {
  return bytesOf(texts.map((text) => Buffer.from(text)));
}

function bytesOf(parts: readonly Uint8Array[]): { values: Uint8Array; offsets: Int32Array } {
  const offsets = int32s([0, ...parts.map(() => 0)]);
  const values = new Uint8Array(
    new SharedArrayBuffer(parts.reduce((total, bytes) => total + bytes.length, 0)),
  );
  let end = 0;
  parts.forEach((bytes, at) => {
    values.set(bytes, end);
    end += bytes.length;
    offsets[at + 1] = end;
  });
  return { values, offsets };
}

function heldBytes({ validity, values, offsets, dictionary, children = [] }: ColumnData): number {
  const own = (validity?.byteLength ?? 0) + values.byteLength + (offsets?.byteLength ?? 0);
  const entries = dictionary === null ? 0 : dictionary.values.byteLength + dictionary.offsets.byteLength;
  return children.reduce((total, child) => total + heldBytes(child), own + entries);
}
