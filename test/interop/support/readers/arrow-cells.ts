// Owns taking values out of Arrow columns as they lie there, without the conversions of Arrow's accessors.
import { type Table as ArrowTable, type Data, DataType as Is, type Vector } from 'apache-arrow';
import type { CellValue, Table } from '../table.js';

/** The columns named in `table`, physical values. */
export function arrowCells(read: ArrowTable, table: Table): CellValue[][] {
  return table.columns.map(({ name }) => {
    const vector: Vector | null = read.getChild(name);
    if (vector === null) throw new Error(`Arrow has no column ${JSON.stringify(name)}.`);
    return vector.data.flatMap((data) => cellsOf(data, vector));
  });
}

function cellsOf(data: Data, vector: Vector): CellValue[] {
  const { type, length, offset, nullBitmap } = data;
  const isValid = (row: number): boolean => {
    const bit = offset + row;
    return (
      nullBitmap === undefined ||
      nullBitmap.length === 0 ||
      (((nullBitmap[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1
    );
  };
  const each = (value: (row: number) => CellValue | undefined): CellValue[] =>
    Array.from({ length }, (_, row) => (isValid(row) ? (value(row) ?? null) : null));
  const words = data.values as ArrayLike<CellValue>; // numbers or bigints, by the types asked for beneath
  if (Is.isInt(type) || Is.isFloat(type) || Is.isTimestamp(type) || Is.isDate(type))
    return each((row) => words[row]);
  if (Is.isBool(type)) {
    const bits: Uint8Array = data.values;
    return each((row) => (((bits[(offset + row) >> 3] ?? 0) >> ((offset + row) & 7)) & 1) === 1);
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  if (Is.isUtf8(type) || Is.isLargeUtf8(type)) {
    const offsets: Int32Array | BigInt64Array = data.valueOffsets;
    const bytes: Uint8Array = data.values;
    return each((row) => decoder.decode(bytes.subarray(Number(offsets[row]), Number(offsets[row + 1]))));
  }
  // Views and dictionaries: Arrow's own accessor, which gives strings.
  const piece = vector.data.length === 1 ? vector : vector.slice(...rangeOf(vector, data));
  return each((row) => {
    const value: unknown = piece.get(row);
    if (typeof value === 'string') return value;
    throw new Error(`Arrow gives ${typeof value} for ${String(type)}, which no column type of ours becomes.`);
  });
}

function rangeOf(vector: Vector, data: Data): [number, number] {
  let start = 0;
  for (const one of vector.data) {
    if (one === data) break;
    start += one.length;
  }
  return [start, start + data.length];
}
