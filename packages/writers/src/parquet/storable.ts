// Owns what must change in a batch before Parquet can hold it: seconds become milliseconds. Everything else passes as it is.
import { type BatchData, type ColumnData, type Field, type Schema, ValueError } from '@tailrace/core/sink';

/** The schema as it is stored. */
export function storableSchema(schema: Schema): Schema {
  return {
    fields: schema.fields.map((field) =>
      inSeconds(field) ? { ...field, type: { ...field.type, unit: 'ms' } } : field,
    ),
  };
}

/** The batch under its stored schema; columns that need no change are shared with it. */
export function storable(data: BatchData, stored: Schema): BatchData {
  const columns = data.columns.map((column, index) => {
    const field = data.schema.fields[index];
    return field !== undefined && inSeconds(field) ? toMilliseconds(column, field) : column;
  });
  return { ...data, schema: stored, columns };
}

function inSeconds(field: Field): field is Field & { readonly type: { readonly kind: 'timestamp' } } {
  return field.type.kind === 'timestamp' && field.type.unit === 's';
}

const maxSeconds = (2n ** 63n - 1n) / 1000n;

function toMilliseconds(column: ColumnData, field: Field): ColumnData {
  const seconds = column.values as BigInt64Array; // the buffer of every timestamp column
  const { validity } = column;
  const values = new BigInt64Array(seconds.length);
  for (let row = 0; row < seconds.length; row++) {
    // What lies under a null is arbitrary. One bit per row: in range.
    if (validity !== null && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue;
    const value = seconds[row] as bigint;
    if (value > maxSeconds || value < -maxSeconds) {
      throw new ValueError(
        `Column "${field.name}" holds ${value} seconds; Parquet stores milliseconds in 64 bits, and that is too many.`,
        { operation: 'encode parquet', context: { column: field.name, rowInBatch: row } },
      );
    }
    values[row] = value * 1000n;
  }
  return { ...column, values };
}
