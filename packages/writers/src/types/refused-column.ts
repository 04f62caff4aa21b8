// Owns the error for a column that a format cannot write faithfully, found before anything is written.
import { type Schema, TailraceError } from '@tailrace/core/sink';

/** SCHEMA_INVALID about a column: `check` of a format throws it. */
export function refusedColumn(column: string, message: string): TailraceError {
  return new TailraceError(message, {
    code: 'SCHEMA_INVALID',
    operation: 'check schema',
    context: { column },
  });
}

/**
 * The first name that two columns have. Pipelines refuse such schemas themselves; a format may be asked by others, and most
 * readers would lose a column without a word.
 */
export function nameOfTwo({ fields }: Schema): string | undefined {
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name)) return name;
    names.add(name);
  }
  return undefined;
}
