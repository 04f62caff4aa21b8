// Owns the conversion of Arrow's record batches to ours: buffers as they lie, moved or cut where the layout differs.
import type * as Arrow from 'apache-arrow';
import { type ArrowForms, refused, schemaWith } from './arrow-schema.js';
import type { ArrowModule } from './arrow-types.js';
import type { BatchData, ColumnData, ColumnValues, DictionaryData } from './batch-data.js';
import { layoutOf } from './layout.js';
import { packData } from './pack.js';
import type { Field } from './schema.js';

/** Gives shared memory of exactly or at least so many bytes. */
export type Allocate = (bytes: number) => SharedArrayBuffer;

/**
 * A copy of a record batch in shared memory.
 * @param allocate called once, with the bytes of the whole batch
 */
export function batchDataWith(
  arrow: ArrowModule,
  batch: Arrow.RecordBatch,
  forms: ArrowForms = {},
  allocate: Allocate = (bytes) => new SharedArrayBuffer(bytes),
): BatchData {
  const schema = schemaWith(arrow, batch.schema, forms);
  const rows = batch.numRows;
  const columns = schema.fields.map((field, at): ColumnData => {
    const data = batch.data.children[at];
    if (data === undefined) throw refused(field.name, 'none', 'the batch has no such column');
    return columnDataOf(field, data, rows);
  });
  return packData({ schema, rows, bytes: 0, columns }, allocate);
}

const noValues = new Uint8Array(0);

/**
 * The column on Arrow's own memory where the layout is ours, moved where it is not. For readers of one thread: that memory need
 * not be shared.
 * @param field of the type that `schemaWith` makes of the column's
 */
export function columnDataOf(field: Field, data: Arrow.Data, rows: number): ColumnData {
  const layout = layoutOf(field.type);
  const bitmap = data.nullBitmap as Uint8Array | undefined;
  // Of a slice the library counts nulls when it is asked, and does not when there is no bitmap to count in.
  const nullCount = rows === 0 || bitmap === undefined || bitmap.length === 0 ? 0 : data.nullCount;
  const validity = nullCount === 0 ? null : bitsFrom(bitmap as Uint8Array, data.offset, rows);
  const plain = { nullCount, validity, offsets: null, dictionary: null };
  // The buffers of an Arrow column have the array classes of its type, which `schemaWith` has looked at.
  switch (layout.form) {
    case 'nothing':
      return nulls(rows);
    case 'bits':
      return { ...plain, values: bitsFrom(data.values as Uint8Array, data.offset, rows) };
    case 'fixed':
      return { ...plain, values: (data.values as ColumnValues).subarray(0, rows * layout.perRow) };
    case 'bytes':
      return { ...plain, ...textOf(field.name, data, rows) };
    case 'codes': {
      const dictionary = dictionaryOf(field.name, data);
      const codes = toInt32(data.values, rows);
      // The code of a null may be anything; 0 is within any dictionary, and no reader looks at it.
      const values =
        nullCount === 0 ? codes : codes.map((code) => (code >= 0 && code < dictionary.length ? code : 0));
      return { ...plain, values, dictionary };
    }
    case 'list': {
      const { offsets, first, last } = offsetsOf(field.name, data, rows);
      const items = data.children[0]?.slice(first, last - first);
      const children = items === undefined ? [] : [columnDataOf(layout.item, items, last - first)];
      return { ...plain, values: noValues, offsets, children };
    }
    case 'fixed list': {
      const [items] = data.children;
      const children = items === undefined ? [] : [columnDataOf(layout.item, items, rows * layout.size)];
      return { ...plain, values: noValues, children };
    }
    case 'struct': {
      const children = layout.fields.map((inner, at) => {
        const child = data.children[at];
        if (child === undefined) throw refused(inner.name, 'none', 'the struct has no such field');
        return columnDataOf(inner, child, rows);
      });
      return { ...plain, values: noValues, children };
    }
  }
}

/** Arrow has no bitmap for them; ours have one like that of any column, so that nobody has to ask. */
function nulls(rows: number): ColumnData {
  const validity = rows === 0 ? null : new Uint8Array((rows + 7) >> 3);
  return { nullCount: rows, validity, values: noValues, offsets: null, dictionary: null };
}

/** Codes of dictionaries may have any size. */
function toInt32(values: Arrow.Data['values'], rows: number): Int32Array {
  const whole = (values as Int32Array | BigInt64Array).subarray(0, rows);
  return whole instanceof Int32Array ? whole : Int32Array.from(whole, Number);
}

/** `rows` bits from bit number `offset` on; those after the last row are 0. */
function bitsFrom(bits: Uint8Array, offset: number, rows: number): Uint8Array {
  const out = new Uint8Array((rows + 7) >> 3);
  const first = offset >> 3;
  const shift = offset & 7;
  for (let at = 0; at < out.length; at++) {
    const low = bits[first + at] ?? 0;
    const high = bits[first + at + 1] ?? 0;
    out[at] = (low | (high << 8)) >> shift;
  }
  if ((rows & 7) !== 0) out[out.length - 1] = (out[out.length - 1] as number) & ((1 << (rows & 7)) - 1);
  return out;
}

/** 32-bit offsets that begin at 0, and what they were between. */
function offsetsOf(
  column: string,
  data: Arrow.Data,
  rows: number,
): { readonly offsets: Int32Array; readonly first: number; readonly last: number } {
  const source = data.valueOffsets as Int32Array | BigInt64Array;
  const first = Number(source[0] ?? 0);
  const last = Number(source[rows] ?? 0);
  if (last - first >= 2 ** 31)
    throw refused(column, String(data.type), 'what one batch holds of it is 2^31 bytes or items, or more');
  // A column without rows may come without offsets.
  const isOurs = first === 0 && source instanceof Int32Array && source.length > rows;
  const offsets = isOurs
    ? source.subarray(0, rows + 1)
    : Int32Array.from({ length: rows + 1 }, (_, at) => Number(source[at] ?? 0) - first);
  return { offsets, first, last };
}

function textOf(column: string, data: Arrow.Data, rows: number): { offsets: Int32Array; values: Uint8Array } {
  const { offsets, first, last } = offsetsOf(column, data, rows);
  return { offsets, values: (data.values as Uint8Array).subarray(first, last) };
}

/** A dictionary may have come in several pieces. */
function dictionaryOf(column: string, data: Arrow.Data): DictionaryData {
  const pieces = (data.dictionary?.data ?? []).filter(({ length }) => length > 0);
  if (pieces.some(({ nullCount }) => nullCount > 0)) {
    throw refused(
      column,
      String(data.type),
      'its dictionary holds a null; encode nulls in the column itself',
    );
  }
  const texts = pieces.map((piece) => ({ length: piece.length, ...textOf(column, piece, piece.length) }));
  const [only] = texts;
  if (only !== undefined && texts.length === 1) return only;
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const values = new Uint8Array(texts.reduce((sum, text) => sum + text.values.length, 0));
  const offsets = new Int32Array(length + 1);
  let row = 0;
  let bytes = 0;
  for (const text of texts) {
    values.set(text.values, bytes);
    for (let at = 1; at <= text.length; at++) offsets[row + at] = bytes + (text.offsets[at] as number);
    row += text.length;
    bytes += text.values.length;
  }
  return { length, offsets, values };
}
