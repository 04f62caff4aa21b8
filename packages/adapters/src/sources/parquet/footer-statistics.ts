// Owns what a footer notes of the values of a column chunk: their bounds, their nulls, and the order that the bounds are in.
// Metadata: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
import { readBytes, readInteger, readStruct, type ThriftField, thriftType } from './thrift.js';

/** Bounds as they are stored: no value of the chunk lies outside of them, NaN excepted. */
export interface ChunkStatistics {
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  readonly nulls: number | undefined;
}

/** Field ids of a SchemaElement. */
const elementMeta = { converted: 6, logical: 10 } as const;
/** `max` and `min` (1 and 2) are of writers that did not agree on an order. */
const statisticsMeta = { nulls: 3, max: 5, min: 6 } as const;
/** UINT_8 to UINT_64 of ConvertedType; and INTEGER, whose sign is its second field, of LogicalType. */
const unsignedConverted = [11, 14] as const;
const integerLogical = { integer: 10, isSigned: 2 } as const;
/** Whether the numbers of a column are ordered as unsigned ones. */
export function isUnsigned(bytes: Uint8Array, element: Map<number, ThriftField>): boolean {
  const converted = element.get(elementMeta.converted);
  if (converted !== undefined) {
    const [first, last] = unsignedConverted;
    const kind = readInteger(bytes, converted);
    return kind >= first && kind <= last;
  }
  const logical = element.get(elementMeta.logical);
  const integer =
    logical === undefined ? undefined : readStruct(bytes, logical.start).get(integerLogical.integer);
  const sign =
    integer === undefined ? undefined : readStruct(bytes, integer.start).get(integerLogical.isSigned);
  // A boolean's value is the type of its field.
  return sign?.type === thriftType.false;
}

/** From the `statistics` of a column chunk. */
export function readStatistics(
  bytes: Uint8Array,
  field: ThriftField | undefined,
): ChunkStatistics | undefined {
  if (field === undefined) return undefined;
  const struct = readStruct(bytes, field.start);
  const [nulls, min, max] = [statisticsMeta.nulls, statisticsMeta.min, statisticsMeta.max].map((id) =>
    struct.get(id),
  );
  return {
    nulls: nulls === undefined ? undefined : readInteger(bytes, nulls),
    min: min === undefined ? undefined : readBytes(bytes, min),
    max: max === undefined ? undefined : readBytes(bytes, max),
  };
}
