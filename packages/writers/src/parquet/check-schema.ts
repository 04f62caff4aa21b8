// Owns the check of a schema that holds for Parquet whatever engine writes it.
import { type Schema, TailraceError } from '@tailrace/core/sink';
import { refusedColumn } from '../types/refused-column.js';

/** Throws SCHEMA_INVALID for columns that readers of Parquet cannot tell apart, or none at all. */
export function checkSchema(schema: Schema): void {
  const names = new Set<string>();
  for (const { name } of schema.fields) {
    if (name !== '' && !names.has(name)) {
      names.add(name);
      continue;
    }
    const problem = name === '' ? 'A column has no name' : `Two columns are named "${name}"`;
    throw refusedColumn(name, `${problem}, which readers of Parquet cannot tell apart; rename it.`);
  }
  if (names.size === 0) {
    throw new TailraceError(
      'A Parquet file needs at least one column. Declare the schema of the stage, as none could be inferred without rows.',
      { code: 'SCHEMA_INVALID', operation: 'check schema' },
    );
  }
}
