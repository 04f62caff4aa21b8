// Owns the options of Parquet: what they mean and their defaults.
import { PlanError } from '@tailrace/core/sink';

const codecs = ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4_raw'] as const;

/** Codecs of the Parquet format; `lz4_raw` is its current LZ4. */
export type ParquetCompression = (typeof codecs)[number];

export interface ParquetOptions {
  /** Default `snappy`: fast and read everywhere. `zstd` is smaller and takes up to twice the time. Levels are the engine's. */
  readonly compression?: ParquetCompression | undefined;
  /**
   * Rows in a row group, the unit that readers skip and that memory is held for. Fewer where rows are wide: a group
   * also ends with the batch that fills three quarters of what one file may hold back (see `reserveBytes`: by default 8 MiB,
   * with `partitionBy` 384 KiB), or 32 MiB. Default 131,072.
   */
  readonly rowGroupRows?: number | undefined;
}

/** The options as the worker gets them. */
export interface ParquetFormatOptions {
  readonly compression: ParquetCompression;
  readonly rowGroupRows: number;
}

const maxRowGroupRows = 16 * 1024 * 1024;

/** Fills in defaults. Throws PLAN_INVALID for values out of range. */
export function resolveParquetOptions(path: string, options: ParquetOptions): ParquetFormatOptions {
  const { compression = 'snappy', rowGroupRows = 131_072 } = options;
  const refuse = (message: string): PlanError =>
    new PlanError(`parquet(${path}): ${message}`, { operation: 'declare parquet' });
  if (!codecs.includes(compression)) {
    throw refuse(`compression is one of ${codecs.join(', ')}, not ${JSON.stringify(compression)}.`);
  }
  if (!Number.isInteger(rowGroupRows) || rowGroupRows < 1 || rowGroupRows > maxRowGroupRows) {
    throw refuse(`rowGroupRows is a whole number from 1 to ${maxRowGroupRows}, not ${rowGroupRows}.`);
  }
  return { compression, rowGroupRows };
}
