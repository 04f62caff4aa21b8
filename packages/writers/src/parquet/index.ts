// Owns `parquet(...)`, the declaration of a Parquet target. It encodes nothing: that happens in the worker module.
import { type FileSinkOptions, fileSink, type Sink } from '@tailrace/core/sink';
import { type FormatSpecifier, formatModule } from '../format-module.js';
import type { ParquetEngine } from './engine.js';
import { type ParquetOptions, resolveParquetOptions } from './options.js';
import { ensurePolars } from './polars/peer.js';

export type { ParquetColumnOptions } from './column-options.js';
export type { ParquetCompression } from './compression.js';
export type { ParquetEngine } from './engine.js';
export type { ParquetEncodings, ParquetOptions } from './options.js';
export type { ParquetSorting } from './sort-guard.js';

/** A file of polars waits in memory as a whole: with less, usual parts would be refused. */
const polarsReserve = '128MiB';

const specifiers: Readonly<Record<ParquetEngine, FormatSpecifier>> = {
  tailrace: '#parquet-format',
  'parquet-wasm': '#parquet-wasm-format',
  'parquetjs-lite': '#parquetjs-lite-format',
  polars: '#polars-format',
};

/**
 * Writes Parquet: one file when the path has an extension (`out/hourly.parquet`), else a directory of parts
 * (`out/routes`). Row groups are streamed, so that memory is bounded by one of them; encodings are chosen per column and
 * row group from a sample of the data; statistics and page indexes are written. A file is published only if
 * its footer counts as many rows as were given. The engine that writes is named in the manifest (`parquet (tailrace)`).
 *
 * Timestamps in seconds are stored in milliseconds, as Parquet has no seconds; a timestamp without zone is stored as
 * local time (`isAdjustedToUTC = false`).
 * @param path file or directory
 * @param options Parquet options beside those of every file sink (mode, partitions, part sizes)
 * @throws PlanError (`PLAN_INVALID`) for options out of range, that contradict each other, or that the engine cannot do
 */
export function parquet<R>(path: string, options: ParquetOptions & FileSinkOptions<R> = {}): Sink<R> {
  const {
    compression,
    compressionLevel,
    encodings,
    engine: named,
    rowGroupRows,
    rowGroupBytes,
    ...more
  } = options;
  const { columns, statistics, pageIndex, sortedBy, metadata, pageVersion, createdBy, ...fileOptions } = more;
  const { engine, format } = resolveParquetOptions(path, {
    compression,
    compressionLevel,
    encodings,
    engine: named,
    rowGroupRows,
    rowGroupBytes,
    columns,
    statistics,
    pageIndex,
    sortedBy,
    metadata,
    pageVersion,
    createdBy,
  });
  if (engine === 'polars') ensurePolars(path);
  return fileSink<R>(path, {
    name: 'parquet',
    format: formatModule('parquet', specifiers[engine], format),
    ...fileOptions,
    ...(engine === 'polars' ? { reserveBytes: fileOptions.reserveBytes ?? polarsReserve } : {}),
  });
}
