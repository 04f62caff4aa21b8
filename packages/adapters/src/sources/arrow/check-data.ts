// Owns the check that the buffers of a batch hold what its lengths say, before values are read from them: the library cuts what leads
// beyond the bytes of a message, and would give undefined for values that are not there.
import { isUtf8 } from 'node:buffer';
import type { DataType, Field } from '@tailrace/core';
import { layoutOf } from '@tailrace/core/sink';
import type { Data } from 'apache-arrow';

/**
 * @param rows that the column must have
 * @param maxRows that any column within it may have
 * @throws RangeError saying what is wrong, as the end of a sentence that begins with the column
 */
export function checkData(field: Field, data: Data, rows: number, maxRows: number): void {
  if (data.length !== rows || rows > maxRows)
    throw new RangeError(`is said to have ${data.length} rows of ${rows}`);
  // Arrow has no bitmap for columns of nulls, and writers leave it out where no value is null.
  const bitmap: Uint8Array | undefined = data.nullBitmap;
  if (field.type.kind !== 'null' && bitmap !== undefined && bitmap.length > 0) {
    ensure((data.offset & 7) + rows <= bitmap.length * 8, 'has too few bits for its nulls');
  } else if (field.type.kind !== 'null') {
    ensure(data.nullCount === 0, 'has nulls but no bits for them');
  }
  checkValues(field.type, data, rows, maxRows);
}

function checkValues(type: DataType, data: Data, rows: number, maxRows: number): void {
  const layout = layoutOf(type);
  const held = (data.values as { readonly length: number } | undefined)?.length ?? 0; // a typed array, where there is one
  const children: readonly Data[] = data.children;
  switch (layout.form) {
    case 'nothing':
      return;
    case 'bits':
      ensure(rows <= held * 8, 'has too few values');
      return;
    case 'fixed':
      ensure(rows * layout.perRow <= held, 'has too few values');
      return;
    case 'bytes': {
      const offsets = offsetsOf(data, rows);
      ensure(isRising(offsets, rows, held), 'has offsets that lead beyond its bytes');
      if (type.kind === 'utf8')
        ensure(isText(data.values as Uint8Array, offsets, rows), 'has text that is not UTF-8');
      return;
    }
    case 'codes': {
      ensure(rows <= held, 'has too few codes');
      checkDictionary(data, rows, maxRows);
      return;
    }
    case 'list': {
      const [items] = children;
      const offsets = offsetsOf(data, rows);
      ensure(
        items !== undefined && isRising(offsets, rows, items.length),
        'has offsets that lead beyond its items',
      );
      if (items !== undefined) checkData(layout.item, items, items.length, maxRows);
      return;
    }
    case 'fixed list': {
      const [items] = children;
      ensure(items !== undefined && items.length >= rows * layout.size, 'has too few items');
      if (items !== undefined) checkData(layout.item, items, items.length, maxRows);
      return;
    }
    case 'struct':
      for (const [at, inner] of layout.fields.entries()) {
        const child = children[at];
        ensure(child !== undefined && child.length >= rows, 'has too few values within');
        if (child !== undefined) checkData(inner, child, child.length, maxRows);
      }
  }
}

type Offsets = Int32Array | BigInt64Array;

function offsetsOf(data: Data, rows: number): Offsets {
  const offsets: Offsets | undefined = data.valueOffsets;
  ensure(rows === 0 || (offsets !== undefined && offsets.length > rows), 'has too few offsets');
  return offsets ?? new Int32Array(1);
}

function isRising(offsets: Offsets, rows: number, most: number): boolean {
  let last = Number(offsets[0] ?? 0);
  if (last < 0) return false;
  for (let row = 1; row <= rows; row++) {
    const next = Number(offsets[row]);
    if (next < last) return false;
    last = next;
  }
  return last <= most;
}

/** Every string by itself: none begins in the middle of a character. */
function isText(bytes: Uint8Array, offsets: Offsets, rows: number): boolean {
  const end = Number(offsets[rows] ?? 0);
  if (!isUtf8(bytes.subarray(Number(offsets[0] ?? 0), end))) return false;
  for (let row = 1; row < rows; row++) {
    const at = Number(offsets[row]);
    if (at < end && ((bytes[at] ?? 0) & 0xc0) === 0x80) return false;
  }
  return true;
}

function checkDictionary(data: Data, rows: number, maxRows: number): void {
  const pieces: readonly Data[] = data.dictionary?.data ?? [];
  let entries = 0;
  for (const piece of pieces) {
    checkData({ name: '', type: { kind: 'utf8' }, nullable: false }, piece, piece.length, maxRows);
    entries += piece.length;
  }
  const codes = data.values as Int32Array | BigInt64Array; // of a dictionary
  const bitmap: Uint8Array | undefined = data.nullBitmap;
  const isNull = (row: number): boolean => {
    if (bitmap === undefined || bitmap.length === 0) return false;
    const at = data.offset + row;
    return (((bitmap[at >> 3] ?? 0) >> (at & 7)) & 1) === 0;
  };
  for (let row = 0; row < rows; row++) {
    const code = Number(codes[row]);
    ensure((code >= 0 && code < entries) || isNull(row), 'has codes that its dictionary has not');
  }
}

function ensure(holds: boolean, problem: string): void {
  if (!holds) throw new RangeError(problem);
}
