// Owns the notice of columns that are asked for and that text files without a schema do not have: only their rows can tell.
import { TailraceError } from '@tailrace/core';
import type { DatasetPlan } from './plan.js';
import { type AnyPredicate, columnsOf } from './predicate.js';

/** One reading of a dataset. */
export interface ColumnWatch {
  /** Throws SCHEMA_INVALID when the rows of a CSV file, which all have the columns of its header, lack one that is asked for. */
  look(file: string, rows: readonly object[]): void;
  /** Throws SCHEMA_INVALID when no row of any file had a column that is asked for: lines of NDJSON may leave columns out. */
  finish(): void;
}

/** @param path of the dataset; undefined is returned where the columns are known, or none is asked for */
export function watchColumns(
  path: string,
  { format, fields, partitionFields }: DatasetPlan,
  columns: readonly string[] | undefined,
  where: AnyPredicate | undefined,
): ColumnWatch | undefined {
  if (fields !== undefined) return undefined;
  const partition = new Set(partitionFields.map(({ name }) => name));
  const wanted = new Set([...(columns ?? []), ...(where === undefined ? [] : columnsOf(where))]);
  const missing = new Set([...wanted].filter((name) => !partition.has(name)));
  if (missing.size === 0) return undefined;
  const asked = [...missing];
  const known = new Set<string>();
  let rowsSeen = 0;

  const refuse = (file: string, name: string, names: Iterable<string>): TailraceError => {
    const shown = Array.from(names, (one) => `'${one}'`).join(', ');
    return new TailraceError(`'${file}' has no column '${name}'; its columns are ${shown}.`, {
      code: 'SCHEMA_INVALID',
      operation: 'read dataset',
      context: { path: file, column: name },
    });
  };
  return {
    look(file, rows) {
      const [first] = rows;
      if (first === undefined) return;
      rowsSeen += rows.length;
      if (format === 'csv') {
        const absent = asked.find((name) => !Object.hasOwn(first, name));
        if (absent !== undefined) throw refuse(file, absent, Object.keys(first));
        missing.clear();
        return;
      }
      for (const name of Object.keys(first).slice(0, 100)) known.add(name);
      for (const name of missing) if (rows.some((row) => Object.hasOwn(row, name))) missing.delete(name);
    },
    finish() {
      const [absent] = missing;
      if (absent !== undefined && rowsSeen > 0) throw refuse(path, absent, known);
    },
  };
}
