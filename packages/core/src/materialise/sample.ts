// Owns the first rows of a stage whose schema is not declared, until its columns are known.
import type { Schema } from '../batch/schema.js';
import { createInference } from './infer.js';
import { type RowSite, unreadableRow } from './row-site.js';

export interface Sample {
  /** Takes a row; throws as inference does, leaving the row out. */
  add(item: unknown): void;
  /** True when it holds enough rows, or enough bytes. */
  readonly full: boolean;
  /** As `Inference.finish`. */
  schema(findRepeats: boolean): Schema;
  readonly rows: readonly unknown[];
}

/** What a value of fixed size is reckoned at. */
const valueBytes = 8;

/**
 * Makes a sample of at most `maxRows` rows or about `maxBytes` bytes of values. Rows are held as shallow copies, because
 * a stage may fill the same object again for its next row.
 */
export function createSample(site: RowSite, maxRows: number, maxBytes: number): Sample {
  const inference = createInference(site);
  const rows: unknown[] = [];
  let bytes = 0;
  return {
    add(item) {
      let copy: Record<string, unknown>;
      try {
        inference.add(item);
        // Inference has made sure that it is an object; the copy has what `for in` sees, as the columns have.
        copy = copyOf(item as Record<string, unknown>);
      } catch (error) {
        throw unreadableRow(site, error);
      }
      for (const name in copy) {
        const value = copy[name];
        bytes += typeof value === 'string' ? value.length : valueBytes;
      }
      rows.push(copy);
    },
    get full() {
      return rows.length >= maxRows || bytes >= maxBytes;
    },
    schema: (findRepeats) => inference.finish(findRepeats),
    rows,
  };
}

/** A plain object, as rows are: the code that writes columns then sees objects of no other kind than later. */
function copyOf(item: Record<string, unknown>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const name in item) {
    // An assignment would set the prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, { value: item[name], enumerable: true });
    else copy[name] = item[name];
  }
  return copy;
}
