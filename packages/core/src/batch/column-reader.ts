// Owns the way from one column back to JavaScript values, in the form that its type names.
import type { ColumnData } from './batch-data.js';
import { readDivided, readSafeInteger, wordsOf } from './int64-pairs.js';
import type { DataType, Field } from './schema.js';
import { utf8Reader } from './utf8-reader.js';
import { unreadable } from './value-error.js';

/** Reads one value of a column; null for nulls. */
export type ColumnReader = (row: number) => unknown;

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
    case 'int32': {
      const values = column.values as Int32Array;
      return (row) => values[row] as number;
    }
    case 'float64': {
      const values = column.values as Float64Array;
      return (row) => values[row] as number;
    }
    case 'int64':
      return integerReader(column.values as BigInt64Array, type.js, field);
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
    case 'dictionary':
      return dictionaryReader(column);
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
