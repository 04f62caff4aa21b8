// Owns the conversion of Arrow objects to batches: types that map to ours without loss, everything else refused by name.
// It works on any copy of apache-arrow, because it looks at type ids and buffers only.
import type * as Arrow from 'apache-arrow';
import { TailraceError } from '../errors/tailrace-error.js';
import { type ArrowModule, formKey, inferredText } from './arrow-convert.js';
import type { BatchData, ColumnData, DictionaryData } from './batch-data.js';
import { packData } from './pack.js';
import type { DataType, Field, Schema, TimeUnit } from './schema.js';

/** The JavaScript forms of columns whose Arrow type has more than one. What was written by us keeps its own. */
export interface ArrowForms {
  /** Default `bigint`. */
  readonly int64?: 'bigint' | 'number' | undefined;
  /** Default `date`; a value finer than milliseconds is then an error when it is read. */
  readonly timestamp?: 'date' | 'number' | 'bigint' | undefined;
}

/** Our schema of an Arrow one. Throws SCHEMA_INVALID naming the first column that has no type of ours. */
export function schemaWith(arrow: ArrowModule, schema: Arrow.Schema, forms: ArrowForms = {}): Schema {
  const names = new Set<string>();
  const fields = schema.fields.map((field): Field => {
    if (names.has(field.name))
      throw refused(field.name, String(field.type), 'it is the second column of that name');
    names.add(field.name);
    return { name: field.name, type: ourType(arrow, field, forms), nullable: field.nullable };
  });
  return { fields };
}

const units: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns'];

function ourType(arrow: ArrowModule, field: Arrow.Field, forms: ArrowForms): DataType {
  const { DataType: is } = arrow;
  const type: Arrow.DataType = field.type;
  const form = field.metadata.get(formKey);
  if (is.isBool(type)) return { kind: 'bool' };
  if (is.isInt(type)) {
    if (type.bitWidth < 32 || (type.bitWidth === 32 && type.isSigned)) return { kind: 'int32' };
    if (type.bitWidth === 64 && !type.isSigned) {
      throw refused(
        field.name,
        String(type),
        'unsigned 64-bit integers may not fit in int64; cast the column first',
      );
    }
    return { kind: 'int64', js: form === 'number' || form === 'bigint' ? form : (forms.int64 ?? 'bigint') };
  }
  if (is.isFloat(type) && type.precision !== arrow.Precision.HALF) return { kind: 'float64' };
  if (is.isTimestamp(type)) {
    const js = form === 'date' || form === 'number' || form === 'bigint' ? form : (forms.timestamp ?? 'date');
    return { kind: 'timestamp', unit: units[type.unit] ?? 'ms', timezone: type.timezone ?? null, js };
  }
  if (is.isDate(type) && type.unit === arrow.DateUnit.DAY) return { kind: 'date' };
  if (is.isUtf8(type) || is.isLargeUtf8(type)) return { kind: 'utf8' };
  if (is.isDictionary(type) && (is.isUtf8(type.dictionary) || is.isLargeUtf8(type.dictionary))) {
    return form === inferredText ? { kind: 'dictionary', inferred: true } : { kind: 'dictionary' };
  }
  throw refused(
    field.name,
    String(type),
    'it has no column type here; leave the column out, or cast it first',
  );
}

function refused(column: string, type: string, why: string): TailraceError {
  return new TailraceError(
    `The Arrow column ${JSON.stringify(column)} of type ${type} cannot be taken: ${why}.`,
    {
      code: 'SCHEMA_INVALID',
      operation: 'convert from Arrow',
      context: { column, type },
    },
  );
}

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
    return columnOf(field, data, rows);
  });
  return packData({ schema, rows, bytes: 0, columns }, allocate);
}

/** The column on Arrow's own memory where the layout is ours, widened or moved where it is not. */
function columnOf(field: Field, data: Arrow.Data, rows: number): ColumnData {
  const nullCount = data.nullCount;
  const validity = nullCount === 0 ? null : bitsFrom(data.nullBitmap as Uint8Array, data.offset, rows);
  const plain = { nullCount, validity, offsets: null, dictionary: null };
  // The buffers of an Arrow column have the array classes of its type, which `ourType` has looked at.
  switch (field.type.kind) {
    case 'bool':
      return { ...plain, values: bitsFrom(data.values as Uint8Array, data.offset, rows) };
    case 'int32':
    case 'date':
      return { ...plain, values: toInt32(data.values, rows) };
    case 'int64':
    case 'timestamp':
      return { ...plain, values: toInt64(data.values, rows) };
    case 'float64': {
      const values = (data.values as Float32Array | Float64Array).subarray(0, rows);
      return { ...plain, values: values instanceof Float64Array ? values : Float64Array.from(values) };
    }
    case 'utf8':
      return { ...plain, ...textOf(field.name, data, rows) };
    case 'dictionary': {
      const dictionary = dictionaryOf(field.name, data);
      const codes = toInt32(data.values, rows);
      // The code of a null may be anything; 0 is within any dictionary, and no reader looks at it.
      const values =
        nullCount === 0 ? codes : codes.map((code) => (code >= 0 && code < dictionary.length ? code : 0));
      return { ...plain, values, dictionary };
    }
  }
}

function toInt32(values: Arrow.Data['values'], rows: number): Int32Array {
  const whole = values as Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array;
  return whole instanceof Int32Array ? whole.subarray(0, rows) : Int32Array.from(whole.subarray(0, rows));
}

function toInt64(values: Arrow.Data['values'], rows: number): BigInt64Array {
  if (values instanceof BigInt64Array) return values.subarray(0, rows);
  return BigInt64Array.from((values as Uint32Array).subarray(0, rows), BigInt);
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

/** Strings with 32-bit offsets that begin at 0. */
function textOf(column: string, data: Arrow.Data, rows: number): { offsets: Int32Array; values: Uint8Array } {
  const source = data.valueOffsets as Int32Array | BigInt64Array;
  const first = Number(source[0] ?? 0);
  const last = Number(source[rows] ?? 0);
  if (last - first >= 2 ** 31)
    throw refused(column, String(data.type), 'the text of one batch is 2 GiB or more');
  const values = (data.values as Uint8Array).subarray(first, last);
  if (first === 0 && source instanceof Int32Array) return { offsets: source.subarray(0, rows + 1), values };
  return {
    offsets: Int32Array.from({ length: rows + 1 }, (_, at) => Number(source[at] ?? 0) - first),
    values,
  };
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
