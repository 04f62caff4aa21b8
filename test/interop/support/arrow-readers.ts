// Owns the readers of Arrow IPC that random tables of any types are held against. apache-arrow is what the writer uses; the
// others share no code with it. Also that of Parquet which hands on Arrow.
import {
  CompressionType,
  compressionRegistry,
  type Data,
  type RecordBatch,
  tableFromIPC,
} from 'apache-arrow';
import { decompressZstd } from 'hyparquet-compressors';
import pl from 'nodejs-polars';
import { readParquet, Table } from 'parquet-wasm';
import type { AnyReader } from './any-readers.js';
import { dayOf, decimalText, hexOf, nanos, numberOf, type ReadLeaf } from './canon.js';
import { arrowValue } from './readers/arrow-value.js';
import { flechetteRows } from './readers/flechette.js';

type Rows = Awaited<ReturnType<AnyReader['rows']>>;

function arrowRows(batches: readonly RecordBatch[]): Rows {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, row) =>
      Object.fromEntries(
        batch.schema.fields.map(({ name }, at) => [name, arrowValue(batch.data.children[at] as Data, row)]), // one for each
      ),
    ),
  );
}

const arrowLeaf: ReadLeaf = (type, value) => {
  switch (type.kind) {
    case 'decimal':
      return decimalText(value as bigint, type.scale);
    case 'binary':
    case 'fixed_binary':
      return hexOf(value as Uint8Array);
    case 'date':
      return dayOf(new Date((value as number) * 86_400_000));
    case 'timestamp':
    case 'time':
      return String(BigInt(value as number | bigint) * nanos[type.unit]);
    default:
      return numberOf(value);
  }
};

// It brings no codec of its own.
compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => Uint8Array.from(decompressZstd(bytes)) });

export const apacheArrow: AnyReader = {
  name: 'apache-arrow',
  rows: async (bytes) => arrowRows(tableFromIPC(bytes).batches),
  leaf: arrowLeaf,
};

/** Reads streams; of a file the one that lies behind its first eight bytes. */
export const arrowRs: AnyReader = {
  name: 'arrow-rs',
  async rows(bytes) {
    const stream = bytes.subarray(0, 6).toString('latin1') === 'ARROW1' ? bytes.subarray(8) : bytes;
    return arrowRows(tableFromIPC(Table.fromIPCStream(stream).intoIPCStream()).batches);
  },
  leaf: arrowLeaf,
};

export const flechette: AnyReader = {
  name: 'flechette',
  rows: async (bytes) => flechetteRows(bytes),
  leaf: (type, value) => (type.kind === 'date' ? dayOf(new Date(value as number)) : arrowLeaf(type, value)),
};

/** Of the dictionaries of a stream, which each batch brings anew, it takes the last one for all. */
export const flechetteOfStreams: AnyReader = { ...flechette, holds: ({ kind }) => kind !== 'dictionary' };

/** It has no seconds, makes nanoseconds of all times of day, and no decimals of 256 bits. */
const polarsOf = (open: (bytes: Buffer) => { writeIPCStream(): Buffer }): AnyReader => ({
  name: 'polars',
  rows: async (bytes) => arrowRows(tableFromIPC(open(bytes).writeIPCStream()).batches),
  holds: (type) => !(type.kind === 'decimal' && type.bits === 256),
  leaf(type, value) {
    if (type.kind === 'time') return String(value);
    if (type.kind === 'timestamp' && type.unit === 's') return String((value as bigint) * nanos.ms);
    if (type.kind === 'duration' && type.unit === 's') return String(whole(value as bigint, 1000n));
    return arrowLeaf(type, value);
  },
});

/** How often `unit` is in what is a multiple of it. */
function whole(value: bigint, unit: bigint): bigint {
  if (value % unit !== 0n) throw new RangeError(`polars read ${value}, which is no multiple of ${unit}`);
  return value / unit;
}

export const polarsFile: AnyReader = polarsOf((bytes) => pl.readIPC(bytes));
export const polarsStream: AnyReader = polarsOf((bytes) => pl.readIPCStream(bytes));

/** Holds every value; of the engine parquet-wasm it is the other half. */
export const arrowRsParquet: AnyReader = {
  name: 'arrow-rs',
  rows: async (bytes) => arrowRows(tableFromIPC(readParquet(bytes).intoIPCStream()).batches),
  leaf(type, value) {
    // Parquet has no seconds.
    return type.kind === 'time' && type.unit === 's'
      ? String(BigInt(value as number) * nanos.ms)
      : type.kind === 'timestamp' && type.unit === 's'
        ? String((value as bigint) * nanos.ms)
        : arrowLeaf(type, value);
  },
};
