// Owns the way from one column back to JavaScript values, in the form that its type names.
import type { ColumnData } from './batch-data.js';
import { readDivided, readSafeInteger, wordsOf } from './int64-pairs.js';
import {
  binaryReader,
  decimalReader,
  fixedBinaryReader,
  halfReader,
  unsignedReader,
} from './more-readers.js';
import { type ColumnReader, nestedReader } from './nested-reader.js';
import type { DataType, Field } from './schema.js';
import { utf8Reader } from './utf8-reader.js';
import { unreadable } from './value-error.js';

export type { ColumnReader } from './nested-reader.js';

const maxTimeMs = 8.64e15;
const dayMs = 86_400_000;
const perMs = { s: 1, ms: 1, us: 1_000, ns: 1_000_000 } as const;

/**
 * Makes the reader of a column. Reading throws a ValueError where a stored value has no exact JavaScript form: a 64-bit
 * integer beyond 2^53 as number, a time finer than milliseconds as Date.
 * @param rows number of rows; by default what the buffers hold
 */
export function columnReader(column: ColumnData, field: Field, rows: number = rowsOf(column)): ColumnReader {
  const read = valueReader(column, field, rows);
  const { validity, nullCount } = column;
  if (validity === null || nullCount === 0) return read;
  return (row) => (((validity[row >> 3] as number) >> (row & 7)) & 1 ? read(row) : null);
}

function rowsOf(column: ColumnData): number {
  return column.offsets === null ? column.values.length : column.offsets.length - 1;
}

/** The buffers of a column have the array classes that `ColumnData` documents for its type. */
function valueReader(column: ColumnData, field: Field, rows: number): ColumnReader {
  const { type } = field;
  switch (type.kind) {
    case 'bool': {
      const bits = column.values as Uint8Array;
      return (row) => ((bits[row >> 3] as number) & (1 << (row & 7))) !== 0;
    }
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'float32':
    case 'float64': {
      const values = column.values as Exclude<ColumnData['values'], BigInt64Array | BigUint64Array>;
      return (row) => values[row] as number;
    }
    case 'int64':
    case 'duration':
      return integerReader(column.values as BigInt64Array, type.js, field);
    case 'uint64':
      return unsignedReader(column.values as BigUint64Array, type.js, field);
    case 'float16':
      return halfReader(column.values as Uint16Array);
    case 'decimal':
      return decimalReader(column.values as Uint32Array, type);
    case 'time': {
      // No time of day is beyond 2^53, whatever its unit.
      const { values } = column;
      return (row) => Number(values[row]);
    }
    case 'timestamp': {
      const values = column.values as BigInt64Array;
      return type.js === 'date' ? dateReader(values, type, field) : integerReader(values, type.js, field);
    }
    case 'date': {
      const values = column.values as Int32Array;
      return (row) => dateOf((values[row] as number) * dayMs, field, row);
    }
    case 'utf8':
      return utf8Reader(column.values as Uint8Array, column.offsets as Int32Array, rows);
    case 'binary':
      return binaryReader(column.values as Uint8Array, column.offsets as Int32Array);
    case 'fixed_binary':
      return fixedBinaryReader(column.values as Uint8Array, type.width);
    case 'dictionary':
      return dictionaryReader(column);
    case 'null':
      return () => null;
    case 'list':
    case 'fixed_list':
    case 'struct':
    case 'map':
      return nestedReader(type, column, field, rows, columnReader);
  }
}

function integerReader(values: BigInt64Array, js: 'bigint' | 'number', field: Field): ColumnReader {
  if (js === 'bigint') return (row) => values[row] as bigint;
  const words = wordsOf(values);
  return (row) => {
    const value = readSafeInteger(words, row);
    if (!Number.isNaN(value)) return value;
    throw unreadable(
      field,
      row,
      `the integer ${values[row]} is beyond 2^53 and has no exact number`,
      adviceBigint,
    );
  };
}
const adviceBigint = "Read the column as bigint (js: 'bigint').";

function dateReader(
  values: BigInt64Array,
  type: DataType & { kind: 'timestamp' },
  field: Field,
): ColumnReader {
  const words = wordsOf(values);
  const factor = perMs[type.unit];
  const scale = type.unit === 's' ? 1_000 : 1;
  return (row) => {
    const time = readDivided(words, row, factor) * scale;
    if (!Number.isNaN(time)) return dateOf(time, field, row);
    throw unreadable(
      field,
      row,
      `${values[row]} ${type.unit} is finer than the milliseconds of a Date`,
      adviceBigint,
    );
  };
}

function dateOf(time: number, field: Field, row: number): Date {
  if (time <= maxTimeMs && time >= -maxTimeMs) return new Date(time);
  throw unreadable(field, row, `${time} ms since 1970 lies beyond the range of a Date`, adviceBigint);
}

/** Each string is decoded once per batch, when a row first needs it. */
function dictionaryReader(column: ColumnData): ColumnReader {
  const codes = column.values as Int32Array;
  const { dictionary } = column;
  if (dictionary === null) return () => null;
  const decode = utf8Reader(dictionary.values, dictionary.offsets, dictionary.length);
  const decoded: (string | undefined)[] = new Array(dictionary.length).fill(undefined);
  return (row) => {
    const code = codes[row] as number;
    let text = decoded[code];
    if (text === undefined) {
      text = decode(code);
      decoded[code] = text;
    }
    return text;
  };
}
