// Owns what a column of a Parquet file is to rows: by its Parquet type, and by what its writer notes beside that. It reads no values.
import type { Field } from '@tailrace/core';
import type { Field as ArrowField } from 'apache-arrow';
import { ours } from '../columns/of-arrow.js';
import { isStoredAs } from '../columns/readable-as.js';
import { inForms, type ValueForms } from '../value-forms.js';

/**
 * The column as a schema has it; undefined for types that rows cannot hold.
 * @param stored as its Parquet type alone has it
 * @param noted as its writer says it was; what does not fit the Parquet type is not believed
 */
export function fieldOf(
  stored: ArrowField,
  noted: ArrowField | undefined,
  forms: ValueForms,
): Field | undefined {
  const field = ours(stored);
  if (field === undefined) return undefined;
  const note = noted && ours(noted);
  const type = note !== undefined && isStoredAs(note.type, field.type) ? note.type : field.type;
  return inForms({ ...field, type: inUtc(type) }, forms);
}

/** Writers that keep no zone but UTC call it so or by its offset. */
function inUtc(type: Field['type']): Field['type'] {
  return type.kind === 'timestamp' && type.timezone === '+00:00' ? { ...type, timezone: 'UTC' } : type;
}
