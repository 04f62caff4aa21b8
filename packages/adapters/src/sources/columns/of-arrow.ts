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
