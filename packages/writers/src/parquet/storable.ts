// Owns what must change in a batch before Parquet can hold it: seconds become milliseconds. Everything else passes as it is.
import {
  type BatchData,
  type ColumnData,
  type DataType,
  entriesOf,
  type Field,
  innerColumns,
  type Schema,
  ValueError,
} from '@tailrace/core/sink';

/** The schema as it is stored. */
export function storableSchema(schema: Schema): Schema {
  return { fields: schema.fields.map(storableField) };
}

function storableField(field: Field): Field {
  return hasSeconds(field.type) ? { ...field, type: storableType(field.type) } : field;
}

function storableType(type: DataType): DataType {
  switch (type.kind) {
    case 'timestamp':
    case 'time':
    case 'duration':
      return { ...type, unit: 'ms' };
    case 'list':
    case 'fixed_list':
      return { ...type, item: storableField(type.item) };
    case 'struct':
      return { ...type, fields: type.fields.map(storableField) };
    case 'map':
      return { ...type, key: storableField(type.key), value: storableField(type.value) };
    default:
      return type;
  }
}

/** Whether anything in it counts seconds, of which Parquet has none. */
function hasSeconds(type: DataType): boolean {
  switch (type.kind) {
    case 'timestamp':
    case 'time':
    case 'duration':
      return type.unit === 's';
    case 'list':
    case 'fixed_list':
      return hasSeconds(type.item.type);
    case 'struct':
      return type.fields.some((field) => hasSeconds(field.type));
    case 'map':
      return hasSeconds(entriesOf(type).type);
    default:
      return false;
  }
}

/** The batch under its stored schema; columns that need no change are shared with it. */
export function storable(data: BatchData, stored: Schema): BatchData {
  const columns = data.columns.map((column, index) => {
    const field = data.schema.fields[index];
    return field === undefined ? column : storableColumn(column, field, data.rows);
  });
  return { ...data, schema: stored, columns };
}

function storableColumn(column: ColumnData, field: Field, rows: number): ColumnData {
  if (!hasSeconds(field.type)) return column;
  if (column.children === undefined) return toMilliseconds(column, field);
  const children = innerColumns(field.type, column, rows).map((inner) =>
    storableColumn(inner.column, { ...inner.field, name: `${field.name}.${inner.field.name}` }, inner.rows),
  );
  return { ...column, children };
}

const maxSeconds = (2n ** 63n - 1n) / 1000n;

function toMilliseconds(column: ColumnData, field: Field): ColumnData {
  // Times of day, which stay within 32 bits.
  if (column.values instanceof Int32Array)
    return { ...column, values: column.values.map((value) => value * 1000) };
  const seconds = column.values as BigInt64Array; // the buffer of every other column in seconds
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
