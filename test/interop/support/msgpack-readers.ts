// Owns the readers of MessagePack that random tables of any types are held against. @msgpack/msgpack is what the writer
// uses; the other two share no code with it.
import { Decoder, decodeTimestampToTimeSpec, ExtensionCodec } from '@msgpack/msgpack';
import * as lite from 'msgpack-lite';
import { addExtension, Unpackr } from 'msgpackr';
import type { AnyReader } from './any-readers.js';
import { dayOf, hexOf, nanos, numberOf, type ReadLeaf } from './canon.js';

type Rows = Awaited<ReturnType<AnyReader['rows']>>;

/** A point in time, to the nanosecond. */
function instantOf(bytes: Uint8Array): bigint {
  const { sec, nsec } = decodeTimestampToTimeSpec(bytes);
  return BigInt(sec) * nanos.s + BigInt(nsec);
}

const codec = new ExtensionCodec();
codec.register({ type: -1, encode: () => null, decode: instantOf });
// Of the whole process; its own gives Dates, which have no nanoseconds.
addExtension({ type: 255, unpack: instantOf } as Parameters<typeof addExtension>[0]);

const msgpackLeaf: ReadLeaf = (type, value) => {
  switch (type.kind) {
    case 'timestamp':
      return String(value);
    case 'date':
      return dayOf(new Date(Number((value as bigint) / nanos.ms)));
    case 'time':
      return String(BigInt(value as number | bigint) * nanos[type.unit]);
    case 'binary':
    case 'fixed_binary':
      return hexOf(value as Uint8Array);
    default:
      return numberOf(value);
  }
};

/** Rows of files that are laid out in rows, or after a head in columns. */
function msgpackRows(values: readonly unknown[]): Rows {
  const [head, ...batches] = values as readonly Readonly<Record<string, unknown>>[];
  if (head === undefined || head.tailrace !== 1) return values as Rows;
  return batches.flatMap((batch) => {
    const columns = Object.entries(batch) as readonly (readonly [string, readonly unknown[]])[];
    return Array.from({ length: columns[0]?.[1].length ?? 0 }, (_, row) =>
      Object.fromEntries(columns.map(([name, items]) => [name, items[row]])),
    );
  });
}

export const msgpackReader: AnyReader = {
  name: '@msgpack/msgpack',
  async rows(bytes) {
    const mapKeyConverter = (key: unknown): string => String(key);
    const decoder = new Decoder({ useBigInt64: true, extensionCodec: codec, mapKeyConverter });
    return msgpackRows([...decoder.decodeMulti(bytes)]);
  },
  leaf: msgpackLeaf,
};

export const msgpackrReader: AnyReader = {
  name: 'msgpackr',
  async rows(bytes) {
    const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'bigint' });
    // It takes no bytes for a value that is cut off.
    return bytes.length === 0 ? [] : msgpackRows(unpackr.unpackMultiple(bytes) as unknown[]);
  },
  leaf: msgpackLeaf,
};

/** It gives 64-bit integers and extensions as objects of its own. */
export const msgpackLiteReader: AnyReader = {
  name: 'msgpack-lite',
  async rows(bytes) {
    const values: unknown[] = [];
    const decoder = lite.Decoder({ codec: lite.createCodec({ int64: true }) });
    decoder.on('data', (value: unknown) => values.push(value));
    decoder.decode(bytes);
    return msgpackRows(values);
  },
  leaf(type, value) {
    const given = value as { readonly buffer: Uint8Array };
    switch (type.kind) {
      case 'timestamp':
      case 'date':
        return msgpackLeaf(type, instantOf(given.buffer));
      case 'time':
        return msgpackLeaf(type, BigInt(String(value)));
      default:
        return msgpackLeaf(type, value);
    }
  },
};
