// Owns the check that a batch is what was declared: encoders run it before a batch goes in, as libraries skip misfits silently.
import type { Batch, Schema } from '@tailrace/core/sink';
import { batchData, describeSchema, sameType, TailraceError } from '@tailrace/core/sink';
import { innerNull } from './inner-nulls.js';

/** Throws SCHEMA_INVALID when names, order, types or nulls of the batch are not those of `declared`, nested ones included. */
export function ensureSchema(declared: Schema, batch: Batch<unknown>): void {
  const fields = batch.schema.fields;
  if (batch.schema !== declared) {
    const same =
      fields.length === declared.fields.length &&
      declared.fields.every((field, index) => {
        const other = fields[index];
        return other !== undefined && other.name === field.name && sameType(other.type, field.type);
      });
    if (!same) {
      throw new TailraceError(
        `A batch has the columns (${describeSchema(batch.schema)}) where the output declares ` +
          `(${describeSchema(declared)}). Make the stage emit one schema.`,
        { code: 'SCHEMA_INVALID', operation: 'encode batch' },
      );
    }
  }
  const { columns, rows } = batchData(batch);
  declared.fields.forEach((field, index) => {
    const column = columns[index];
    const within = column === undefined ? undefined : innerNull(field, column, rows);
    if (within !== undefined) {
      throw new TailraceError(
        `Column "${within}" holds null but is declared without; declare it with nullable(...).`,
        { code: 'SCHEMA_INVALID', operation: 'encode batch', context: { column: within } },
      );
    }
    const nulls = column?.nullCount ?? 0;
    if (nulls === 0 || field.nullable) return;
    throw new TailraceError(
      `Column "${field.name}" has ${nulls} nulls but is declared without; declare it with nullable(...).`,
      { code: 'SCHEMA_INVALID', operation: 'encode batch', context: { column: field.name, nulls } },
    );
  });
}
