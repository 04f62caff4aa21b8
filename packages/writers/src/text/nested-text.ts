// Owns nested values as text: arrays and objects, made of the cells of the columns within.
import { type ColumnData, type InnerColumn, innerColumns } from '@tailrace/core/sink';
import { type ColumnText, type PutCell, type ValueText, valueText } from './column-text.js';
import type { Dialect, Place } from './dialect.js';
import { putAscii, type TextTarget } from './text-target.js';

type MakeText = (
  place: Place,
  column: ColumnData,
  rows: number,
  dialect: Dialect,
  before: Uint8Array,
) => ColumnText;

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const bothBrackets = 2;

/** @param make makes the text of the columns within */
export function nestedText(
  place: Place,
  column: ColumnData,
  rows: number,
  dialect: Dialect,
  before: Uint8Array,
  make: MakeText,
): ValueText {
  const { type, name } = place.field;
  // Errors name the row of the file, whichever item they are about.
  const outer = place.outer ?? { row: 0 };
  const cell = (path: string, one: InnerColumn, lead: string): ColumnText =>
    make(
      { ...place, outer, field: { ...one.field, name: path } },
      one.column,
      one.rows,
      dialect,
      ascii(lead),
    );
  const marks = place.outer === undefined ? outer : undefined;
  const inner = innerColumns(type, column, rows);
  if (type.kind === 'struct') {
    const cells = inner.map((one, at) => {
      const key = JSON.stringify(one.field.name);
      return cell(`${name}.${one.field.name}`, one, `${at === 0 ? '' : ','}${key}:`);
    });
    return objects(before, cells, marks);
  }
  const [items] = inner;
  const { offsets } = column;
  const size = type.kind === 'fixed_list' ? type.size : 0;
  const startOf = (row: number): number => (offsets === null ? row * size : (offsets[row] as number)); // in range
  if (items === undefined) throw new TypeError(`no items in column ${name}`);
  if (type.kind !== 'map' || type.key.type.kind !== 'utf8') {
    return arrays(before, { cells: [cell(`${name}[]`, items, '')], startOf, marks, brackets: '[]' });
  }
  const [key, value] = innerColumns(items.field.type, items.column, items.rows);
  if (key === undefined || value === undefined) throw new TypeError(`no entries in column ${name}`);
  const cells = [cell(`${name}.key`, key, ''), cell(`${name}.value`, value, ':')];
  return arrays(before, { cells, startOf, marks, brackets: '{}' });
}

/** The value of a cell, or null, with what stands before it. */
function putCell(out: TextTarget, at: number, row: number, cell: ColumnText): number {
  const { validity, nullText, lead } = cell;
  const isValid = validity === null || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1; // in range
  if (!isValid && nullText !== null) return putBytes(out, at, nullText);
  return cell.put(out, putBytes(out, at, lead), row, cell.data);
}

function putBytes({ bytes }: TextTarget, at: number, text: Uint8Array): number {
  bytes.set(text, at);
  return at + text.length;
}

/** The row that is being written, for messages; only the outermost column sets it. */
type Marks = { row: number } | undefined;

interface Arrays {
  /** What one item is made of: itself, or a key and a value. */
  readonly cells: readonly ColumnText[];
  readonly startOf: (row: number) => number;
  readonly marks: Marks;
  readonly brackets: string;
}

function arrays(before: Uint8Array, data: Arrays): ValueText {
  const { cells, startOf } = data;
  const room = {
    // Not more items than all rows have together, each with its comma.
    widest: (from: number, to: number): number => {
      const [first, end] = [startOf(from), startOf(to)];
      if (first === end) return bothBrackets;
      const item = cells.reduce((sum, cell) => sum + cell.widest(first, end), 1);
      return bothBrackets + (end - first) * item;
    },
    bytes: (row: number): number => {
      let sum = bothBrackets;
      for (let at = startOf(row); at < startOf(row + 1); at++) {
        for (const cell of cells) sum += cell.bytes(at);
        sum += 1;
      }
      return sum;
    },
  };
  return valueText(before, room, putArray, data);
}

const putArray: PutCell<Arrays> = (out, at, row, { cells, startOf, marks, brackets }) => {
  if (marks !== undefined) marks.row = row;
  const from = startOf(row);
  const to = startOf(row + 1);
  let end = putAscii(out, at, brackets.charAt(0));
  for (let index = from; index < to; index++) {
    if (index > from) end = putAscii(out, end, ',');
    for (const cell of cells) end = putCell(out, end, index, cell);
  }
  return putAscii(out, end, brackets.charAt(1));
};

interface Objects {
  readonly cells: readonly ColumnText[];
  readonly marks: Marks;
}

function objects(before: Uint8Array, cells: readonly ColumnText[], marks: Marks): ValueText {
  const room = {
    widest: (from: number, to: number): number =>
      cells.reduce((sum, cell) => sum + cell.widest(from, to), bothBrackets),
    bytes: (row: number): number => cells.reduce((sum, cell) => sum + cell.bytes(row), bothBrackets),
  };
  const data: Objects = { cells, marks };
  return valueText(before, room, putObject, data);
}

const putObject: PutCell<Objects> = (out, at, row, { cells, marks }) => {
  if (marks !== undefined) marks.row = row;
  let end = putAscii(out, at, '{');
  for (const cell of cells) end = putCell(out, end, row, cell);
  return putAscii(out, end, '}');
};
