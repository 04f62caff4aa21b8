// Owns the translation of options and chosen encodings into the writer properties of parquet-wasm.
import {
  Compression,
  EnabledStatistics,
  Encoding,
  type WriterProperties,
  WriterPropertiesBuilder,
} from 'parquet-wasm';
import type { ColumnEncoding } from './encodings.js';
import type { ParquetCompression, ParquetFormatOptions } from './options.js';

const codecs: Record<ParquetCompression, Compression> = {
  none: Compression.UNCOMPRESSED,
  snappy: Compression.SNAPPY,
  gzip: Compression.GZIP,
  brotli: Compression.BROTLI,
  zstd: Compression.ZSTD,
  lz4_raw: Compression.LZ4_RAW,
};

/** A row group ends early at this size, so that wide rows do not make it unbounded in memory. */
const maxRowGroupBytes = 32 * 1024 * 1024;

export function writerProperties(
  options: ParquetFormatOptions,
  encodings: readonly ColumnEncoding[],
): WriterProperties {
  let builder = new WriterPropertiesBuilder()
    .setCompression(codecs[options.compression])
    .setMaxRowGroupSize(options.rowGroupRows)
    .setMaxRowGroupBytes(maxRowGroupBytes)
    .setStatisticsEnabled(EnabledStatistics.Page);
  for (const { column, dictionary, plain } of encodings) {
    builder = builder
      .setColumnDictionaryEnabled(column, dictionary)
      .setColumnEncoding(column, plain === 'delta' ? Encoding.DELTA_BINARY_PACKED : Encoding.PLAIN);
  }
  return builder.build();
}
