// Owns the laying of a whole batch into one piece of memory, buffer after buffer.
import type { BatchData, ColumnData } from './batch-data.js';

/** Bytes at which buffers start when several share memory: what Arrow recommends for vector instructions. */
const bufferAlignment = 64;

/** `bytes` rounded up to the alignment of buffers. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / bufferAlignment) * bufferAlignment;
}

type Buffers = Uint8Array | Int32Array | BigInt64Array | Float64Array;

/**
 * A copy of the batch in one piece of shared memory.
 * @param allocate called once with the bytes needed; may give more
 */
export function packData(data: BatchData, allocate: (bytes: number) => SharedArrayBuffer): BatchData {
  const target = allocate(Math.max(1, packedBytes(data)));
  let next = 0;
  const place = (bytes: number): number => {
    const at = next;
    next += aligned(bytes);
    return at;
  };
  const bytes = (from: Uint8Array): Uint8Array => {
    const copy = new Uint8Array(target, place(from.byteLength), from.length);
    copy.set(from);
    return copy;
  };
  const words = (from: Int32Array): Int32Array => {
    const copy = new Int32Array(target, place(from.byteLength), from.length);
    copy.set(from);
    return copy;
  };
  const values = (from: Buffers): Buffers => {
    if (from instanceof Uint8Array) return bytes(from);
    if (from instanceof Int32Array) return words(from);
    const at = place(from.byteLength);
    if (from instanceof Float64Array) {
      const copy = new Float64Array(target, at, from.length);
      copy.set(from);
      return copy;
    }
    const copy = new BigInt64Array(target, at, from.length);
    copy.set(from);
    return copy;
  };
  const columns = data.columns.map(
    (column): ColumnData => ({
      nullCount: column.nullCount,
      validity: column.validity && bytes(column.validity),
      values: values(column.values),
      offsets: column.offsets && words(column.offsets),
      dictionary: column.dictionary && {
        length: column.dictionary.length,
        offsets: words(column.dictionary.offsets),
        values: bytes(column.dictionary.values),
      },
    }),
  );
  return { schema: data.schema, rows: data.rows, bytes: target.byteLength, columns };
}

/** Bytes that the buffers of a batch take when they lie one after the other. */
function packedBytes(data: BatchData): number {
  return data.columns.reduce((sum, { validity, values, offsets, dictionary }) => {
    const buffers = [validity, values, offsets, dictionary?.offsets, dictionary?.values];
    return sum + buffers.reduce((bytes, buffer) => bytes + aligned(buffer?.byteLength ?? 0), 0);
  }, 0);
}
