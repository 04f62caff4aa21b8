// Owns the numbers by which Parquet's metadata names types, encodings, codecs and kinds of pages. Source: parquet.thrift of
// apache/parquet-format.
import type { DataType } from '@tailrace/core/sink';
import type { ParquetCompression } from '../compression.js';
import { storageOf } from './storage.js';

const physicalTypes = {
  boolean: 0,
  int32: 1,
  int64: 2,
  float: 4,
  double: 5,
  byteArray: 6,
  fixedLenByteArray: 7,
} as const;

export const encodings = {
  plain: 0,
  /** What RLE_DICTIONARY was called first; readers of all ages know it. */
  plainDictionary: 2,
  rle: 3,
  deltaBinaryPacked: 5,
  deltaLengthByteArray: 6,
  rleDictionary: 8,
} as const;

export const pageTypes = { data: 0, dictionary: 2, dataV2: 3 } as const;

export const compressionCodecs: Record<ParquetCompression, number> = {
  none: 0,
  snappy: 1,
  gzip: 2,
  brotli: 4,
  zstd: 6,
  lz4_raw: 7,
};

export function physicalType(type: DataType): number {
  const storage = storageOf(type);
  switch (storage.form) {
    case 'bits':
      return physicalTypes.boolean;
    case 'words':
      if (storage.order === 'float') return storage.width === 1 ? physicalTypes.float : physicalTypes.double;
      return storage.width === 1 ? physicalTypes.int32 : physicalTypes.int64;
    case 'strings':
    case 'entries':
      return physicalTypes.byteArray;
    case 'fixed':
      return physicalTypes.fixedLenByteArray;
  }
}
