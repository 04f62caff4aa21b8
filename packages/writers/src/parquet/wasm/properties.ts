// Owns the translation of options and chosen encodings into the writer properties of parquet-wasm.
import type { DataType, Schema } from '@tailrace/core/sink';
import {
  Compression,
  EnabledStatistics,
  Encoding,
  type WriterProperties,
  WriterPropertiesBuilder,
  WriterVersion,
} from 'parquet-wasm';
import { chosenByName } from '../column-options.js';
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

const statisticsOf = (wanted = true): EnabledStatistics =>
  wanted ? EnabledStatistics.Page : EnabledStatistics.None;

/** A row group ends early at this size even where more may be held, so that readers can hold it. */
const maxRowGroupBytes = 32 * 1024 * 1024;

/** @param maxBufferedBytes what the engine may hold back: a row group ends with the batch that reaches it */
export function writerProperties(
  options: ParquetFormatOptions,
  schema: Schema,
  encodings: readonly ColumnEncoding[],
  maxBufferedBytes: number,
): WriterProperties {
  let builder = new WriterPropertiesBuilder()
    .setCompression(codecs[options.compression])
    .setMaxRowGroupSize(options.rowGroupRows)
    .setMaxRowGroupBytes(Math.min(options.rowGroupBytes ?? maxRowGroupBytes, maxBufferedBytes))
    .setStatisticsEnabled(statisticsOf(options.statistics));
  if (options.pageVersion === 2) builder = builder.setWriterVersion(WriterVersion.V2);
  if (options.createdBy !== undefined) builder = builder.setCreatedBy(options.createdBy);
  if (options.metadata !== undefined) builder = builder.setKeyValueMetadata(new Map(options.metadata));
  const asked = chosenByName(options.columns);
  const types = new Map(schema.fields.map(({ name, type }) => [name, type]));
  for (const { column, dictionary, plain } of encodings) {
    const chosen = asked.get(column);
    const sampled = options.encodings === 'adaptive' ? plain : 'plain';
    const isDelta = (chosen?.encoding ?? sampled) === 'delta';
    const delta = isBytes(types.get(column))
      ? Encoding.DELTA_LENGTH_BYTE_ARRAY
      : Encoding.DELTA_BINARY_PACKED;
    builder = builder
      .setColumnDictionaryEnabled(column, chosen?.dictionary ?? dictionary)
      .setColumnEncoding(column, isDelta ? delta : Encoding.PLAIN);
    if (chosen?.statistics !== undefined) {
      builder = builder.setColumnStatisticsEnabled(column, statisticsOf(chosen.statistics));
    }
  }
  return builder.build();
}

function isBytes(type: DataType | undefined): boolean {
  return type?.kind === 'utf8' || type?.kind === 'dictionary' || type?.kind === 'binary';
}
