// Owns which types the encoder of this package takes; files with others are written by parquet-wasm.
import { type DataType, describeType, type Schema, TailraceError } from '@tailrace/core/sink';
import { refusalOf } from '../types/mapping.js';
import { parquetTypes } from '../types/parquet-types.js';

/** Whether the encoder of this package takes all columns. */
export function isOwnSchema(schema: Schema): boolean {
  return schema.fields.every(({ type }) => refusalOf(parquetTypes, type) === undefined);
}

/** For types that `isOwnSchema` keeps from coming here. */
export function notOwn(type: DataType): TailraceError {
  return new TailraceError(
    `The engine tailrace does not write ${describeType(type)}. Declare the output with parquet(...), which ` +
      'chooses an engine that does.',
    { code: 'SCHEMA_INVALID', operation: 'encode parquet', context: { type: describeType(type) } },
  );
}
