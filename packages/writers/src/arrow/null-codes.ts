// Owns the codes that lie under nulls: they may be anything, but some readers look at them all the same.
import { type ColumnData, TailraceError } from '@tailrace/core/sink';

/** The column with code 0 under its nulls, where what lies there is no code of its dictionary. */
export function withCodesInRange(column: ColumnData): ColumnData {
  const { dictionary, nullCount } = column;
  const codes = column.values as Int32Array; // the buffer of every dictionary column
  if (dictionary === null) throw withoutDictionary();
  if (nullCount === 0 || codes.every((code) => code >= 0 && code < dictionary.length)) return column;
  return { ...column, values: codes.map((code) => (code >= 0 && code < dictionary.length ? code : 0)) };
}

export function withoutDictionary(): TailraceError {
  return new TailraceError(
    'A dictionary column came without its dictionary; whoever made the batch must fix it.',
    {
      code: 'SCHEMA_INVALID',
      operation: 'encode arrow',
    },
  );
}
