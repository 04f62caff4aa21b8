// Owns the search for nulls within nested columns where none were declared: encoders would write what lies under them.
import { type ColumnData, type Field, type InnerColumn, innerColumns } from '@tailrace/core/sink';

type IsSeen = (row: number) => boolean;

/** The path to a column within this one that has a null, though it is declared without; undefined when there is none. */
export function innerNull(field: Field, column: ColumnData, rows: number): string | undefined {
  // Counts tell nearly always; what lies under a null of an outer column may be anything, so that else each is looked at.
  return mayHave(field, column, rows) ? seenNull(field, column, rows, field.name, () => true) : undefined;
}

function mayHave({ type }: Field, column: ColumnData, rows: number): boolean {
  return innerColumns(type, column, rows).some(
    (inner) =>
      (!inner.field.nullable && inner.column.nullCount > 0) || mayHave(inner.field, inner.column, inner.rows),
  );
}

function seenNull(
  { type }: Field,
  column: ColumnData,
  rows: number,
  path: string,
  isSeen: IsSeen,
): string | undefined {
  const isHeld: IsSeen = (row) => isSeen(row) && isValid(column, row);
  for (const inner of innerColumns(type, column, rows)) {
    const seen = seenWithin(type.kind, column, rows, inner, isHeld);
    const name = type.kind === 'struct' ? `${path}.${inner.field.name}` : `${path}[]`;
    if (!inner.field.nullable && inner.column.nullCount > 0) {
      for (let row = 0; row < inner.rows; row++) if (!isValid(inner.column, row) && seen(row)) return name;
    }
    const deeper = seenNull(inner.field, inner.column, inner.rows, name, seen);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** Which rows of a column within belong to a row that is not null. */
function seenWithin(
  kind: Field['type']['kind'],
  { offsets }: ColumnData,
  rows: number,
  inner: InnerColumn,
  isHeld: IsSeen,
): IsSeen {
  if (kind === 'struct') return isHeld;
  const seen = new Uint8Array(inner.rows);
  const size = rows === 0 ? 0 : inner.rows / rows;
  for (let row = 0; row < rows; row++) {
    // In range: there is one offset more than rows; where there are none, all lists are of one length.
    const from = offsets === null ? row * size : (offsets[row] as number);
    const to = offsets === null ? from + size : (offsets[row + 1] as number);
    if (isHeld(row)) seen.fill(1, from, to);
  }
  return (row) => seen[row] === 1;
}

function isValid({ nullCount, validity }: ColumnData, row: number): boolean {
  return nullCount === 0 || validity === null || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1; // in range
}
