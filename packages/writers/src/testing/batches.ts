// Owns batches made by hand for tests: plain arrays in, columns in shared memory out. Not part of the package.
import type {
  Batch,
  BatchData,
  ColumnData,
  DataType,
  DictionaryData,
  Field,
  Schema,
} from '@tailrace/core/sink';

/** Values as they lie in the buffers: days, units of a timestamp as bigint, strings; null for null. */
export type CellValue = boolean | number | bigint | string | null;

export interface TestColumn {
  readonly name: string;
  readonly type: DataType;
  readonly nullable?: boolean;
  readonly values: readonly CellValue[];
}

const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);

/** A batch of these columns; all have as many values. Columns are nullable when they hold a null or say so. */
export function testBatch(columns: readonly TestColumn[], declared?: Schema): Batch<unknown> {
  const schema = declared ?? testSchema(columns);
  const rows = columns[0]?.values.length ?? 0;
  const data: BatchData = {
    schema,
    rows,
    bytes: 0,
    columns: columns.map(({ type, values }) => columnOf(type, values)),
  };
  const batch: Batch<unknown> = {
    schema,
    rows,
    bytes: 0,
    data,
    toRows: () => [],
    retain: () => batch,
    release: () => {},
  };
  return batch;
}

export function testSchema(columns: readonly TestColumn[]): Schema {
  const fields: Field[] = columns.map(({ name, type, nullable, values }) => ({
    name,
    type,
    nullable: nullable ?? values.includes(null),
  }));
  return { fields };
}

function columnOf(type: DataType, values: readonly CellValue[]): ColumnData {
  const nullCount = values.filter((value) => value === null).length;
  const validity = nullCount === 0 ? null : bits(values.map((value) => value !== null));
  const base = { nullCount, validity, offsets: null, dictionary: null };
  switch (type.kind) {
    case 'bool':
      return { ...base, values: bits(values.map((value) => value === true)) };
    case 'int32':
    case 'date':
      return {
        ...base,
        values: filled(
          new Int32Array(shared(values.length * 4)),
          values.map((value) => Number(value ?? 77)),
        ),
      };
    case 'int64':
    case 'timestamp': {
      const wide = new BigInt64Array(shared(values.length * 8));
      values.forEach((value, row) => {
        wide[row] = BigInt(value ?? 77);
      });
      return { ...base, values: wide };
    }
    case 'float64':
      return {
        ...base,
        values: filled(
          new Float64Array(shared(values.length * 8)),
          values.map((value) => Number(value ?? 77)),
        ),
      };
    case 'utf8':
      return { ...base, ...strings(values.map((value) => String(value ?? ''))) };
    case 'dictionary': {
      const entries = [...new Set(values.filter((value) => value !== null).map(String))];
      const { values: text, offsets } = strings(entries);
      const dictionary: DictionaryData = { length: entries.length, values: text, offsets };
      const codeOf = new Map(entries.map((entry, code) => [entry, code]));
      const codes = values.map((value) => (value === null ? 0 : (codeOf.get(String(value)) ?? 0)));
      return { ...base, values: filled(new Int32Array(shared(values.length * 4)), codes), dictionary };
    }
    default:
      throw new RangeError(`${type.kind} is made by batchOfRows`);
  }
}

function filled<T extends Int32Array | Float64Array>(target: T, values: readonly number[]): T {
  target.set(values);
  return target;
}

function bits(values: readonly boolean[]): Uint8Array {
  const made = new Uint8Array(shared((values.length + 7) >> 3));
  values.forEach((value, row) => {
    if (value) made[row >> 3] = (made[row >> 3] ?? 0) | (1 << (row & 7));
  });
  return made;
}

function strings(values: readonly string[]): { values: Uint8Array; offsets: Int32Array } {
  const parts = values.map((value) => Buffer.from(value));
  const offsets = new Int32Array(shared((values.length + 1) * 4));
  parts.forEach((part, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + part.length;
  });
  const bytes = new Uint8Array(shared(offsets[values.length] ?? 0));
  parts.forEach((part, index) => {
    bytes.set(part, offsets[index]);
  });
  return { values: bytes, offsets };
}
