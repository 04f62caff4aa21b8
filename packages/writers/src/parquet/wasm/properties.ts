// Owns the translation of options and chosen encodings into the writer properties of parquet-wasm.
import {
  Compression,
  EnabledStatistics,
  Encoding,
  type WriterProperties,
  WriterPropertiesBuilder,
} from 'parquet-wasm';
import type { ParquetCompression } from '../compression.js';
import type { ColumnEncoding } from '../encodings.js';
import type { ParquetFormatOptions } from '../options.js';

const codecs: Record<ParquetCompression, Compression> = {
  none: Compression.UNCOMPRESSED,
  snappy: Compression.SNAPPY,
  gzip: Compression.GZIP,
  brotli: Compression.BROTLI,
  zstd: Compression.ZSTD,
  lz4_raw: Compression.LZ4_RAW,
};

/** A row group ends early at this size even where more may be held, so that readers can hold it. */
const maxRowGroupBytes = 32 * 1024 * 1024;

/** @param maxBufferedBytes what the engine may hold back: a row group ends with the batch that reaches it */
export function writerProperties(
  options: ParquetFormatOptions,
  encodings: readonly ColumnEncoding[],
  maxBufferedBytes: number,
): WriterProperties {
  let builder = new WriterPropertiesBuilder()
    .setCompression(codecs[options.compression])
    .setMaxRowGroupSize(options.rowGroupRows)
    .setMaxRowGroupBytes(Math.min(maxRowGroupBytes, maxBufferedBytes))
    .setStatisticsEnabled(EnabledStatistics.Page);
  for (const { column, dictionary, plain } of encodings) {
    builder = builder
      .setColumnDictionaryEnabled(column, dictionary)
      .setColumnEncoding(
        column,
        plain === 'delta' && options.encodings === 'adaptive' ? Encoding.DELTA_BINARY_PACKED : Encoding.PLAIN,
      );
  }
  return builder.build();
}
