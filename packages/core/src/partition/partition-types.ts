// Owns which types of columns can name partition directories.
import { describeType, type Field, type Schema } from '../batch/schema.js';
import { TailraceError } from '../errors/tailrace-error.js';

const kinds: ReadonlySet<Field['type']['kind']> = new Set([
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float64',
  'date',
  'timestamp',
  'utf8',
  'dictionary',
]);

/** Throws SCHEMA_INVALID for a partition column whose values have no text that readers agree on. */
export function ensurePartitionTypes(schema: Schema, partitionBy: readonly string[]): void {
  for (const field of schema.fields) {
    if (partitionBy.includes(field.name) && !kinds.has(field.type.kind)) throw unnameable(field);
  }
}

export function unnameable({ name, type }: Field): TailraceError {
  return new TailraceError(
    `Column "${name}" is ${describeType(type)}, whose values cannot name partition directories. Partition by text, integers, ` +
      'float64, bool, dates or timestamps: add such a column in a stage.',
    {
      code: 'SCHEMA_INVALID',
      operation: 'check schema',
      context: { column: name, type: describeType(type) },
    },
  );
}
