// Owns the names that parquetjs-lite does not keep: it has columns and metadata in plain objects.
import type { Schema, TailraceError } from '@tailrace/core/sink';
import { refusedColumn } from '../../types/refused-column.js';

/** An assignment to this property makes none. */
const swallowed = '__proto__';

/** Throws SCHEMA_INVALID for names that would be lost, or come in another order. */
export function checkNames(
  schema: Schema,
  metadata: readonly (readonly [key: string, text: string])[] = [],
): void {
  const names = schema.fields.map(({ name }) => name);
  const lost = names.includes(swallowed) || metadata.some(([key]) => key === swallowed);
  if (lost) throw refused(swallowed, `loses what is named ${swallowed}`);
  const kept = Object.keys(Object.fromEntries(names.map((name) => [name, true])));
  const moved = names.find((name, at) => kept[at] !== name);
  if (moved !== undefined)
    throw refused(moved, `would put column "${moved}" elsewhere, as names that are numbers come first`);
}

function refused(column: string, problem: string): TailraceError {
  return refusedColumn(
    column,
    `The Parquet engine parquetjs-lite ${problem}. Rename it, or leave out the option engine.`,
  );
}
