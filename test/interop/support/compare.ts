// Owns the comparison of what a reader gives with what was written.
import type { Reader } from './readers/reader.js';
import type { CellValue, Table } from './table.js';

/** The first difference in words, or undefined. NaN equals NaN, and -0 is not 0. */
export function difference(
  table: Table,
  read: readonly (readonly CellValue[])[],
  readable: Reader['readable'],
): string | undefined {
  for (const [at, { name, type, values }] of table.columns.entries()) {
    const cells = read[at] ?? [];
    if (cells.length !== values.length) return `column ${name} has ${cells.length} rows of ${values.length}`;
    for (let row = 0; row < values.length; row++) {
      const value = values[row] ?? null;
      const wanted = readable === undefined ? value : readable(value, type);
      const found = cells[row];
      if (!Object.is(wanted, found))
        return `column ${name}, row ${row}: ${shown(found)} instead of ${shown(wanted)}`;
    }
  }
  return undefined;
}

const longest = 60;

function shown(value: CellValue | undefined): string {
  if (typeof value === 'string') {
    const text = JSON.stringify(value);
    return text.length <= longest ? text : `${text.slice(0, longest)}... (${value.length} characters)`;
  }
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : String(value);
}
