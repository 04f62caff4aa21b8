// Owns laying a table out as batches in shared memory, with everything in it that a batch may legally hold.
import type { Batch, BatchData, ColumnData, DataType, DictionaryData, Schema } from '@tailrace/core/sink';
import type { Random } from './random.js';
import type { CellValue, Table } from './table.js';

/** A batch, and the way to make its memory garbage, as happens when it is used again after `write` has settled. */
export interface LentBatch {
  readonly batch: Batch<unknown>;
  spoil(): void;
}

/**
 * The rows from `from` to `from + rows`. What lies under a null is random; so are the bits after the last row's, and a
 * dictionary has entries that no row uses, and some twice.
 */
export function batchOf(table: Table, schema: Schema, from: number, rows: number, random: Random): LentBatch {
  const buffers: SharedArrayBuffer[] = [];
  const allocate = (bytes: number): SharedArrayBuffer => {
    const made = new SharedArrayBuffer(bytes);
    buffers.push(made);
    return made;
  };
  const columns = table.columns.map(({ type, values }) =>
    columnOf(type, values.slice(from, from + rows), allocate, random),
  );
  const bytes = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  const data: BatchData = { schema, rows, bytes, columns };
  const batch: Batch<unknown> = {
    schema,
    rows,
    bytes,
    data,
    toRows: () => {
      throw new Error('A format reads columns, not rows.');
    },
    retain: () => {
      throw new Error('This batch cannot be kept: its memory is spoiled after write().');
    },
    release: () => {},
  };
  return {
    batch,
    spoil: () => {
      for (const buffer of buffers) new Uint8Array(buffer).fill(0xa5);
    },
  };
}

type Allocate = (bytes: number) => SharedArrayBuffer;

function columnOf(
  type: DataType,
  values: readonly CellValue[],
  allocate: Allocate,
  random: Random,
): ColumnData {
  const nullCount = values.reduce<number>((sum, value) => sum + (value === null ? 1 : 0), 0);
  const validity =
    nullCount === 0
      ? null
      : bits(
          values.map((value) => value !== null),
          allocate,
          random,
        );
  const base = { nullCount, validity, offsets: null, dictionary: null };
  switch (type.kind) {
    case 'bool':
      return {
        ...base,
        values: bits(
          values.map((value) => (value === null ? random.chance(0.5) : value === true)),
          allocate,
          random,
        ),
      };
    case 'int32':
    case 'date': {
      const made = new Int32Array(allocate(values.length * 4));
      values.forEach((value, row) => {
        made[row] = value === null ? random.word() : Number(value);
      });
      return { ...base, values: made };
    }
    case 'int64':
      return { ...base, values: longs(values, allocate, () => random.long()) };
    case 'timestamp':
      return { ...base, values: longs(values, allocate, () => random.long()) };
    case 'float64': {
      const made = new Float64Array(allocate(values.length * 8));
      values.forEach((value, row) => {
        made[row] = value === null ? random.pick([Number.NaN, 1e300, -1e300, 0]) : Number(value);
      });
      return { ...base, values: made };
    }
    case 'utf8':
      return {
        ...base,
        ...strings(
          values.map((value) => (value === null ? random.pick(['', 'under a null']) : String(value))),
          allocate,
        ),
      };
    case 'dictionary':
      return { ...base, ...coded(values, allocate, random) };
    default:
      throw new RangeError(`no recipe for ${type.kind}`);
  }
}

function longs(values: readonly CellValue[], allocate: Allocate, any: () => bigint): BigInt64Array {
  const made = new BigInt64Array(allocate(values.length * 8));
  values.forEach((value, row) => {
    made[row] = value === null ? any() : BigInt(value);
  });
  return made;
}

function bits(values: readonly boolean[], allocate: Allocate, random: Random): Uint8Array {
  const made = new Uint8Array(allocate((values.length + 7) >> 3));
  const last = made.length - 1;
  if ((values.length & 7) !== 0) made[last] = random.word() << (values.length & 7);
  values.forEach((value, row) => {
    if (value) made[row >> 3] = (made[row >> 3] ?? 0) | (1 << (row & 7));
  });
  return made;
}

const encoder = new TextEncoder();

function strings(values: readonly string[], allocate: Allocate): { values: Uint8Array; offsets: Int32Array } {
  const parts = values.map((value) => encoder.encode(value));
  const offsets = new Int32Array(allocate((values.length + 1) * 4));
  let at = 0;
  parts.forEach((part, index) => {
    at += part.length;
    offsets[index + 1] = at;
  });
  const bytes = new Uint8Array(allocate(at));
  parts.forEach((part, index) => {
    bytes.set(part, offsets[index]);
  });
  return { values: bytes, offsets };
}

function coded(
  values: readonly CellValue[],
  allocate: Allocate,
  random: Random,
): { values: Int32Array; dictionary: DictionaryData } {
  const codeOf = new Map<string, number>();
  const entries: string[] = [];
  const entry = (text: string): number => {
    codeOf.set(text, entries.length);
    return entries.push(text) - 1;
  };
  const codes = new Int32Array(allocate(values.length * 4));
  values.forEach((value, row) => {
    if (random.chance(0.02))
      entry(random.chance(0.5) || value === null ? `unused ${entries.length}` : String(value));
    if (value !== null) codes[row] = codeOf.get(String(value)) ?? entry(String(value));
  });
  values.forEach((value, row) => {
    if (value === null && entries.length > 0) codes[row] = random.below(entries.length);
  });
  const { values: text, offsets } = strings(entries, allocate);
  return { values: codes, dictionary: { length: entries.length, values: text, offsets } };
}
