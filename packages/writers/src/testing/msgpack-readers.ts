// Owns two readers of MessagePack for the matrix of types: what each gives for column `c`, written down. Not part of the package.
import { Decoder, decodeTimestampToTimeSpec, ExtensionCodec } from '@msgpack/msgpack';
import type { DataType, TimeUnit } from '@tailrace/core/sink';
import { addExtension, Unpackr } from 'msgpackr';
import { canonOf, type ReadLeaf } from './canon.js';

type Reader = (bytes: Uint8Array, type: DataType) => Promise<readonly unknown[]>;

const nanos: Readonly<Record<TimeUnit, bigint>> = { s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n };

/** A point in time, to the nanosecond. */
function instantOf(bytes: Uint8Array): bigint {
  const { sec, nsec } = decodeTimestampToTimeSpec(bytes);
  return BigInt(sec) * nanos.s + BigInt(nsec);
}

const codec = new ExtensionCodec();
codec.register({ type: -1, encode: () => null, decode: instantOf });
// Of the whole process; its own gives Dates, which have no nanoseconds. The type 255 is the byte of -1.
addExtension({ type: 255, unpack: instantOf } as Parameters<typeof addExtension>[0]);

const leaf: ReadLeaf = (type, value) => {
  switch (type.kind) {
    case 'date':
      return new Date(Number((value as bigint) / nanos.ms)).toISOString().slice(0, -14);
    case 'time':
      return String(BigInt(value as number) * nanos[type.unit]);
    case 'binary':
    case 'fixed_binary':
      return Buffer.from(value as Uint8Array).toString('hex');
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
};

/** Of files in rows, or in columns behind a head. */
function column(values: readonly unknown[]): readonly unknown[] {
  const [head, ...batches] = values as readonly Readonly<Record<string, unknown>>[];
  if (head?.tailrace === 1) return batches.flatMap(({ c }) => c as readonly unknown[]);
  return (values as readonly Readonly<Record<string, unknown>>[]).map(({ c }) => c);
}

const reader =
  (read: (bytes: Uint8Array) => readonly unknown[]): Reader =>
  async (bytes, type) =>
    column(read(bytes)).map((value) => canonOf(type, value, leaf));

export const msgpackReaders: Readonly<Record<string, Reader>> = {
  '@msgpack/msgpack': reader((bytes) => {
    const mapKeyConverter = (key: unknown): string => String(key);
    const decoder = new Decoder({ useBigInt64: true, extensionCodec: codec, mapKeyConverter });
    return [...decoder.decodeMulti(bytes)];
  }),
  msgpackr: reader((bytes) => {
    const unpackr = new Unpackr({ useRecords: false, int64AsType: 'bigint' });
    // It takes no bytes for a value that is cut off.
    return bytes.length === 0 ? [] : (unpackr.unpackMultiple(bytes) as unknown[]);
  }),
};
