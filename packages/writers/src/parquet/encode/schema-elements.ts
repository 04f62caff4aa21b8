// Owns the schema as the footer of a Parquet file has it: physical types, and what they mean.
import type { DataType, Schema, TimeUnit } from '@tailrace/core/sink';
import { physicalType } from './format-numbers.js';
import { storageOf } from './storage.js';
import type { CompactWriter } from './thrift.js';

const repetitions = { required: 0, optional: 1 } as const;
const convertedTypes = {
  utf8: 0,
  decimal: 5,
  date: 6,
  timeMillis: 7,
  timeMicros: 8,
  timestampMillis: 9,
  timestampMicros: 10,
  uint8: 11,
  uint16: 12,
  uint32: 13,
  uint64: 14,
  int8: 15,
  int16: 16,
} as const;
/** Fields of the union LogicalType. */
const logicalTypes = {
  string: 1,
  decimal: 5,
  date: 6,
  time: 7,
  timestamp: 8,
  integer: 10,
  float16: 15,
} as const;
/** Bits of integers that are not simply what the physical type says. */
const integerBits = {
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
} as const;
/** Fields of the union TimeUnit. */
const timeUnits: Partial<Record<TimeUnit, number>> = { ms: 1, us: 2, ns: 3 };

/**
 * Writes the list of SchemaElement: a root, and the columns as its children.
 * @param fieldIds by the name of the column
 */
export function writeSchema(
  fields: CompactWriter,
  field: number,
  schema: Schema,
  fieldIds: ReadonlyMap<string, number> = new Map(),
): void {
  const columns = schema.fields.map((column) => (): void => {
    fields.i32(1, physicalType(column.type));
    const storage = storageOf(column.type);
    if (storage.form === 'fixed') fields.i32(2, storage.bytes);
    fields.i32(3, column.nullable ? repetitions.optional : repetitions.required);
    fields.text(4, column.name);
    const converted = convertedType(column.type);
    if (converted !== undefined) fields.i32(6, converted);
    if (column.type.kind === 'decimal') {
      fields.i32(7, column.type.scale);
      fields.i32(8, column.type.precision);
    }
    const id = fieldIds.get(column.name);
    if (id !== undefined) fields.i32(9, id);
    writeLogicalType(fields, 10, column.type);
  });
  const root = (): void => {
    fields.text(4, 'schema');
    fields.i32(5, columns.length);
  };
  fields.structs(field, [root, ...columns], (write) => write());
}

/** What old readers go by. Local times have it too, as LogicalTypes.md asks: those readers know no difference. */
function convertedType(type: DataType): number | undefined {
  switch (type.kind) {
    case 'utf8':
    case 'dictionary':
      return convertedTypes.utf8;
    case 'date':
      return convertedTypes.date;
    case 'decimal':
    case 'int8':
    case 'int16':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      return convertedTypes[type.kind];
    case 'time':
      if (type.unit === 'ms') return convertedTypes.timeMillis;
      return type.unit === 'us' ? convertedTypes.timeMicros : undefined;
    case 'timestamp':
      if (type.unit === 'ms') return convertedTypes.timestampMillis;
      return type.unit === 'us' ? convertedTypes.timestampMicros : undefined;
    default:
      return undefined;
  }
}

function writeLogicalType(fields: CompactWriter, field: number, type: DataType): void {
  const empty = (): void => undefined;
  switch (type.kind) {
    case 'utf8':
    case 'dictionary':
      fields.struct(field, () => fields.struct(logicalTypes.string, empty));
      return;
    case 'date':
      fields.struct(field, () => fields.struct(logicalTypes.date, empty));
      return;
    case 'float16':
      fields.struct(field, () => fields.struct(logicalTypes.float16, empty));
      return;
    case 'decimal':
      fields.struct(field, () =>
        fields.struct(logicalTypes.decimal, () => {
          fields.i32(1, type.scale);
          fields.i32(2, type.precision);
        }),
      );
      return;
    case 'int8':
    case 'int16':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      fields.struct(field, () =>
        fields.struct(logicalTypes.integer, () => {
          fields.i8(1, integerBits[type.kind]);
          fields.bool(2, type.kind.startsWith('int'));
        }),
      );
      return;
    case 'time': {
      const unit = timeUnits[type.unit];
      if (unit === undefined) return; // as for timestamps
      fields.struct(field, () =>
        fields.struct(logicalTypes.time, () => {
          // A time of day has no zone.
          fields.bool(1, false);
          fields.struct(2, () => fields.struct(unit, empty));
        }),
      );
      return;
    }
    case 'timestamp': {
      const unit = timeUnits[type.unit];
      if (unit === undefined) return; // seconds: they were made milliseconds before they came here
      fields.struct(field, () =>
        fields.struct(logicalTypes.timestamp, () => {
          fields.bool(1, type.timezone !== null);
          fields.struct(2, () => fields.struct(unit, empty));
        }),
      );
      return;
    }
    default:
      return;
  }
}
