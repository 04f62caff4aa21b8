// Owns which Arrow type stands for which of ours, and the metadata that keeps what Arrow's types have no place for.
import type * as Arrow from 'apache-arrow';
import { type DataType, entriesOf, type Field, type Schema } from './schema.js';

/** The module `apache-arrow`, handed in by whoever has loaded it: core loads it only where it must. */
export type ArrowModule = typeof Arrow;

/** Key of the field metadata that keeps the JavaScript form of a column, where it is not the usual one. */
export const formKey = 'tailrace.js';
/** What stands there for a column of text that is a dictionary only because its strings were found to repeat. */
export const inferredText = 'utf8';
/** What stands there for floats that round. */
export const roundedFloats = 'round';

/** The Arrow schema of ours. JavaScript forms go into the metadata of the fields. */
export function arrowSchemaWith(arrow: ArrowModule, schema: Schema): Arrow.Schema {
  return new arrow.Schema(schema.fields.map((field, at) => arrowField(arrow, field, at)));
}

function arrowField(arrow: ArrowModule, field: Field, at: number): Arrow.Field {
  const { type } = field;
  const form = formOf(type);
  const metadata = form === undefined ? null : new Map([[formKey, form]]);
  return new arrow.Field(field.name, arrowType(arrow, type, at), field.nullable, metadata);
}

/** What `formKey` stands for in the metadata of a column of this type; undefined for most. */
export function formOf(type: DataType): string | undefined {
  switch (type.kind) {
    case 'dictionary':
      return type.inferred === true ? inferredText : undefined;
    case 'float16':
    case 'float32':
      return type.round === true ? roundedFloats : undefined;
    case 'int64':
    case 'uint64':
    case 'timestamp':
    case 'duration':
    case 'decimal':
      return type.js;
    default:
      return undefined;
  }
}

/** @param at number of the column: the id of its dictionary, the same in every batch of a stream */
function arrowType(arrow: ArrowModule, type: DataType, at: number): Arrow.DataType {
  const inner = (field: Field): Arrow.Field => arrowField(arrow, field, at);
  switch (type.kind) {
    case 'bool':
      return new arrow.Bool();
    case 'int8':
      return new arrow.Int8();
    case 'int16':
      return new arrow.Int16();
    case 'int32':
      return new arrow.Int32();
    case 'int64':
      return new arrow.Int64();
    case 'uint8':
      return new arrow.Uint8();
    case 'uint16':
      return new arrow.Uint16();
    case 'uint32':
      return new arrow.Uint32();
    case 'uint64':
      return new arrow.Uint64();
    case 'float16':
      return new arrow.Float16();
    case 'float32':
      return new arrow.Float32();
    case 'float64':
      return new arrow.Float64();
    case 'decimal':
      return new arrow.Decimal(type.scale, type.precision, type.bits);
    case 'timestamp':
      return new arrow.Timestamp(arrow.TimeUnit[arrowUnits[type.unit]], type.timezone);
    case 'date':
      return new arrow.DateDay();
    case 'time':
      return new arrow.Time(
        arrow.TimeUnit[arrowUnits[type.unit]],
        type.unit === 's' || type.unit === 'ms' ? 32 : 64,
      );
    case 'duration':
      return new arrow.Duration(arrow.TimeUnit[arrowUnits[type.unit]]);
    case 'utf8':
      return type.large === true ? new arrow.LargeUtf8() : new arrow.Utf8();
    case 'binary':
      return type.large === true ? new arrow.LargeBinary() : new arrow.Binary();
    case 'fixed_binary':
      return new arrow.FixedSizeBinary(type.width);
    case 'dictionary':
      return new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), at);
    case 'null':
      return new arrow.Null();
    case 'list':
      return type.large === true ? new arrow.LargeList(inner(type.item)) : new arrow.List(inner(type.item));
    case 'fixed_list':
      return new arrow.FixedSizeList(type.size, inner(type.item));
    case 'struct':
      return new arrow.Struct(type.fields.map(inner));
    case 'map':
      // The library types entries by their key and value; ours are known at run time only.
      return new arrow.Map_(inner(entriesOf(type)) as ConstructorParameters<typeof Arrow.Map_>[0]);
  }
}

const arrowUnits = { s: 'SECOND', ms: 'MILLISECOND', us: 'MICROSECOND', ns: 'NANOSECOND' } as const;
