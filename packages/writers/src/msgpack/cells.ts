// Owns how the values of a column become MessagePack. Scalars are the library's; strings, bytes and the parts of nested values go
// from the column's buffers straight into the block.
import { Encoder } from '@msgpack/msgpack';
import {
  type ColumnData,
  type Field,
  formatDecimal,
  type InnerColumn,
  innerColumns,
  numberOfHalf,
  readWords,
  TailraceError,
  ValueError,
} from '@tailrace/core/sink';
import type { TextBlock } from '../text/text-block.js';
import { putArrayHead, putBinary, putBytes, putMapHead, putNil, putString } from './bytes.js';
import { timestampOf } from './times.js';

/** Writes the value of a row, or nil. */
export type PutValue = (block: TextBlock, row: number) => void;

/** Integers. A bigint is written as int64 or uint64; none of ours is beyond them, which the library would cut. */
const integers = new Encoder({ useBigInt64: true });
/** Without it the library would write 1.0 as an integer, and -0 as 0. */
const doubles = new Encoder({ forceIntegerToFloat: true });
const singles = new Encoder({ forceIntegerToFloat: true, forceFloat32: true });

const putWith =
  (encoder: Encoder, read: (row: number) => unknown): PutValue =>
  (block, row) =>
    putBytes(block, encoder.encodeSharedRef(read(row)));

/** @param rows of the column, nulls included */
export function valuesOf(field: Field, column: ColumnData, rows: number): PutValue {
  const put = putOf(field, column, rows);
  const { validity, nullCount } = column;
  if (nullCount === 0 || validity === null) return put;
  // One bit per row: in range.
  return (block, row) =>
    ((validity[row >> 3] as number) >> (row & 7)) & 1 ? put(block, row) : putNil(block);
}

/** The buffers of a column have the array classes that `ColumnData` documents for its type. */
function putOf(field: Field, column: ColumnData, rows: number): PutValue {
  const { type } = field;
  const { values } = column;
  switch (type.kind) {
    case 'bool': {
      const bits = values as Uint8Array;
      return putWith(integers, (row) => (((bits[row >> 3] as number) >> (row & 7)) & 1) === 1);
    }
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'int64':
    case 'uint64':
    case 'duration':
    case 'time':
      return putWith(integers, (row) => values[row]);
    case 'float16':
      return putWith(singles, (row) => numberOfHalf(values[row] as number));
    case 'float32':
      return putWith(singles, (row) => values[row]);
    case 'float64':
      return putWith(doubles, (row) => values[row]);
    case 'decimal': {
      const count = type.bits / 32;
      return putWith(integers, (row) =>
        formatDecimal(readWords(values as Uint32Array, row * count, count), type.scale),
      );
    }
    case 'timestamp':
      return putWith(integers, (row) => timestampOf(values[row] as bigint, type.unit, field.name, row));
    case 'date':
      return putWith(integers, (row) =>
        timestampOf(BigInt(values[row] as number) * 86_400n, 's', field.name, row),
      );
    case 'utf8':
      return parts(values as Uint8Array, offsetsOf(field, column), putString);
    case 'binary':
      return parts(values as Uint8Array, offsetsOf(field, column), putBinary);
    case 'fixed_binary':
      return (block, row) =>
        putBinary(block, (values as Uint8Array).subarray(row * type.width, (row + 1) * type.width));
    case 'dictionary': {
      const { dictionary } = column;
      if (dictionary === null) throw malformed(field);
      const put = parts(dictionary.values, dictionary.offsets, putString);
      return (block, row) => put(block, values[row] as number);
    }
    case 'null':
      return putNil;
    case 'list':
      return listPut(field, innerColumns(type, column, rows), offsetsOf(field, column));
    case 'fixed_list':
      return fixedListPut(field, innerColumns(type, column, rows), type.size);
    case 'struct':
      return structPut(innerColumns(type, column, rows));
    case 'map':
      return entriesPut(field, innerColumns(type, column, rows), offsetsOf(field, column));
  }
}

/** Offsets are in range: there is one more than rows. */
const parts =
  (bytes: Uint8Array, offsets: Int32Array, put: (block: TextBlock, bytes: Uint8Array) => void): PutValue =>
  (block, row) =>
    put(block, bytes.subarray(offsets[row], offsets[row + 1]));

function structPut(inner: readonly InnerColumn[]): PutValue {
  const put = mapOf(inner);
  return (block, row) => {
    putMapHead(block, inner.length);
    put(block, row);
  };
}

function fixedListPut(field: Field, inner: readonly InnerColumn[], size: number): PutValue {
  const put = itemsOf(field, inner);
  return (block, row) => {
    putArrayHead(block, size);
    for (let at = 0; at < size; at++) put(block, row * size + at);
  };
}

function listPut(field: Field, inner: readonly InnerColumn[], offsets: Int32Array): PutValue {
  const put = itemsOf(field, inner);
  return (block, row) => {
    // There is one offset more than rows.
    const from = offsets[row] as number;
    const to = offsets[row + 1] as number;
    putArrayHead(block, to - from);
    for (let at = from; at < to; at++) put(block, at);
  };
}

/** The entries of a row, keys and values of any type: structs of the two, of which only the columns are used. */
function entriesPut(field: Field, inner: readonly InnerColumn[], offsets: Int32Array): PutValue {
  const [entries] = inner;
  if (entries === undefined) throw malformed(field);
  const [keys, values] = innerColumns(entries.field.type, entries.column, entries.rows);
  if (keys === undefined || values === undefined) throw malformed(field);
  const putKey = valuesOf(keys.field, keys.column, keys.rows);
  const putValue = valuesOf(values.field, values.column, values.rows);
  return (block, row) => {
    const from = offsets[row] as number; // as above
    const to = offsets[row + 1] as number;
    putMapHead(block, to - from);
    for (let at = from; at < to; at++) {
      const start = block.length;
      putKey(block, at);
      if (isProto(block.bytes.subarray(start, block.length))) throw protoKey(field, row);
      putValue(block, at);
    }
  };
}

const proto = new Encoder().encode('__proto__');

function isProto(key: Uint8Array): boolean {
  return key.length === proto.length && Buffer.compare(key, proto) === 0;
}

function itemsOf(field: Field, [items]: readonly InnerColumn[]): PutValue {
  if (items === undefined) throw malformed(field);
  return valuesOf(items.field, items.column, items.rows);
}

/** Name and value of each, without the head of the map. */
export function mapOf(columns: readonly InnerColumn[]): PutValue {
  const keyed = columns.map(({ field, column, rows }) => ({
    key: new Encoder().encode(field.name),
    put: valuesOf(field, column, rows),
  }));
  return (block, row) => {
    for (const { key, put } of keyed) {
      putBytes(block, key);
      put(block, row);
    }
  };
}

function offsetsOf(field: Field, { offsets }: ColumnData): Int32Array {
  if (offsets === null) throw malformed(field);
  return offsets;
}

function protoKey({ name }: Field, row: number): ValueError {
  return new ValueError(
    `Column "${name}" has a map with the key "__proto__", which readers of MessagePack in JavaScript refuse. ` +
      'Rename the key in a stage.',
    { operation: 'encode msgpack', context: { column: name, rowInBatch: row } },
  );
}

function malformed({ name, type }: Field): TailraceError {
  return new TailraceError(
    `The buffers of column "${name}" are not those of its type ${type.kind}; whoever made the batch must fix it.`,
    { code: 'SCHEMA_INVALID', operation: 'encode batch', context: { column: name } },
  );
}
