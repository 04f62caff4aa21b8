// Owns the options of Parquet: what they mean and their defaults.
import { PlanError, shownOption } from '@tailrace/core/sink';
import { codecs, type ParquetCompression } from './compression.js';
import { engineFor, engines, hasCodec, type ParquetEngine } from './engine.js';

const encodings = ['adaptive', 'basic'] as const;

/** Encodings that may be used. */
export type ParquetEncodings = (typeof encodings)[number];

export interface ParquetOptions {
  /** Default `snappy`: fast and read everywhere. `zstd` is smaller and takes up to twice the time. Levels are the engine's. */
  readonly compression?: ParquetCompression | undefined;
  /**
   * `adaptive`: chosen by a sample of each column: a dictionary where values repeat, differences for integers where they
   * gain a tenth (DELTA_BINARY_PACKED), lengths and bytes for other strings (DELTA_LENGTH_BYTE_ARRAY). `basic`: values as they are and dictionaries alone, for readers from before 2014.
   * Default `adaptive`.
   */
  readonly encodings?: ParquetEncodings | undefined;
  /**
   * What encodes: `tailrace`, the encoder of this package, or `parquet-wasm`. Default: chosen for the other options and the
   * types of the columns, and named in the manifest. `lz4_raw`, and columns that have others within, are for `parquet-wasm`
   * only.
   */
  readonly engine?: ParquetEngine | undefined;
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
  readonly encodings: ParquetEncodings;
  readonly rowGroupRows: number;
  /** For the engine tailrace: parquet-wasm may write what it does not. True where no engine was declared. */
  readonly otherEngine?: boolean;
}

const maxRowGroupRows = 16 * 1024 * 1024;

export interface ResolvedParquetOptions {
  readonly engine: ParquetEngine;
  readonly format: ParquetFormatOptions;
}

/** Fills in defaults and chooses the engine. Throws PLAN_INVALID for values out of range. */
export function resolveParquetOptions(path: string, options: ParquetOptions): ResolvedParquetOptions {
  const { compression = 'snappy', rowGroupRows = 131_072, encodings: allowed = 'adaptive' } = options;
  const refuse = (message: string): PlanError =>
    new PlanError(`parquet(${path}): ${message}`, { operation: 'declare parquet' });
  const mustBeOneOf = (name: string, value: string, known: readonly string[]): void => {
    if (!known.includes(value))
      throw refuse(`${name} is one of ${known.join(', ')}, not ${shownOption(value)}.`);
  };
  mustBeOneOf('compression', compression, codecs);
  mustBeOneOf('encodings', allowed, encodings);
  if (!Number.isInteger(rowGroupRows) || rowGroupRows < 1 || rowGroupRows > maxRowGroupRows) {
    throw refuse(
      `rowGroupRows is a whole number from 1 to ${maxRowGroupRows}, not ${shownOption(rowGroupRows)}.`,
    );
  }
  const engine = options.engine ?? engineFor(compression);
  mustBeOneOf('engine', engine, engines);
  if (!hasCodec(engine, compression)) {
    throw refuse(
      `the engine ${engine} has no codec ${compression}. Leave out engine, or choose another compression.`,
    );
  }
  const format = { compression, rowGroupRows, encodings: allowed };
  const mayChange = engine === 'tailrace' && options.engine === undefined;
  return { engine, format: mayChange ? { ...format, otherEngine: true } : format };
}
