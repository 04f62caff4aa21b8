// Owns the schema as the footer of a Parquet file has it: physical types, and what they mean.
import type { DataType, Schema, TimeUnit } from '@tailrace/core/sink';
import { physicalType } from './format-numbers.js';
import type { CompactWriter } from './thrift.js';

const repetitions = { required: 0, optional: 1 } as const;
const convertedTypes = { utf8: 0, date: 6, timestampMillis: 9, timestampMicros: 10 } as const;
/** Fields of the union LogicalType. */
const logicalTypes = { string: 1, date: 6, timestamp: 8 } as const;
/** Fields of the union TimeUnit. */
const timeUnits: Partial<Record<TimeUnit, number>> = { ms: 1, us: 2, ns: 3 };

/** Writes the list of SchemaElement: a root, and the columns as its children. */
export function writeSchema(fields: CompactWriter, field: number, schema: Schema): void {
  const columns = schema.fields.map((column) => (): void => {
    fields.i32(1, physicalType(column.type));
    fields.i32(3, column.nullable ? repetitions.optional : repetitions.required);
    fields.text(4, column.name);
    const converted = convertedType(column.type);
    if (converted !== undefined) fields.i32(6, converted);
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
