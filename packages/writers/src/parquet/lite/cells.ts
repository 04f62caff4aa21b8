// Owns the values of a column as parquetjs-lite takes them, and the refusal of those that it would change.
import { type ColumnData, type DataType, type Field, ValueError } from '@tailrace/core/sink';
import { hasNulls } from '../encode/coder.js';

/** Null for null. */
type Cell = boolean | number | string | Date | Uint8Array | null;

/** Throws VALUE_INVALID where the value would not come back as it is. */
export type CellReader = (row: number) => Cell;

export function cellReader({ name, type }: Field, column: ColumnData): CellReader {
  const refuse = (row: number, value: unknown, why: string): ValueError =>
    new ValueError(
      `Column "${name}" holds ${String(value)}, which the Parquet engine parquetjs-lite ${why}. Leave out the ` +
        'option engine, or change the value in a stage.',
      { operation: 'encode parquet', context: { column: name, rowInBatch: row } },
    );
  const read = valueReader(type, column, refuse);
  if (!hasNulls(column)) return read;
  const { validity } = column;
  // One bit per row: in range.
  return (row) => ((((validity[row >> 3] as number) >> (row & 7)) & 1) === 0 ? null : read(row));
}

type Refuse = (row: number, value: unknown, why: string) => ValueError;

const dayMs = 86_400_000;
/** Beyond it a Date has no value. */
const maxDateMs = 8_640_000_000_000_000;

function valueReader(type: DataType, column: ColumnData, refuse: Refuse): CellReader {
  const { values } = column;
  const numberAt = (row: number): number => values[row] as number; // of every type that is asked for with it
  switch (type.kind) {
    case 'bool':
      return (row) => ((numberAt(row >> 3) >> (row & 7)) & 1) === 1;
    case 'int64':
      return (row) => {
        const value = values[row] as bigint; // the buffer of every such column
        const near = Number(value);
        if (!Number.isSafeInteger(near)) throw refuse(row, value, 'rounds, as it is beyond 2^53');
        return near;
      };
    case 'float32':
    case 'float64':
      return (row) => {
        const value = numberAt(row);
        if (Number.isNaN(value)) throw refuse(row, value, 'cannot store');
        if (Object.is(value, -0)) throw refuse(row, '-0', 'stores as 0');
        return value;
      };
    case 'date':
      return (row) => {
        const days = numberAt(row);
        // As a Date, since it refuses negative numbers.
        if (Math.abs(days) > maxDateMs / dayMs) throw refuse(row, `day ${days}`, 'has no date for');
        return new Date(days * dayMs);
      };
    case 'timestamp':
      return (row) => {
        const value = values[row] as bigint; // the buffer of every timestamp column
        const ms = Number(value);
        if (Math.abs(ms) > maxDateMs) throw refuse(row, `${value} ms`, 'has no date for');
        return new Date(ms);
      };
    case 'utf8':
      return textReader(values as Uint8Array, column.offsets as Int32Array); // the buffers of text
    case 'dictionary': {
      const { dictionary } = column;
      if (dictionary === null) return () => null; // every such column has one
      const entry = textReader(dictionary.values, dictionary.offsets);
      return (row) => entry(numberAt(row));
    }
    case 'binary': {
      const bytes = values as Uint8Array; // the buffer of every such column
      const offsets = column.offsets as Int32Array; // the same
      return (row) => bytes.slice(offsets[row], offsets[row + 1]);
    }
    case 'fixed_binary': {
      const bytes = values as Uint8Array; // the buffer of every such column
      return (row) => bytes.slice(row * type.width, (row + 1) * type.width);
    }
    default:
      return numberAt;
  }
}

function textReader(bytes: Uint8Array, offsets: Int32Array): (at: number) => string {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (at) => all.toString('utf8', offsets[at], offsets[at + 1]);
}
