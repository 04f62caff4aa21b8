// Owns the public entry of the writers: every file format by name.
export { type ArrowLayout, type ArrowOptions, arrow } from './arrow/index.js';
export type { CompressionOptions, FileCompression } from './compress/compression.js';
export { type CsvOptions, csv } from './csv/index.js';
export { type MsgpackOptions, msgpack } from './msgpack/index.js';
export { type NdjsonOptions, ndjson } from './ndjson/index.js';
export {
  type ParquetColumnOptions,
  type ParquetCompression,
  type ParquetEncodings,
  type ParquetEngine,
  type ParquetOptions,
  type ParquetSorting,
  parquet,
} from './parquet/index.js';
