// Owns what a column that Arrow describes is to rows.
import { type Field, isTailraceError } from '@tailrace/core';
import { schemaWith } from '@tailrace/core/sink';
import * as arrow from 'apache-arrow';

/** The column as a schema has it; undefined for types that rows cannot hold. */
export function ours(field: arrow.Field): Field | undefined {
  try {
    return schemaWith(arrow, new arrow.Schema([field])).fields[0];
  } catch (error) {
    if (isTailraceError(error) && error.code === 'SCHEMA_INVALID') return undefined;
    throw error;
  }
}

/** What the type of a column is called that rows cannot hold; of damaged ones the library itself has no text. */
export function refusedType(field: arrow.Field): string {
  try {
    schemaWith(arrow, new arrow.Schema([field]));
  } catch (error) {
    if (isTailraceError(error) && typeof error.context.type === 'string') return error.context.type;
    throw error;
  }
  return String(field.type);
}
