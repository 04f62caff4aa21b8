// Owns the laying of a whole batch into one piece of memory, buffer after buffer.
import type { BatchData, ColumnData, ColumnValues } from './batch-data.js';
import type { ValuesArray } from './layout.js';

/** Bytes at which buffers start when several share memory: what Arrow recommends for vector instructions. */
const bufferAlignment = 64;

/** `bytes` rounded up to the alignment of buffers. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / bufferAlignment) * bufferAlignment;
}

const arrays: readonly (ValuesArray & (new (length: number) => ColumnValues))[] = [
  Uint8Array,
  Int32Array,
  Float64Array,
  BigInt64Array,
  Int8Array,
  Int16Array,
  Uint16Array,
  Uint32Array,
  BigUint64Array,
  Float32Array,
];

/**
 * A copy of the batch in one piece of shared memory.
 * @param allocate called once with the bytes needed; may give more
 */
export function packData(data: BatchData, allocate: (bytes: number) => SharedArrayBuffer): BatchData {
  const needed = data.columns.reduce((sum, column) => sum + packedBytes(column), 0);
  const target = allocate(Math.max(1, needed));
  let next = 0;
  const copied = <T extends ColumnValues>(from: T): T => {
    const byteOffset = next;
    next += aligned(from.byteLength);
    new Uint8Array(target, byteOffset, from.byteLength).set(
      new Uint8Array(from.buffer, from.byteOffset, from.byteLength),
    );
    const array: ValuesArray = arrays.find((one) => from instanceof one) ?? Uint8Array;
    // A view of the class that `from` has.
    return new array(target, byteOffset, from.length) as T;
  };
  const packed = ({
    nullCount,
    validity,
    values,
    offsets,
    dictionary,
    children,
  }: ColumnData): ColumnData => ({
    nullCount,
    validity: validity && copied(validity),
    values: copied(values),
    offsets: offsets && copied(offsets),
    dictionary: dictionary && {
      length: dictionary.length,
      offsets: copied(dictionary.offsets),
      values: copied(dictionary.values),
    },
    ...(children === undefined ? {} : { children: children.map(packed) }),
  });
  const columns = data.columns.map(packed);
  return { schema: data.schema, rows: data.rows, bytes: target.byteLength, columns };
}

/** Bytes that the buffers of a column take when they lie one after the other. */
function packedBytes({ validity, values, offsets, dictionary, children = [] }: ColumnData): number {
  const buffers = [validity, values, offsets, dictionary?.offsets, dictionary?.values];
  const own = buffers.reduce((bytes, buffer) => bytes + aligned(buffer?.byteLength ?? 0), 0);
  return children.reduce((bytes, child) => bytes + packedBytes(child), own);
}
